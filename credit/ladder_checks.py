"""Whether a ladder is sane, how it is stored, and which of two is the milder. Pure.

Days ascend, severity never falls, each harm has its notice before it, deletion comes only after the archive.
"""

import itertools
from collections.abc import Mapping, Sequence
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


def problems(steps: Sequence[Step]) -> list[str]:
    """Return a sentence for each thing that is not sane; empty when all is well."""
    if not steps:
        return ["A ladder has at least one step."]
    return [*_order(steps), *_notices(steps), *_deletion(steps)]


def _order(steps: Sequence[Step]) -> list[str]:
    found = []
    if any(not 0 <= step.day <= LONGEST for step in steps):
        found.append(f"Days run from 0 to {LONGEST}.")
    for one, later in itertools.pairwise(steps):
        if later.day <= one.day:
            found.append(f"Days ascend: day {later.day} stands after day {one.day}.")
    harms = [step for step in steps if step.is_harm]
    for one, later in itertools.pairwise(harms):
        if SEVERITY[later.action] <= SEVERITY[one.action]:
            found.append(
                f"Severity never falls: “{later.action}” on day {later.day} stands after “{one.action}”."
            )
    return found


def _notices(steps: Sequence[Step]) -> list[str]:
    found = []
    for place, step in enumerate(steps):
        if step.is_harm and not place:
            found.append(f"Each harm has its notice before it: nothing stands before “{step.action}”.")
        if not step.channels or set(step.channels) - set(CHANNELS):
            found.append(f"Day {step.day} needs a channel: {' or '.join(CHANNELS)}.")
        wanted = [OF_ACTION[step.action]] if step.is_harm else REMINDERS
        if step.notice not in wanted:
            found.append(f"Day {step.day} says “{step.notice}”; “{step.action}” says {' or '.join(wanted)}.")
        if step.notice == "overdue" and "sms" in step.channels:
            found.append(f"Day {step.day}: “overdue” has no registered text message.")
    return found


def _deletion(steps: Sequence[Step]) -> list[str]:
    found = []
    for place, step in enumerate(steps):
        if step.action != Action.DELETE:
            continue
        if Action.ARCHIVE not in {one.action for one in steps[:place]}:
            found.append("Deletion comes only after the archive.")
        last = steps[place - 1] if place else step
        if last.notice != "last-notice" or step.day - last.day < LAST_WORD:
            found.append(f"A last notice stands at least {LAST_WORD} days before deletion.")
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
