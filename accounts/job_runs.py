"""Daily jobs by business date: one row each, which a second start finds, with what the job has done so far."""

from collections.abc import Mapping
from datetime import date, datetime

import structlog
from django.db import connection

from accounts.models import JobRun
from billing_portal import clock

log = structlog.get_logger(__name__)


def begin(job: str, *, now: datetime) -> JobRun | None:
    """Return the job's row of today, made or found; None where the clock stands before the day of a later run."""
    today = clock.business_date(now)
    if JobRun.objects.filter(job=job, business_date__gt=today).exists():
        log.error("business_date_moved_back", job=job, date=str(today))
        return None
    return JobRun.objects.get_or_create(job=job, business_date=today, defaults={"started_at": now})[0]


def add(job: str, on: date, counts: Mapping[str, int]) -> None:
    """Add to what a run has done; one statement, so that tasks running side by side lose nothing."""
    done = {name: number for name, number in counts.items() if number}
    if done:
        with connection.cursor() as cursor:
            cursor.execute(ADD, [list(done), list(done.values()), job, on])


def finish(run: JobRun, *, now: datetime) -> None:
    """Write down that a run found nothing more to do; the first such moment stays."""
    JobRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now)


def reopen(run: JobRun) -> None:
    """Write down that a finished run found more to do."""
    JobRun.objects.filter(pk=run.pk).exclude(finished_at=None).update(finished_at=None)


ADD = """
    update accounts_jobrun set counts = counts || (
        select jsonb_object_agg(name, coalesce((counts ->> name)::bigint, 0) + number)
        from unnest(%s::text[], %s::bigint[]) as done(name, number)
    ) where job = %s and business_date = %s
"""
