"""An account's future on one page: where it stands and what comes if nothing is paid, to be laid beside another.

A second person reads it before and after what was asked for (`approvals.try_out`): the same functions tell both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts import restrictions
from accounts.models import Account
from billing_portal import clock, money
from billing_portal.money import Paise
from billing_portal.text import day
from billing_portal.unit import unit
from credit import consequences, exposure, limits, returns
from credit.deletion import COOLING
from credit.models import Deletion
from invoices import settlement

NOTHING = "–"


@dataclass(frozen=True)
class Future:
    """What is said of an account (label → words), and its dated steps: day, what, paise past due then."""

    words: dict[str, str]
    coming: Sequence[tuple[date, str, Paise]]


@dataclass(frozen=True)
class Changed:
    """One line before and after."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Dated:
    """One dated step: it stays, falls away, or is new."""

    on: date
    what: str
    due: Paise
    is_before: bool
    is_after: bool


@dataclass(frozen=True)
class Difference:
    """Two futures side by side."""

    lines: Sequence[Changed]
    steps: Sequence[Dated]

    @property
    def is_empty(self) -> bool:
        return not any(line.differs for line in self.lines) and all(
            step.is_before and step.is_after for step in self.steps
        )


def of(account: Account, *, now: datetime) -> Future:
    """Return an account's future as things stand. A constant number of queries."""
    today = clock.business_date(now)
    unpaid = settlement.unpaid(account)
    held = exposure.read(account, now=now)
    limit = limits.read(account, today=today)
    standing = restrictions.standing(account)
    case = account.overdue_cases.standing().first()
    words = {
        "Balance": inr(held.balance),
        "Prepaid, net of tax": inr(held.prepaid),
        "To pay now": inr(sum(bill.open_amount for bill in unpaid)),
        "Overdue": inr(sum(bill.open_amount for bill in unpaid if bill.due_on and bill.due_on < today)),
        "Credit limit": f"{inr(limit.amount)}{_until(limit.temporary)}",
        "Headroom": inr(limit.amount + held.balance),
        "Service level": account.get_wanted_level_display(),
        "What stands": ", ".join(one.get_reason_display() for one in standing) or "nothing",
        "Overdue case": f"since {day(case.due_on)}" if case else "none",
        "Next step": f"{case.get_next_action_display()}, {day(case.next_step_on)}"
        if case and case.next_step_on
        else NOTHING,
        "Recovery fee to come": inr(returns.cost_to_come(account, held.supply)),
        "Deletion": _deletion(account),
    }
    coming = consequences.of(account, today=today) if unpaid else []
    return Future(words, [(one.on, one.word, one.due) for one in coming if not one.has_happened])


def difference(before: Future, after: Future) -> Difference:
    """Lay two futures side by side, the steps by their dates. Pure."""
    lines = [Changed(label, words, after.words[label]) for label, words in before.words.items()]
    steps = sorted({*before.coming, *after.coming})
    return Difference(lines, [Dated(*one, one in before.coming, one in after.coming) for one in steps])


def tried(account: Account, act: Callable[[], object], *, now: datetime) -> Difference:
    """Return what an act would change of an account's future. It is done just as it would be, and taken back whole.

    Raises what `act` raises; nothing outside may be asked by it.
    """

    @unit
    def try_it() -> Difference:
        with transaction.atomic():
            before = of(account, now=now)
            act()
            account.refresh_from_db()
            found = difference(before, of(account, now=now))
            transaction.set_rollback(True)
        return found

    try:
        return try_it()
    finally:
        account.refresh_from_db()


def inr(amount: Paise) -> str:
    """Paise as ₹, with a typographic minus."""
    return money.inr(amount).replace("-", "\N{MINUS SIGN}")


def _until(temporary: object) -> str:
    until_on = getattr(temporary, "until_on", None)
    return f" until {day(until_on)}" if until_on else ""


def _deletion(account: Account) -> str:
    row = Deletion.objects.filter(account=account).select_related("archive").first()
    if row is None:
        return "not marked"
    if not row.approval_id:
        return "marked, waits for a second person"
    rows = sum(row.archive.parts.values_list("rows", flat=True)) if row.archive else 0
    first = clock.business_date(row.marked_at) + COOLING
    return f"approved: from {day(first)} on {rows} archived rows, people, contacts and messages are destroyed for good"
