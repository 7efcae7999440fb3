"""Which alerts are due: each crossing is told once. Pure.

Low balance: told when the balance is below its minimum, at most once a day, and armed again when it has been above.
Limit: told at 80 and at 95 per cent of it, armed again five points below. Free call units: told at 80 per cent, once a
cycle.
"""

from dataclasses import dataclass
from datetime import date

from credit.exposure import Exposure
from credit.facts import AlertFacts, Facts

FREE_UNITS = 80  # per cent of a cycle's free call units
MARKS = (95, 80)  # per cent of the limit, the highest first
BAND = 5  # points below a mark that arm it again


@dataclass(frozen=True)
class Due:
    """The alerts to give, and how the state stands afterwards."""

    state: AlertFacts
    low: bool = False
    limit_mark: int = 0  # the mark that was reached; 0: none to tell
    free_units: bool = False


def due(held: Facts, money: Exposure, *, today: date) -> Due:
    """Decide from the facts and the state that stands."""
    was = held.alerts
    low, state = _low(was, money.balance, held.minimum_balance, today)
    mark, state = _limit(state, was, money)
    cycle = _free_units(held)
    tell_free = cycle is not None and cycle != was.free_units_cycle
    if tell_free:
        state = state._replace(free_units_cycle=cycle)
    return Due(state, low=low, limit_mark=mark, free_units=tell_free)


def _low(was: AlertFacts, balance: int, minimum: int, today: date) -> tuple[bool, AlertFacts]:
    if balance > minimum:
        return False, was._replace(is_low=False)
    if balance == minimum or was.is_low or was.low_on == today:
        return False, was
    return True, was._replace(is_low=True, low_on=today)


def _limit(state: AlertFacts, was: AlertFacts, money: Exposure) -> tuple[int, AlertFacts]:
    """Return the mark to tell, and the state with the mark that stands."""
    reached = next((mark for mark in MARKS if _is_at(money, mark)), 0)
    if reached > was.limit_mark:
        tell = 0 if money.is_exceeded else reached  # the restriction has its own message
        return tell, state._replace(limit_mark=reached)
    held = next((mark for mark in MARKS if mark <= was.limit_mark and _is_at(money, mark - BAND)), 0)
    return 0, state._replace(limit_mark=held)


def _is_at(money: Exposure, per_cent: int) -> bool:
    """Whether so many per cent of the limit are used."""
    return money.total_outstanding > 0 and money.total_outstanding * 100 >= per_cent * money.limit


def _free_units(held: Facts) -> int | None:
    """Return the running cycle if 80 per cent of its free call units are used, over all features that are calls."""
    calls = [one for one in held.running if one.is_call and one.used.allowance]
    free = sum(one.used.allowance for one in calls)
    used = sum(one.used.free for one in calls)
    return calls[0].cycle if free and used * 100 >= FREE_UNITS * free else None
