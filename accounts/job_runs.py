"""Daily jobs by business date: one row each, which a second start finds, with what the job has done so far."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import structlog
from django.db import connection

from accounts.models import JobPause, JobRun
from billing_portal import clock

log = structlog.get_logger(__name__)


def begin(job: str, *, now: datetime) -> JobRun | None:
    """Return the job's row of today, made or found; None where the clock stands before the day of a later run."""
    today = clock.business_date(now)
    if JobRun.objects.filter(job=job, business_date__gt=today).exists():
        log.error("business_date_moved_back", job=job, date=str(today))
        return None
    return JobRun.objects.get_or_create(job=job, business_date=today, defaults={"started_at": now})[0]


def catch_up(run: JobRun, *, now: datetime) -> int:
    """Write a finished row for each business date that was missed before a run; return how many. Repeating finds them.

    The dates are kept in the run's own counts, so that a run that goes on after a crash knows them too.
    """
    before = JobRun.objects.filter(job=run.job, business_date__lt=run.business_date)
    last = before.order_by("-business_date").exclude(counts__has_key="missed_day").first()
    if last is None:
        return 0
    days = (run.business_date - last.business_date).days - 1
    JobRun.objects.bulk_create(
        [
            JobRun(
                job=run.job,
                business_date=last.business_date + timedelta(days=n),
                started_at=now,
                finished_at=now,
                counts={"missed_day": 1},
            )
            for n in range(1, days + 1)
        ],
        ignore_conflicts=True,
    )
    return days


def is_paused(job: str) -> bool:
    """Whether staff have paused a job."""
    return JobPause.objects.filter(job=job, ended_at=None).exists()


def stop(run: JobRun, counts: Mapping[str, int], *, now: datetime) -> None:
    """Let a run wait for a person, with what it would do."""
    run.stopped_at, run.counts = run.stopped_at or now, {**run.counts, **counts}
    run.save(update_fields=["stopped_at", "counts"])


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
