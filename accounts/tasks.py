"""Doors of the accounts' jobs."""

from celery import shared_task

from accounts import monthly_statements, notices
from billing_portal import clock


@shared_task
def send_notices() -> int:
    """Send what is owed and due."""
    return notices.send_due(now=clock.now())


@shared_task
def send_statements() -> int:
    """Owe last month's statements in the first days of a month."""
    return monthly_statements.send(now=clock.now())
