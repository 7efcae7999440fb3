"""Walking down the overdue ladder: a small bill of an account inside its limit, and days that pass over it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from accounts.models import Account, Notice
from billing_portal import clock
from credit import review
from credit.ladder import Action
from credit.models import OverdueCase
from invoices.models import Document
from payments import overdue_runs
from tests import build

DUE = date(2026, 11, 24)  # build.NOW's Indian date


def at(day: int, *, hour: int = 6) -> datetime:
    """The moment `hour` o'clock UTC so many days after DUE."""
    return build.NOW + timedelta(days=day, hours=hour - build.NOW.hour)


def bill(to: Account, rupees: str = "50", *, due: int = 0) -> Document:
    """A bill of so many rupees before tax whose due date is so many days after DUE; issued and watched."""
    issued_on = min(due, 0) - 7
    issued = at(issued_on)
    made = build.charge(to, rupees, due_days=due - issued_on, now=issued)
    watch(issued)
    return made


def watch(now: datetime) -> None:
    """Do what the review job does."""
    while review.sweep(now=now):
        pass


def hand_over(now: datetime) -> None:
    """All messages that are owed reach their channel."""
    Notice.objects.filter(state=Notice.State.OWED).update(
        state=Notice.State.SENT, sent_at=now, next_attempt_at=None
    )


def work(day: int, *, sent: bool = True) -> None:
    """Run the five daily jobs of one day; their messages are handed over unless said otherwise."""
    for action in Action:
        overdue_runs.run(action, now=at(day))
    if sent:
        hand_over(at(day))


def sweep(days: Iterable[int], *, sent: bool = True) -> None:
    """Run the jobs of these days."""
    for day in days:
        work(day, sent=sent)


def case(of: Account) -> OverdueCase:
    """The account's newest case."""
    return of.overdue_cases.latest("pk")


def level(of: Account) -> str:
    of.refresh_from_db()
    return of.wanted_level


def today(day: int) -> date:
    return clock.business_date(at(day))
