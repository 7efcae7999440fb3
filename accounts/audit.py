"""Write down what staff did: who, what, before and after, why, from where. A chain: no row can vanish unseen."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Account, AuditEvent, User
from billing_portal import origin
from billing_portal.unit import unit

CHAIN_LOCK = 7_301_001  # advisory lock: the chain has one writer at a time
CHUNK = 1000  # events of one look


@dataclass(frozen=True)
class Part:
    """A stretch of the chain that was computed again: its first and last event, and what is wrong in it."""

    first: int
    last: int
    count: int
    head: str
    broken: tuple[str, ...]


@unit
def record(
    action: str,
    *,
    actor: User | None,
    subject: str,
    reason: str,
    now: datetime,
    account: Account | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event to the chain, in the unit of the action it speaks of.

    From where comes of itself: of staff their whole address, of others the network alone.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first()
    event = AuditEvent(
        at=now,
        actor=actor,
        action=action,
        account=account,
        subject=subject,
        reason=reason,
        origin=origin.here(whole=actor is None or actor.is_staff),
        before=before or {},
        after=after or {},
        previous_hash=last or "",
    )
    event.hash = digest(event)
    event.save(force_insert=True)
    return event


def verify() -> Iterator[Part]:
    """Compute the whole chain again, a part at a time, from its first event. Changes nothing."""
    previous, after = "", 0
    while events := list(AuditEvent.objects.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        broken: list[str] = []
        for event in events:
            if event.previous_hash != previous:
                broken.append(f"event {event.pk} does not follow the one before it")
            if event.hash != digest(event):
                broken.append(f"event {event.pk} ({event.action} {event.subject}) is not what was written")
            previous, after = event.hash, event.pk
        yield Part(events[0].pk, after, len(events), previous, tuple(broken))


def head() -> str:
    """Return the newest hash of the chain, to be kept outside the database too."""
    return AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first() or ""


def digest(event: AuditEvent) -> str:
    """Return the hash of an event over its own words and the hash before it.

    An event from before the chain knew from where has no such word; neither adding nor taking one away goes unseen.
    """
    words = [
        event.previous_hash,
        event.at.timestamp(),
        event.actor_id,
        event.action,
        event.account_id,
        event.subject,
        event.reason,
        event.before,
        event.after,
        *([event.origin] if event.origin else []),
    ]
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
