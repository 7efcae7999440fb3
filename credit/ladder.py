"""The overdue ladder: what a policy's rows mean, and the one decision, which step is due on a day. Pure.

Source: PRODUCT § 5, invariants § 4. Days count in the Indian calendar from the due date of the oldest unpaid bill,
which is day 0; days that do not count (an outage of ours, a promise to pay that was granted) are left out. Harm goes
one step a day and in order; relief (`undone`) is at once. The forecast calls the same functions as the jobs.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)


class Action(StrEnum):
    """What a step does, mildest first."""

    REMIND = "remind"
    BLOCK_OUTBOUND = "block-outbound"
    SUSPEND = "suspend"
    ARCHIVE = "archive"
    DELETE = "delete"

    @property
    def is_harm(self) -> bool:
        return self != Action.REMIND

    @property
    def label(self) -> str:
        """The step as people read it."""
        return WORDS[self]


# fmt: off
WORDS = {
    Action.REMIND: "Remind", Action.BLOCK_OUTBOUND: "Block outbound", Action.SUSPEND: "Suspend",
    Action.ARCHIVE: "Archive", Action.DELETE: "Delete",
}
# fmt: on
CHOICES = [(action.value, action.label) for action in Action]
STOPS = frozenset({Action.BLOCK_OUTBOUND, Action.SUSPEND, Action.ARCHIVE})
SEVERITY = {action: rank for rank, action in enumerate(Action)}
EMAIL = ("email",)
EMAIL_SMS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a policy: on this day of being overdue do this, and say it so."""

    day: int
    action: Action
    notice: str  # its template under templates/notices/
    channels: tuple[str, ...]

    @property
    def is_harm(self) -> bool:
        return self.action.is_harm


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that stands: its day and action as the policy was, and the date it was taken on."""

    day: int
    action: Action
    on: date


@dataclass(frozen=True)
class Facts:
    """What an overdue case is decided from.

    `last_on` is the date of the case's newest step, also of one that was undone since. Within `not_counted` the days
    stand still and no harm comes; up to and on `held_until` no harm comes but the days go on. While the data
    `is_archived`, all that stops the lines is in effect, whatever steps stand: paying a part brings nothing back.
    """

    due_on: date
    taken: tuple[Taken, ...] = ()
    last_on: date | None = None
    not_counted: tuple[Span, ...] = ()
    held_until: date | None = None
    is_archived: bool = False


def age(facts: Facts, today: date) -> int:
    """Return the day of being overdue: 0 on the due date, −1 the day before; days that do not count left out."""
    return (today - facts.due_on).days - _left_out(facts, today)


def on_day(facts: Facts, day: int) -> date:
    """Return the first date on which the case is `day` days overdue."""
    found = facts.due_on + timedelta(days=day)
    while age(facts, found) < day:
        found += timedelta(days=day - age(facts, found))
    return found


def waiting(steps: Sequence[Step], facts: Facts) -> list[Step]:
    """Return the steps still to come, in order; a reminder that a later step has passed is not sent any more."""
    done = {one.action for one in facts.taken}
    reached = max((one.day for one in facts.taken), default=-1)
    return [s for s in steps if (s.action not in done if s.is_harm else s.day > reached)]


def due_step(steps: Sequence[Step], facts: Facts, *, today: date) -> Step | None:
    """Return the one step to take today, or None.

    One step a day and in order: a job that stood still for a month catches up day by day, and no harm comes without
    the step before it. Reminders in a row that are all due become one, the last of them.
    """
    if facts.last_on is not None and today <= facts.last_on:
        return None
    now = age(facts, today)
    due = list(itertools.takewhile(lambda step: step.day <= now, waiting(steps, facts)))
    reminders = list(itertools.takewhile(lambda step: not step.is_harm, due))
    if reminders:
        return reminders[-1]
    return due[0] if due and not is_spared(facts, today) else None


def next_due(steps: Sequence[Step], facts: Facts, *, today: date) -> tuple[Step, date] | None:
    """Return the next step and the first date, today or later, on which it is due as things stand; None at the end."""
    left = waiting(steps, facts)
    if not left:
        return None
    when = max(on_day(facts, left[0].day), today)
    if facts.last_on is not None:
        when = max(when, facts.last_on + ONE_DAY)
    while left[0].is_harm and is_spared(facts, when):
        when += ONE_DAY
    return due_step(steps, facts, today=when) or left[0], when


def next_harm(steps: Sequence[Step], facts: Facts, *, today: date) -> tuple[Step, date] | None:
    """Return the next consequence and its date; None at the end.

    Reminders before it are taken in their time, and so is what is in effect already.
    """
    coming = next_due(steps, facts, today=today)
    while coming and (not coming[0].is_harm or is_in_effect(facts, coming[0].action)):
        step, day = coming
        facts = replace(facts, taken=(*facts.taken, Taken(step.day, step.action, day)), last_on=day)
        coming = next_due(steps, facts, today=day)
    return coming


def is_in_effect(facts: Facts, action: Action) -> bool:
    """Whether a step changes nothing for the account: its data is archived, and its lines are stopped with it."""
    return facts.is_archived and action in STOPS


def is_spared(facts: Facts, today: date) -> bool:
    """Whether no harm may come on this day: it is held, or one of the days that do not count."""
    held = facts.held_until is not None and today <= facts.held_until
    return held or any(today in span for span in facts.not_counted)


def undone(steps: Sequence[Step], facts: Facts, *, today: date) -> list[Taken]:
    """Return the standing steps that the case is not overdue enough for any more: they are lifted at once.

    A harm that the ladder does not have (a milder policy was applied) stands no more.
    """
    now = age(facts, today)
    days = {step.action: step.day for step in steps if step.is_harm}
    never = now + 1
    return [
        one for one in facts.taken if (days.get(one.action, never) if one.action.is_harm else one.day) > now
    ]


def harshest(taken: Iterable[Taken]) -> Action | None:
    """Return the harshest action of these steps; None without any."""
    return max((one.action for one in taken), key=SEVERITY.__getitem__, default=None)


def announcing(steps: Sequence[Step], step: Step) -> Step | None:
    """Return the step whose message announces this one: the one before it in the table."""
    before = [one for one in steps if one.day < step.day]
    return before[-1] if before else None


def _left_out(facts: Facts, today: date) -> int:
    """Count the days after the due date, up to today, that do not count; spans may overlap."""
    days = 0
    reached = facts.due_on
    for span in sorted(facts.not_counted, key=lambda one: one.first):
        first, last = max(span.first, reached + ONE_DAY), min(span.last, today)
        if first <= last:
            days += (last - first).days + 1
            reached = last
    return days
