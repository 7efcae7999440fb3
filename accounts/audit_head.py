"""Keep the newest hash of the audit chain outside the database: a mail each night, after the chain was verified.

Who could rewrite the whole chain could not rewrite the mails.
"""

from datetime import datetime

import structlog
from django.conf import settings

from accounts import audit, notices
from billing_portal import clock
from billing_portal.unit import unit

log = structlog.get_logger(__name__)


@unit
def keep(*, now: datetime) -> bool:
    """Verify the chain and owe AUDIT_EMAIL its newest hash; say whether it holds. Once an Indian day."""
    today = clock.business_date(now)
    parts = list(audit.verify())
    broken = [what for part in parts for what in part.broken]
    count = sum(part.count for part in parts)
    newest = parts[-1] if parts else None
    notices.owe_person(
        settings.AUDIT_EMAIL,
        "audit-head",
        event=f"audit-head:{today}",
        context={
            "day": today.isoformat(),
            "count": count,
            "newest": newest.last if newest else 0,
            "head": newest.head if newest else "",
            "broken": broken[:20],
        },
        now=now,
    )
    say = log.error if broken else log.info
    say("audit_verified", events=count, broken=len(broken), head=newest.head if newest else "")
    return not broken
