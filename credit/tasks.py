"""Doors of the credit floor's jobs."""

from celery import shared_task

from billing_portal import clock
from credit import limits_job


@shared_task
def assess_limits() -> int:
    """Look at every credit limit; return how many accounts changed."""
    return limits_job.nightly(now=clock.now()).get("changed", 0)
