"""Write down what staff did: who, what, before and after, why. A chain, so that no row can vanish unseen."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Account, AuditEvent, User
from billing_portal.unit import unit

CHAIN_LOCK = 7_301_001  # advisory lock: the chain has one writer at a time


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
    """Append one event to the chain, in the unit of the action it speaks of."""
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
        before=before or {},
        after=after or {},
        previous_hash=last or "",
    )
    event.hash = digest(event)
    event.save(force_insert=True)
    return event


def digest(event: AuditEvent) -> str:
    """Return the hash of an event over its own words and the hash before it."""
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
    ]
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
