"""Doors of the portal's own jobs."""

from celery import shared_task
from django.core.cache import cache

from billing_portal import clock

TICK = "beat-tick"


@shared_task
def tick() -> None:
    """Show that beat and a worker live; the readiness page reads it."""
    cache.set(TICK, clock.now().timestamp(), timeout=3600)
