"""Doors of the accounts' jobs."""

from celery import shared_task

from accounts import notices
from billing_portal import clock


@shared_task
def send_notices() -> int:
    """Send what is owed and due."""
    return notices.send_due(now=clock.now())
