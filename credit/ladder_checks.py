"""Whether a ladder is sane, how it is stored, and which of two is the milder. Pure.

Days ascend, severity never falls, each harm has its notice before it, deletion comes only after the archive.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit.ladder import SEVERITY, Action, Step

LONGEST = 3650  # days that a ladder may be long
LAST_WORD = 2  # days at least between the last notice and deletion (invariants § 3.5, I27: 48 hours)
CHANNELS = ("email", "sms")
OF_ACTION = {  # the message that a harmful step sends
    Action.BLOCK_OUTBOUND: "outbound-blocked",
    Action.SUSPEND: "suspended",
    Action.ARCHIVE: "archived",
    Action.DELETE: "deleted",
}
REMINDERS = ("overdue", "overdue-reminder", "last-notice")


@dataclass(frozen=True)
class Problem:
    """What is not sane, and where: the row's place in the ladder and its field, as a form marks them."""

    place: int
    field: str
    text: str


def problems(steps: Sequence[Step]) -> list[str]:
    """Return a sentence for each thing that is not sane; empty when all is well."""
    return [one.text for one in placed(steps)]


def placed(steps: Sequence[Step]) -> list[Problem]:
    """Return each thing that is not sane with its place; empty when all is well."""
    if not steps:
        return [Problem(0, "day", "A ladder has at least one step.")]
    return [*_order(steps), *_notices(steps), *_deletion(steps)]


def _order(steps: Sequence[Step]) -> list[Problem]:
    found = []
    for place, step in enumerate(steps):
        if not 0 <= step.day <= LONGEST:
            found.append(Problem(place, "day", f"Days run from 0 to {LONGEST}."))
        if place and step.day <= steps[place - 1].day:
            text = f"Days ascend: day {step.day} stands after day {steps[place - 1].day}."
            found.append(Problem(place, "day", text))
    harms = [(place, step) for place, step in enumerate(steps) if step.is_harm]
    for (_before, one), (place, later) in itertools.pairwise(harms):
        if SEVERITY[later.action] <= SEVERITY[one.action]:
            text = f"Severity never falls: “{later.action}” on day {later.day} stands after “{one.action}”."
            found.append(Problem(place, "action", text))
    return found


def _notices(steps: Sequence[Step]) -> list[Problem]:
    found = []
    for place, step in enumerate(steps):
        if step.is_harm and not place:
            text = f"Each harm has its notice before it: nothing stands before “{step.action}”."
            found.append(Problem(place, "action", text))
        if not step.channels or set(step.channels) - set(CHANNELS):
            text = f"Day {step.day} needs a channel: {' or '.join(CHANNELS)}."
            found.append(Problem(place, "channels", text))
        wanted = [OF_ACTION[step.action]] if step.is_harm else REMINDERS
        if step.notice not in wanted:
            text = f"Day {step.day} says “{step.notice}”; “{step.action}” says {' or '.join(wanted)}."
            found.append(Problem(place, "notice", text))
        if step.notice == "overdue" and "sms" in step.channels:
            text = f"Day {step.day}: “overdue” has no registered text message."
            found.append(Problem(place, "channels", text))
    return found


def _deletion(steps: Sequence[Step]) -> list[Problem]:
    found = []
    for place, step in enumerate(steps):
        if step.action != Action.DELETE:
            continue
        if Action.ARCHIVE not in {one.action for one in steps[:place]}:
            found.append(Problem(place, "action", "Deletion comes only after the archive."))
        last = steps[place - 1] if place else step
        if last.notice != "last-notice" or step.day - last.day < LAST_WORD:
            text = f"A last notice stands at least {LAST_WORD} days before deletion."
            found.append(Problem(place, "day", text))
    return found


def is_milder(new: Sequence[Step], old: Sequence[Step]) -> bool:
    """Whether on no day the new ladder is harsher than the old one: each harm comes at the same day, later or never."""
    days = {step.action: step.day for step in old if step.is_harm}
    return all(step.action in days and step.day >= days[step.action] for step in new if step.is_harm)


def written(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return a ladder as it is stored."""
    return [
        {"day": s.day, "action": str(s.action), "notice": s.notice, "channels": list(s.channels)}
        for s in steps
    ]


def read(rows: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Read a ladder as it was stored."""
    return tuple(
        Step(row["day"], Action(row["action"]), row["notice"], tuple(row["channels"])) for row in rows
    )
