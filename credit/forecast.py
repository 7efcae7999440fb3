"""What will become of an account: the dated steps of the ladder if nothing is paid, or if sums are paid on days. Pure.

The same functions decide as in the jobs (`ladder.py`). A step comes in the morning and a payment after it, so what is
paid on the day of a step does not keep it off. Deletion needs a person: its date means “not before”; nothing comes
after it, for money that comes later revives nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from billing_portal.money import Paise
from credit import ladder
from credit.ladder import ONE_DAY, Action, Facts, Span, Step


class What(StrEnum):
    STEP = "step"  # a step is taken
    EASED = "eased"  # paying moved day 0: steps are undone
    CLEARED = "cleared"  # nothing is past due any more


@dataclass(frozen=True, slots=True)
class Bill:
    """One unpaid bill; `left` in paise."""

    due_on: date
    left: Paise


@dataclass(frozen=True, slots=True)
class Sum:
    """So many paise are paid on a day."""

    on: date
    amount: Paise


@dataclass(frozen=True)
class Start:
    """Where an account stands: its unpaid bills (oldest due first), its case's facts and ladder.

    `facts` is None where no case is watched. A case that begins later follows the ladder `later`, and knows of the
    days that count for nobody (`outages`) only.
    """

    bills: tuple[Bill, ...]
    facts: Facts | None
    steps: tuple[Step, ...]
    later: tuple[Step, ...]
    is_open: bool = False
    outages: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One dated thing: what, which step, what was past due then (paise), and the harshest step that stands after it."""

    on: date
    what: What
    due: Paise
    standing: Action | None
    step: Step | None = None


def of(
    start: Start, *, first: date, until: date, paid: Sequence[Sum] = (), idle: Collection[date] = ()
) -> list[Event]:
    """Return what happens from the first date on which the jobs still run, up to and on the last one.

    On `idle` days the jobs do not run. A payment goes to the bills of the oldest due date first.
    """
    now = _watched(start)
    found: list[Event] = []
    sums = sorted(paid, key=lambda one: one.on)
    day = first
    while True:
        step_on = _next_run(now, day, idle) if now.facts else None
        if sums and (step_on is None or sums[0].on < step_on):
            one = sums.pop(0)
            now, event = _pay(now, one)
            day = max(day, one.on + ONE_DAY)
        elif step_on is not None and step_on <= until:
            now, event = _take(now, step_on)
            day = step_on + ONE_DAY
            if event and event.standing == Action.DELETE:
                return [*found, event]
        else:
            return found
        if event and event.on <= until:
            found.append(event)


def owed(bills: Sequence[Bill], on: date) -> Paise:
    """Return what is past due on a day, in paise; the due date itself counts."""
    return sum(bill.left for bill in bills if bill.due_on <= on)


def standing(events: Sequence[Event], on: date, *, before: Action | None) -> Action | None:
    """Return the harshest step that stands at the end of a day; `before` stands before the first event."""
    reached = [event for event in events if event.on <= on]
    return reached[-1].standing if reached else before


def _watched(start: Start) -> Start:
    """Let a case be watched where a bill is unpaid and none is."""
    if start.facts or not start.bills:
        return start
    facts = Facts(start.bills[0].due_on, not_counted=start.outages)
    return replace(start, facts=facts, steps=start.later, is_open=False)


def _next_run(now: Start, day: date, idle: Collection[date]) -> date | None:
    """Return the first working day, `day` or later, on which the next step comes as things stand."""
    assert now.facts is not None
    coming = ladder.next_due(now.steps, now.facts, today=day)
    return next(run for run in _working(coming[1], idle)) if coming else None


def _working(day: date, idle: Collection[date]) -> Iterator[date]:
    while True:
        if day not in idle:
            yield day
        day += ONE_DAY


def _take(now: Start, on: date) -> tuple[Start, Event | None]:
    """Take the step of a day; none where idle days have led it into days that spare the account."""
    assert now.facts is not None
    step = ladder.due_step(now.steps, now.facts, today=on)
    if step is None:
        return now, None
    taken = (*now.facts.taken, ladder.Taken(step.day, step.action, on))
    after = replace(now, facts=replace(now.facts, taken=taken, last_on=on), is_open=True)
    return after, Event(on, What.STEP, owed(now.bills, on), ladder.harshest(taken), step)


def _pay(now: Start, one: Sum) -> tuple[Start, Event | None]:
    """Share a sum out over the bills, and let the case follow what remains (overdue.review)."""
    bills, rest = [], one.amount
    for bill in now.bills:
        part = min(rest, bill.left)
        rest -= part
        if part < bill.left:
            bills.append(replace(bill, left=bill.left - part))
    after, facts = replace(now, bills=tuple(bills)), now.facts
    if facts is None:
        return after, None
    if not bills or (now.is_open and not owed(bills, one.on)):
        event = Event(one.on, What.CLEARED, 0, None) if now.is_open else None
        return _watched(replace(after, facts=None, is_open=False)), event
    facts = replace(facts, due_on=bills[0].due_on)
    gone = ladder.undone(now.steps, facts, today=one.on)
    facts = replace(facts, taken=tuple(step for step in facts.taken if step not in gone))
    left = ladder.harshest(facts.taken)
    event = Event(one.on, What.EASED, owed(bills, one.on), left) if gone else None
    return replace(after, facts=facts), event
