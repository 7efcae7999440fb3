"""Doors of the accounts' jobs."""

from celery import shared_task

from accounts import notices, statement_mail
from billing_portal import clock


@shared_task
def send_notices() -> int:
    """Send what is owed and due."""
    return notices.send_due(now=clock.now())


@shared_task
def owe_statements() -> int:
    """Owe last month's statements, once."""
    return statement_mail.owe_last_month(now=clock.now())
