"""Doors of the accounts' jobs."""

from celery import shared_task

from accounts import monthly_statements, notices
from accounts.models import Notice
from billing_portal import clock


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
