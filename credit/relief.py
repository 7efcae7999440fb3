"""The net under relief: an account that has paid and is still restricted as overdue is looked at again.

Relief itself is in the unit of the payment (overdue.py); what this finds is a fault, and it is logged as one.
"""

from datetime import datetime

import structlog
from django.db.models import Exists, OuterRef

from accounts.levels import Level
from accounts.models import Account, Restriction
from billing_portal import clock
from billing_portal.unit import unit
from credit import overdue
from invoices.models import Document

log = structlog.get_logger(__name__)


def sweep(*, now: datetime, limit: int = 200) -> int:
    """Look again at accounts that owe nothing overdue and are restricted for it; return how many were freed."""
    due = Document.objects.filter(
        account=OuterRef("account"), open_amount__gt=0, due_on__lte=clock.business_date(now)
    )
    stood = Restriction.objects.filter(~Exists(due), reason=Restriction.Reason.OVERDUE, lifted_at=None)
    stood = stood.exclude(account__wanted_level=Level.DELETED).order_by("imposed_at")
    return sum(_one(pk, now) for pk in stood.values_list("account_id", flat=True)[:limit])


@unit
def _one(account_id: int, now: datetime) -> bool:
    account = Account.objects.lock(account_id)
    standing = account.restrictions.filter(reason=Restriction.Reason.OVERDUE, lifted_at=None)
    overdue.review(account, now=now)
    freed = not standing.exists()
    log.error("relief_was_missed", account=account.ban, freed=freed)
    return freed
