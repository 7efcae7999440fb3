"""Where accounts stand, as the forecast (forecast.py) needs it."""

from collections.abc import Collection, Iterable
from datetime import date

from accounts.models import JobRun
from credit import ladder_checks, overdue_facts, overdue_jobs, policy
from credit.forecast import Bill, Start
from credit.ladder import ONE_DAY, Action, Step
from credit.models import PolicyVersion
from invoices.models import Document


def of(account_ids: Collection[int], *, today: date) -> dict[int, Start]:
    """Return where each account stands that has an unpaid bill, by id. Nine queries at most."""
    bills = _bills(account_ids)
    outages, later = overdue_facts.outages(), newest()
    return {
        one.account: Start(
            bills=tuple(bills[one.account]),
            facts=one.facts,
            steps=one.steps or later,
            later=later,
            is_open=bool(one.case and one.case.opened_on),
            outages=outages,
        )
        for one in overdue_facts.of(bills, today=today)
    }


def first_run(*, today: date) -> date:
    """Return the next date that the jobs have not finished: today, or tomorrow once today's are done. One query."""
    done = JobRun.objects.filter(business_date=today, finished_at__isnull=False)
    jobs = set(done.values_list("job", flat=True))
    return today + ONE_DAY if {overdue_jobs.JOBS[action] for action in Action} <= jobs else today


def newest() -> tuple[Step, ...]:
    """Return the ladder that new cases follow. One query."""
    version = PolicyVersion.objects.order_by("-number").first()
    return ladder_checks.read(version.steps) if version else policy.OVERDUE_STEPS


def _bills(account_ids: Iterable[int]) -> dict[int, list[Bill]]:
    found: dict[int, list[Bill]] = {}
    unpaid = Document.objects.filter(account__in=list(account_ids), open_amount__gt=0, due_on__isnull=False)
    rows = unpaid.order_by("account_id", "due_on", "pk").values_list("account_id", "due_on", "open_amount")
    for account, due_on, left in rows:
        if due_on:
            found.setdefault(account, []).append(Bill(due_on, left))
    return found
