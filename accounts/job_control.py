"""Staff's hold on daily jobs: pause one, let it go on, and say yes to a run that stopped for a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import JobPause, JobRun, User
from billing_portal import clock
from billing_portal.unit import unit

RUNS, PAUSED = {"state": "runs"}, {"state": "paused"}
NOTHING: Mapping[str, Any] = {}


class NotPossible(ValueError):
    """The job or run is not in such a state; the message says which."""


@unit
def pause(job: str, *, by: User, reason: str, now: datetime) -> JobPause:
    """Pause a job: its runs are not begun until it is resumed. Repeating returns the pause that stands."""
    values = {"reason": reason, "paused_by": by, "paused_at": now}
    row, is_new = JobPause.objects.get_or_create(job=job, ended_at=None, defaults=values)
    if is_new:
        _record("accounts.job.pause", job, by, reason, now, before=RUNS, after=PAUSED)
    return row


@unit
def resume(job: str, *, by: User, reason: str, now: datetime) -> None:
    """Let a paused job go on. Raises NotPossible where it is not paused."""
    if not JobPause.objects.filter(job=job, ended_at=None).update(ended_at=now, ended_by=by):
        raise NotPossible(f"{job} is not paused.")
    _record("accounts.job.resume", job, by, reason, now, before=PAUSED, after=RUNS)


@unit
def confirm(run_id: int, *, by: User, reason: str, now: datetime) -> JobRun:
    """Say yes to a run that stopped because it would harm many.

    Raises NotPossible where it does not wait, or its day is over: the next day's run asks again, for whom it finds.
    """
    run = JobRun.objects.select_for_update().get(pk=run_id)
    if run.business_date != clock.business_date(now):
        raise NotPossible("The day of this run is over: today's run stops again if it would harm many.")
    if run.stopped_at is None or run.confirmed_at or run.finished_at:
        raise NotPossible("This run does not wait for anybody.")
    run.confirmed_by, run.confirmed_at = by, now
    run.save(update_fields=["confirmed_by", "confirmed_at"])
    _record("accounts.job.confirm", f"{run.job} {run.business_date}", by, reason, now, after=run.counts)
    return run


def _record(
    action: str,
    subject: str,
    by: User,
    reason: str,
    now: datetime,
    *,
    before: Mapping[str, Any] = NOTHING,
    after: Mapping[str, Any],
) -> None:
    audit.record(
        action,
        actor=by,
        subject=f"job:{subject}",
        reason=reason,
        before=dict(before),
        after=dict(after),
        now=now,
    )
