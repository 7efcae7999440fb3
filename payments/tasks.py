"""Doors of the payments' jobs."""

from celery import shared_task

from billing_portal import clock
from payments import follow_up as follow_up_use_case
from payments import webhooks


@shared_task
def handle_events() -> int:
    """Handle stored calls of the gateway."""
    return webhooks.handle_due(now=clock.now())


@shared_task
def follow_up() -> int:
    """Ask about undecided payments."""
    return follow_up_use_case.follow_up(now=clock.now())
