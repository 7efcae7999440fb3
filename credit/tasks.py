"""Doors of the credit floor's jobs."""

from celery import shared_task

from billing_portal import clock
from credit import finishing, holds, limits_job, relief, restorations, returns
from credit import review as review_use_case


@shared_task
def review() -> int:
    """Look at the accounts whose ledger moved."""
    return review_use_case.sweep(now=clock.now())


@shared_task
def sweep_holds() -> int:
    """Forget holds that ended days ago."""
    return holds.sweep(now=clock.now())


@shared_task
def assess_limits() -> int:
    """Look at every credit limit; return how many accounts changed."""
    return limits_job.nightly(now=clock.now()).get("changed", 0)


@shared_task
def return_archives() -> int:
    """Bring back the archives whose dues and fee are paid."""
    return returns.sweep(now=clock.now())


@shared_task
def purge_archives() -> int:
    """Destroy sealed call records whose legal time is over."""
    return finishing.purge(now=clock.now())


@shared_task
def confirm_restorations() -> int:
    """Write down which restorations the platform has acknowledged."""
    return restorations.confirm(now=clock.now())


@shared_task
def sweep_relief() -> int:
    """Free accounts that have paid and are still restricted as overdue: none, if all is well."""
    return relief.sweep(now=clock.now())
