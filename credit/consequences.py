"""What will happen if nothing is paid, in the customer's own dates, and how long each way of paying leaves for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.levels import Level
from accounts.models import Account
from billing_portal.money import Paise
from credit import forecast, forecast_facts, ladder_checks, policy
from credit.forecast import Event, Sum
from credit.ladder import ONE_DAY

HORIZON = ladder_checks.LONGEST * ONE_DAY


@dataclass(frozen=True, slots=True)
class LastMoment:
    """Until the end of this day a payment of this kind arrives in time."""

    method: str
    until: date


@dataclass(frozen=True, slots=True)
class Consequence:
    """One dated thing of an account's way: what, and what was or will be past due (paise)."""

    on: date
    action: str  # a ladder.Action, or what a payment does: eased, cleared
    due: Paise
    has_happened: bool
    last_moments: Sequence[LastMoment] = ()  # for the next harm only


def of(account: Account, *, today: date, paid: Sequence[Sum] = ()) -> list[Consequence]:
    """Return the harmful steps that stand and all that comes, by date; none without an unpaid bill. Ten queries.

    With `paid` as if these sums came on their days; then also what that eases and clears.
    """
    start = forecast_facts.of([account.pk], today=today).get(account.pk)
    if start is None or account.wanted_level == Level.DELETED:
        return []
    first = forecast_facts.first_run(today=today)
    coming = list(forecast.of(start, first=first, until=today + HORIZON, paid=paid))
    taken = [one for one in start.facts.taken if one.action.is_harm] if start.facts else []
    past = [Consequence(one.on, str(one.action), 0, has_happened=True) for one in taken]
    harm = next((event for event in coming if event.step and event.step.is_harm), None)
    return past + [_coming(event, event is harm, today) for event in coming]


def _coming(event: Event, is_next_harm: bool, today: date) -> Consequence:
    action = event.step.action if event.step else event.what
    moments = last_moments(event.on, today=today) if is_next_harm else ()
    return Consequence(event.on, str(action), event.due, has_happened=False, last_moments=moments)


def last_moments(harm_on: date, *, today: date) -> list[LastMoment]:
    """Return until when each way of paying keeps a step off; those whose time is over are left out.

    Steps come in the morning, so money has to be there by the end of the day before.
    """
    found = [LastMoment(way.name, harm_on - (1 + way.days) * ONE_DAY) for way in policy.WAYS_TO_PAY]
    return [one for one in found if one.until >= today]
