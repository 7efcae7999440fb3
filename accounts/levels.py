"""The service levels, mildest first, and what each of them shuts: one table."""

from typing import NamedTuple

from django.db import models


class Level(models.TextChoices):
    ACTIVE = "active", "Active"
    OUTBOUND_BLOCKED = "outbound_blocked", "Outbound calls blocked"
    SUSPENDED = "suspended", "Suspended"
    ARCHIVED = "archived", "Archived"
    DELETED = "deleted", "Deleted"


class Open(NamedTuple):
    """What a level leaves open. Paid messages go with outgoing calls (the step of day 15)."""

    outgoing: bool
    incoming: bool
    messages: bool


# fmt: off
OPEN: dict[str, Open] = {
    Level.ACTIVE:           Open(outgoing=True,  incoming=True,  messages=True),
    Level.OUTBOUND_BLOCKED: Open(outgoing=False, incoming=True,  messages=False),
    Level.SUSPENDED:        Open(outgoing=False, incoming=False, messages=False),
    Level.ARCHIVED:         Open(outgoing=False, incoming=False, messages=False),
    Level.DELETED:          Open(outgoing=False, incoming=False, messages=False),
}
# fmt: on

KINDS = ("outgoing calls", "incoming calls", "messages")  # of Open, in its order
LOCKED = frozenset({Level.SUSPENDED, Level.ARCHIVED, Level.DELETED})  # most of the panel is closed


def in_words(level: str) -> str:
    """Return what a level leaves open, as people read it: "incoming calls"."""
    left = [kind for kind, is_open in zip(KINDS, OPEN[level], strict=True) if is_open]
    return ", ".join(left) or "nothing"


def allows(level: str, *, is_call: bool, is_incoming: bool) -> bool:
    """Whether a level leaves a feature of this kind and direction open."""
    left = OPEN[level]
    if not is_call:
        return left.messages
    return left.incoming if is_incoming else left.outgoing
