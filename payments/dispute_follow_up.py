"""The hourly look at disputes: those that are open, those that no call told us of, and who must answer soon."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.urls import reverse

from accounts import notices
from billing_portal import clock
from payments import disputes, policy
from payments.gateways import GatewayError
from payments.gateways.disputes import desk
from payments.models import Dispute

log = structlog.get_logger(__name__)

WINDOW = timedelta(days=30)  # of disputes that are listed, to find those we have not heard of


def run(*, now: datetime) -> int:
    """Look at every dispute that may change, then remind finance; return how many were looked at.

    Repeating does nothing new. Raises GatewayError when the list cannot be read; the rest is done by then.
    """
    looked = sum(_look(row, now) for row in Dispute.objects.to_follow())
    remind(now=now)
    return looked + _find_new(now)


def remind(*, now: datetime) -> int:
    """Owe finance a task mail for each unanswered dispute 7, 3 and 1 days before its last day; return how many.

    Once for a dispute, its last day and the number of days.
    """
    today, sent = clock.business_date(now), 0
    for row in Dispute.objects.unanswered().filter(respond_by__gt=now).select_related("account", "payment"):
        assert row.respond_by is not None
        last_day = clock.business_date(row.respond_by)
        days = policy.dispute_reminder((last_day - today).days)
        if days is not None:
            _owe_task(row, f"{last_day.isoformat()}:{days}", now)
            sent += 1
    return sent


def _look(row: Dispute, now: datetime) -> bool:
    try:
        disputes.take(desk().dispute(row.gateway_dispute_id), now=now)
    except GatewayError as error:  # the next hour asks again; the others go on
        log.warning("dispute_not_looked_at", dispute=row.pk, error=type(error).__name__)
        return False
    return True


def _find_new(now: datetime) -> int:
    """Take in disputes that the gateway lists and we do not have."""
    told = [one for page in desk().disputes(now - WINDOW, now) for one in page]
    known = set(
        Dispute.objects.filter(gateway_dispute_id__in=[one.dispute_id for one in told]).values_list(
            "gateway_dispute_id", flat=True
        )
    )
    new = [one for one in told if one.dispute_id not in known]
    for one in new:
        disputes.take(one, now=now)
    return len(new)


def _owe_task(row: Dispute, step: str, now: datetime) -> None:
    assert row.respond_by is not None
    notices.owe(
        row.account,
        "dispute-task",
        event=f"dispute-task:{row.gateway_dispute_id}:{step}",
        context={
            "dispute": row.gateway_dispute_id,
            "payment": row.payment.number,
            "amount": row.amount,
            "state": row.get_state_display(),
            "reason_code": row.reason_code,
            "phase": row.phase,
            "respond_by": row.respond_by.isoformat(),
            "page": reverse("admin:payments_dispute_change", args=[row.pk]),
        },
        mails=[settings.FINANCE_EMAIL],
        now=now,
    )
