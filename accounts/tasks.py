"""Doors of the accounts' jobs."""

import structlog
from celery import shared_task

from accounts import audit_head, monthly_statements, notices, service_orders
from accounts.models import Notice
from accounts.telephony import PlatformAway
from billing_portal import clock

log = structlog.get_logger(__name__)


@shared_task
def send_notices() -> int:
    """Send the mails that are owed and due."""
    return notices.send_due(channel=Notice.Channel.EMAIL, now=clock.now())


@shared_task
def send_texts() -> int:
    """Send the text messages that are owed and due: a silent provider keeps no mail waiting."""
    return notices.send_due(channel=Notice.Channel.SMS, now=clock.now())


@shared_task
def send_statements() -> int:
    """Owe last month's statements in the first days of a month."""
    return monthly_statements.send(now=clock.now())


@shared_task
def keep_audit_head() -> bool:
    """Verify the audit chain and mail its newest hash out of the house, once a day."""
    return audit_head.keep(now=clock.now())


@shared_task
def push_orders() -> int:
    """Tell the platform what it has not acknowledged."""
    return service_orders.push(now=clock.now())


@shared_task
def compare_levels() -> int:
    """Ask the platform what holds there, and order again where it differs."""
    try:
        return service_orders.compare(now=clock.now())
    except PlatformAway as error:
        log.warning("platform_away", error=str(error))
        return 0
