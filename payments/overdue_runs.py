"""The overdue jobs with what they have to know of money: the gateway is asked before anybody is harmed."""

import functools
from collections.abc import Mapping
from datetime import datetime, timedelta

from credit import overdue_jobs
from credit.ladder import Action
from credit.models import OverdueCase
from payments import undecided


def run(action: Action, *, now: datetime, skew: timedelta = timedelta(0)) -> Mapping[str, int]:
    """Take today's steps of one action (overdue_jobs.run), after asking about payments on their way."""
    if action != Action.REMIND:
        cases = OverdueCase.objects.filter(pk__in=overdue_jobs.due(action, now=now))
        undecided.ask(list(cases.values_list("account_id", flat=True)), now=now)
    is_paying = functools.partial(undecided.is_paying, now=now)
    return overdue_jobs.run(action, now=now, skew=skew, is_paying=is_paying)
