"""The five daily jobs of the overdue ladder. Each takes one action's due cases, each case in a unit of its own.

A run is one row per business date: a second start finds it finished and leaves. It may be killed anywhere and started
again, run twice at once, late, or after missed days; harm stops for a person where it would hit many, and rests while
the clock cannot be trusted. Deletion never happens in a run that catches up.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from accounts import job_runs
from accounts.models import Account, JobRun
from billing_portal import clock
from credit import overdue
from credit.ladder import Action
from credit.models import OverdueCase
from credit.overdue import CarryOut, IsPaying

log = structlog.get_logger(__name__)

# fmt: off
JOBS = {
    Action.REMIND:         "overdue-remind",
    Action.BLOCK_OUTBOUND: "overdue-block-outbound",
    Action.SUSPEND:        "overdue-suspend",
    Action.ARCHIVE:        "overdue-archive",
    Action.DELETE:         "overdue-delete",
}
# fmt: on
ALONE = 20  # accounts that a run may harm without a person's yes,
ALONE_PERCENT = 2  # or so many of all accounts, whichever is more
SKEW = timedelta(minutes=10)  # that this machine's clock may differ from the database's
ASKED = (OverdueCase.Wait.PERSON, OverdueCase.Wait.APPROVAL)  # wait for a person: no step without one


def run(
    action: Action,
    *,
    now: datetime,
    skew: timedelta = timedelta(0),
    is_paying: IsPaying = lambda _account: False,
    carry_out: CarryOut | None = None,
) -> Mapping[str, int]:
    """Take today's steps of one action; return what became of the cases, by `Outcome` and "failed".

    Nothing is returned where the run was finished before, is paused, waits for a person, or the clock went back.
    """
    job = JOBS[action]
    is_harm = action != Action.REMIND
    row = None if job_runs.is_paused(job) else job_runs.begin(job, now=now)
    if row is None or row.finished_at:
        return {}
    if is_harm and abs(skew) > SKEW:
        log.error("overdue_clock_differs", job=job, seconds=round(skew.total_seconds()))
        return {}
    missed = job_runs.catch_up(row, now=now)
    cases = [] if action == Action.DELETE and missed else due(action, now=now)
    if is_harm and row.confirmed_at is None and (harmed := _would_harm(cases)) > cap():
        job_runs.stop(row, {"would_harm": harmed}, now=now)
        log.error("overdue_run_stopped", job=job, would_harm=harmed, cap=cap())
        return {}
    done: Counter[str] = Counter()
    for case in cases:
        done[_one(case, action, now, is_paying, carry_out)] += 1
    job_runs.add(job, row.business_date, {**done, "days_missed": missed})
    job_runs.finish(row, now=now)
    return dict(done)


def cap() -> int:
    """Return how many accounts a run may harm without a person's yes."""
    return max(ALONE, Account.objects.exclude(wanted_level="deleted").count() * ALONE_PERCENT // 100)


def is_stopped(run: JobRun) -> bool:
    """Whether a run waits for a person's yes."""
    return run.stopped_at is not None and run.confirmed_at is None and run.finished_at is None


def due(action: Action, *, now: datetime) -> list[int]:
    """Return the cases whose next step is this action, its day having come; by date. One index probe."""
    cases = OverdueCase.objects.due(action, clock.business_date(now))
    return list(cases.order_by("next_step_on", "pk").values_list("pk", flat=True))


def _would_harm(cases: list[int]) -> int:
    """Count the cases that do not wait for a person anyway."""
    return OverdueCase.objects.filter(pk__in=cases).exclude(waits_for__in=ASKED).count()


def _one(case: int, action: Action, now: datetime, is_paying: IsPaying, carry_out: CarryOut | None) -> str:
    try:
        return overdue.take(case, action, now=now, is_paying=is_paying, carry_out=carry_out)
    except Exception:  # one account must not keep the others waiting; it is looked at again tomorrow
        log.exception("overdue_step_failed", case=case, action=str(action))
        return "failed"
