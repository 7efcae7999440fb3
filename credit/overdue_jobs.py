"""The five daily jobs of the overdue ladder. Each takes one action's due cases, each case in a unit of its own.

A run is one row per business date: a second start finds it finished and leaves. It may be killed anywhere and started
again, run twice at once, late, or after missed days; harm stops for a person where it would hit many, and rests while
the clock cannot be trusted. Deletion never happens in a run that catches up.
"""

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from accounts import job_runs
from accounts.models import Account, JobRun
from billing_portal import clock
from credit import archives, deletion, erasures, overdue_steps
from credit.ladder import Action
from credit.models import OverdueCase
from credit.overdue_steps import CarryOut, Paying

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
@dataclass(frozen=True)
class Beyond:
    """What an action needs beyond a restriction; one account a unit.

    Made ready before its unit, carried out inside, and what follows once that is committed.
    """

    prepare: Callable[[OverdueCase, datetime], object]
    carry_out: CarryOut
    then: Callable[[list[int]], object] | None = None


BEYOND = {
    Action.ARCHIVE: Beyond(archives.make, archives.move),
    Action.DELETE: Beyond(deletion.prepare, deletion.carry_out, erasures.note_begun),
}
ALONE = 20  # accounts that a run may harm without a person's yes,
ALONE_PERCENT = 2  # or so many of all accounts, whichever is more
CHUNK = 500  # accounts a unit
SKEW = timedelta(minutes=10)  # that this machine's clock may differ from the database's
ASKED = (OverdueCase.Wait.PERSON, OverdueCase.Wait.APPROVAL)  # wait for a person: no step without one


def run(
    action: Action,
    *,
    now: datetime,
    skew: timedelta = timedelta(0),
    paying: Paying = overdue_steps.nobody,
) -> Mapping[str, int]:
    """Take today's steps of one action; return what became of the cases, by `Outcome` and "failed".

    Nothing is returned where the run was finished before, is paused, waits for a person, or the clock went back.
    """
    job = JOBS[action]
    row = None if job_runs.is_paused(job) else job_runs.begin(job, now=now)
    if row is None or row.finished_at:
        return {}
    if action.is_harm and abs(skew) > SKEW:
        log.error("overdue_clock_differs", job=job, seconds=round(skew.total_seconds()))
        return {}
    missed = job_runs.catch_up(row, now=now)
    if action == Action.DELETE:
        deletion.mark_ahead(now=now)
    cases = [] if action == Action.DELETE and missed else due(action, now=now)
    is_many = action.is_harm and row.confirmed_at is None and len(cases) > ALONE
    if is_many and (harmed := _would_harm(action, now)) > cap():
        job_runs.stop(row, {"would_harm": harmed}, now=now)
        log.error("overdue_run_stopped", job=job, would_harm=harmed, cap=cap())
        return {}
    done: Counter[str] = Counter()
    size = 1 if action in BEYOND else CHUNK
    take = functools.partial(_take, action=action, now=now, paying=paying)
    for start in range(0, len(cases), size):
        done.update(_chunk(cases[start : start + size], take))
    job_runs.add(job, row.business_date, {**done, "days_missed": missed})
    job_runs.finish(row, now=now)
    return dict(done)


def _take(cases: list[int], *, action: Action, now: datetime, paying: Paying) -> Counter[str]:
    beyond = BEYOND.get(action)
    if beyond is None:
        return overdue_steps.take_many(cases, action=action, now=now, paying=paying)
    for case in OverdueCase.objects.filter(pk__in=cases):
        beyond.prepare(case, now)
    done = overdue_steps.take_many(cases, action=action, now=now, paying=paying, carry_out=beyond.carry_out)
    if beyond.then:
        beyond.then(cases)
    return done


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


def _would_harm(action: Action, now: datetime) -> int:
    """Count the due cases that do not wait for a person anyway."""
    return OverdueCase.objects.due(action, clock.business_date(now)).exclude(waits_for__in=ASKED).count()


def _chunk(cases: list[int], take: Callable[[list[int]], Counter[str]]) -> Counter[str]:
    """Take a chunk's steps in one unit; if it fails, each alone: one account must not keep the others waiting."""
    try:
        return take(cases)
    except Exception:  # whatever one account has: it is looked at again tomorrow
        log.exception("overdue_step_failed", cases=len(cases), case=cases[0])
        if len(cases) == 1:
            return Counter(failed=1)
    return sum((_chunk([case], take) for case in cases), Counter[str]())
