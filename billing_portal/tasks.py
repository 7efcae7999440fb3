"""Doors of the portal's own jobs."""

from celery import shared_task
from django.core.cache import cache

from billing_portal import books, clock

TICK = "beat-tick"


@shared_task
def tick() -> None:
    """Show that beat and a worker live; the readiness page reads it."""
    cache.set(TICK, clock.now().timestamp(), timeout=3600)


@shared_task
def verify_books() -> int:
    """Check every invariant each night and keep the result; return how many findings there are."""
    report, _row = books.verify(now=clock.now())
    return len(report.findings)
