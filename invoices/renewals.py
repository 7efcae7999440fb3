"""Renewal ahead: seven days and one day before a cycle ends, what the next invoice will be as things stand.

Once per cycle and distance, by the notice's own uniqueness; a day missed is not made up (the next one says more).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts import job_runs, notices
from accounts.notices import Owed
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import gst, plans, rating
from invoices.issue import tax_place
from invoices.models import Subscription, UsageCounter
from invoices.rating import Used

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
    usage = _usage_so_far([row.account_id for row in page])
    versions = plans.versions_on(sorted({_next(row) for row in page}), page[0].bill_on)
    owed = []
    for row in page:
        version = versions.get(_next(row))
        if version is None:
            continue  # the run will park it with the reason
        owed.append(_mail(row, days, version.plan.name, version.rental, usage[row.account_id]))
    notices.owe_many(owed, now=now)


def _next(row: Subscription) -> int:
    return row.next_plan_id or row.plan_id


def _mail(row: Subscription, days: int, plan: str, rental: Paise, usage: Paise) -> Owed:
    where = tax_place(row.account, row.bill_on)
    tax = gst.on_top(rental + usage, where.supply, where.rate)
    return Owed(
        row.account,
        "renewal-ahead",
        f"renewal:{row.account.ban}:{row.bill_on}:{days}",
        {
            "days": days,
            "plan": plan,
            "on": row.bill_on.isoformat(),
            "rental": rental,
            "usage": usage,
            "tax": tax.tax,
            "total": tax.total,
        },
    )


def _usage_so_far(accounts: Iterable[int]) -> dict[int, Paise]:
    """Return what the open cycles' usage above free units is worth, by account. One query."""
    rows = UsageCounter.objects.filter(cycle__account__in=accounts, cycle__closed_at=None)
    found: dict[int, Paise] = defaultdict(int)
    for row in rows.select_related("cycle").with_prices():
        free = rating.allowance(row.free_units or 0, row.cycle.days, row.cycle.full_days)  # type: ignore[attr-defined]
        found[row.account_id] += Used(row.units, free, row.unit_price or 0).charge  # type: ignore[attr-defined]
    return found
