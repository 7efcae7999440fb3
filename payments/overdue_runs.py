"""The overdue jobs with what they have to know of money: the gateway is asked before anybody is harmed."""

import functools
from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import JobRun
from billing_portal import clock
from credit import overdue_jobs
from credit.ladder import Action
from credit.models import OverdueCase
from payments import undecided


def run(action: Action, *, now: datetime, skew: timedelta = timedelta(0)) -> Mapping[str, int]:
    """Take today's steps of one action (overdue_jobs.run), after asking about payments on their way.

    An account whose payment the gateway could not be asked about counts as paying.
    """
    unheard: frozenset[int] = frozenset()
    if action != Action.REMIND:
        due = OverdueCase.objects.due(action, clock.business_date(now))
        unheard = undecided.ask(due.values("account_id"), now=now)
    paying = functools.partial(undecided.paying, now=now, unheard=unheard)
    return overdue_jobs.run(action, now=now, skew=skew, paying=paying)


def go_on(*, now: datetime, skew: timedelta = timedelta(0)) -> int:
    """Go on with today's runs that stopped and were confirmed, whatever the hour; return how many cases were looked at.

    Repeating finds nothing to do.
    """
    confirmed = JobRun.objects.filter(
        job__in=overdue_jobs.JOBS.values(),
        business_date=clock.business_date(now),
        confirmed_at__isnull=False,
        finished_at=None,
    )
    jobs = set(confirmed.values_list("job", flat=True))
    done = [run(action, now=now, skew=skew) for action, job in overdue_jobs.JOBS.items() if job in jobs]
    return sum(sum(counts.values()) for counts in done)
