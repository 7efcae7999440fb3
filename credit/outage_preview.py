"""Whom days that count for nobody would move, before they are declared or withdrawn. Reads only, and locks nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from accounts.models import Account
from credit import ladder, overdue_facts
from credit.ladder import Action, Facts, Span, Step
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
    """Return the accounts that the change would move, by number. Constant queries."""
    watched = OverdueCase.objects.standing().values_list("account_id", flat=True)
    found = [one for one in overdue_facts.of(list(watched), today=today) if one.facts]
    named = {one.pk: one for one in Account.objects.filter(pk__in=[one.account for one in found])}
    moved = []
    for one in found:
        assert one.facts
        then = replace(one.facts, not_counted=change(one.facts.not_counted))
        before, (after, lifted) = _way(one.steps, one.facts, today), _then(one.steps, then, today)
        if before != after or lifted:
            account = named[one.account]
            moved.append(Moved(account.ban, account.name, before, after, lifted.label if lifted else ""))
    return sorted(moved, key=lambda one: one.ban)


def _then(steps: tuple[Step, ...], facts: Facts, today: date) -> tuple[Way, Action | None]:
    """Return what comes when that is undone which is not due any more, and the harshest of it."""
    undone = [one for one in ladder.undone(steps, facts, today=today) if one.action.is_harm]
    left = replace(facts, taken=tuple(one for one in facts.taken if one not in undone))
    return _way(steps, left, today), ladder.harshest(undone)


def _way(steps: tuple[Step, ...], facts: Facts, today: date) -> Way:
    """Return the harmful steps to come: each on its day of the ladder at the earliest, and one a day."""
    found: list[tuple[str, date]] = []
    coming = ladder.next_harm(steps, facts, today=today)
    first = coming[1] if coming else today
    for step in (one for one in ladder.waiting(steps, facts) if one.is_harm):
        day = max(first, ladder.on_day(facts, step.day))
        found.append((step.action.label, day))
        first = day + ladder.ONE_DAY
    return tuple(found)
