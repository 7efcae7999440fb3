"""Whom days that count for nobody would move, before they are declared or withdrawn. Reads only, and locks nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from accounts.models import Account
from credit import forecast, forecast_facts, ladder
from credit.consequences import HORIZON
from credit.forecast import Start
from credit.ladder import Action, Span
from credit.models import OverdueCase

Spans = tuple[Span, ...]
Way = tuple[tuple[str, date], ...]  # the harmful steps to come, in words, and the first day of each


@dataclass(frozen=True)
class Moved:
    """An account whose case goes another way: its coming harm as it is and then, and what is lifted at once."""

    ban: str
    name: str
    before: Way
    after: Way
    lifted: str  # the harshest step that is undone, in words; "" where none is


def declared(from_on: date, until_on: date) -> Callable[[Spans], Spans]:
    """Return the days that count for nobody with these as well."""
    return lambda spans: (*spans, Span(from_on, until_on))


def withdrawn(from_on: date, until_on: date) -> Callable[[Spans], Spans]:
    """Return the days that count for nobody without these."""
    gone = Span(from_on, until_on)
    return lambda spans: tuple(one for one in spans if one != gone)


def of(change: Callable[[Spans], Spans], *, today: date) -> list[Moved]:
    """Return the accounts that the change would move, by number: foretold with and without it. Constant queries."""
    watched = OverdueCase.objects.standing().values_list("account_id", flat=True)
    starts = forecast_facts.of(list(watched), today=today)
    named = Account.objects.only("ban", "name").in_bulk(starts)
    first = forecast_facts.first_run(today=today)
    moved = []
    for pk, start in starts.items():
        then, lifted = _then(start, change, today)
        before, after = (_way(one, first, today) for one in (start, then))
        if before != after or lifted:
            account = named[pk]
            moved.append(Moved(account.ban, account.name, before, after, lifted.label if lifted else ""))
    return sorted(moved, key=lambda one: one.ban)


def _then(start: Start, change: Callable[[Spans], Spans], today: date) -> tuple[Start, Action | None]:
    """Return where the account would stand when what is not due any more is undone, and the harshest of that."""
    if start.facts is None:
        return start, None
    facts = replace(start.facts, not_counted=change(start.facts.not_counted))
    undone = [one for one in ladder.undone(start.steps, facts, today=today) if one.action.is_harm]
    left = replace(facts, taken=tuple(one for one in facts.taken if one not in undone))
    return replace(start, facts=left, outages=change(start.outages)), ladder.harshest(undone)


def _way(start: Start, first: date, today: date) -> Way:
    events = forecast.of(start, first=first, until=today + HORIZON)
    return tuple((one.step.action.label, one.on) for one in events if one.step and one.step.is_harm)
