"""The versions of the overdue policy: the newest is followed by new cases; an open case keeps its own.

The first version is the table of policy.py. A milder version may be applied to an open case, a harsher never.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts import audit
from accounts.models import User
from billing_portal.unit import unit
from credit import ladder_checks, policy
from credit.ladder import Step
from credit.models import PolicyVersion


class NotSane(ValueError):
    """The ladder cannot be published; `problems` are the sentences that say why."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class Superseded(Exception):
    """Somebody published another version since this one was begun."""


def current(*, now: datetime) -> PolicyVersion:
    """Return the newest version; the first is made from the table of policy.py when nobody has yet."""
    newest = PolicyVersion.objects.order_by("-number").first()
    if newest:
        return newest
    first = {
        "steps": ladder_checks.written(policy.OVERDUE_STEPS),
        "reason": "The default policy",
        "saved_at": now,
    }
    return PolicyVersion.objects.get_or_create(number=1, defaults=first)[0]


@unit
def publish(steps: Sequence[Step], *, after: int, actor: User, reason: str, now: datetime) -> PolicyVersion:
    """Publish a ladder as the next version after number `after`; the same again returns it.

    Raises NotSane, and Superseded when another version came in between.
    """
    problems = ladder_checks.problems(steps)
    if problems:
        raise NotSane(problems)
    rows = ladder_checks.written(steps)
    before = current(now=now)
    values = {"steps": rows, "reason": reason, "saved_by": actor, "saved_at": now}
    made, is_new = PolicyVersion.objects.get_or_create(number=after + 1, defaults=values)
    if not is_new and made.steps == rows and made.saved_by_id == actor.pk:
        return made
    if not is_new or before.number != after:
        raise Superseded(f"Version {made.number} was published meanwhile.")
    audit.record(
        "credit.policy.publish",
        actor=actor,
        subject=f"policy:{made.number}",
        reason=reason,
        before={"steps": before.steps},
        after={"steps": rows},
        now=now,
    )
    return made
