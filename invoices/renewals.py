"""Renewal ahead: seven days and one day before a cycle ends, what the next invoice will be as things stand.

Once per cycle and distance, by the notice's own uniqueness; a day missed is not made up (the next one says more).
"""

from datetime import datetime, timedelta

from accounts import job_runs, notices
from accounts.levels import Level
from accounts.notices import Owed
from billing_portal import clock
from billing_portal.unit import unit
from invoices import upcoming
from invoices.models import Subscription
from invoices.upcoming import Upcoming

JOB = "renewals"
AHEAD = (7, 1)  # days before the cycle's last day is over
PAGE = 500  # accounts a unit


def remind(*, now: datetime) -> int:
    """Owe the mails of today; return how many accounts get one. Repeating owes nothing twice."""
    today = clock.business_date(now)
    run = job_runs.begin(JOB, now=now)
    if run is None:
        return 0
    told = 0
    for days in AHEAD:
        after, bill_on = 0, today + timedelta(days=days)
        rows = (
            Subscription.objects.running()
            .filter(bill_on=bill_on)
            .exclude(account__wanted_level__in=(Level.ARCHIVED, Level.DELETED))  # nothing renews there
            .select_related("account", "plan", "next_plan")
        )
        while page := list(rows.filter(account__gt=after).order_by("account")[:PAGE]):
            _owe(page, days, now=now)
            told += len(page)
            after = page[-1].account_id
    if not run.finished_at:
        job_runs.add(JOB, today, {"mails": told})
    job_runs.finish(run, now=now)
    return told


@unit
def _owe(page: list[Subscription], days: int, *, now: datetime) -> None:
    expected = upcoming.read([row.account for row in page])  # one without prices: the run will park it
    notices.owe_many([_mail(one, days) for one in expected], now=now)


def _mail(one: Upcoming, days: int) -> Owed:
    return Owed(
        one.account,
        "renewal-ahead",
        f"renewal:{one.account.ban}:{one.on}:{days}",
        {
            "days": days,
            "plan": one.plan,
            "on": one.on.isoformat(),
            "rental": one.rental,
            "usage": one.usage,
            "others": [[line.description, line.taxable] for line in one.others],
            "tax": one.tax,
            "rounding": one.total - one.taxable - one.tax,
            "total": one.total,
        },
    )
