"""A parked row is put back into its queue by a person: once, and with a line in the audit chain."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import audit
from accounts.models import Account, User
from billing_portal.unit import unit


@unit
def again(
    parked: QuerySet[Any],
    fresh: Mapping[str, Any],
    *,
    action: str,
    subject: str,
    reason: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    by: User,
    now: datetime,
    account: Account | None = None,
) -> bool:
    """Give the one row of `parked` its fresh fields and write down who did; return whether it was parked still.

    Repeating does nothing: the row is not in `parked` any more.
    """
    if not parked.update(**fresh):
        return False
    audit.record(
        action,
        actor=by,
        account=account,
        subject=subject,
        reason=reason,
        before=dict(before),
        after=dict(after),
        now=now,
    )
    return True
