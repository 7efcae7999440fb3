"""The daily billing job: who is due is found again at each start, so that a run killed anywhere goes on.

A start gives out chunks and a worker bills each; a chunk may be given twice, late, or after it was billed. The run
is finished by the first start that finds nobody due.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from accounts import audit, job_runs
from accounts.models import Account, User
from billing_portal.unit import unit
from invoices import billing_run, usage_repair
from invoices.models import Subscription

JOB = "billing"


def start(give: Callable[[list[int], date], object], *, now: datetime) -> int:
    """Give out everyone who is due, a chunk at a time; return how many chunks. Repeating gives out what is left.

    Does nothing while the clock stands before the day of a later run: business dates never move back.
    """
    run = job_runs.begin(JOB, now=now)
    if run is None:
        return 0
    given = 0
    for account_ids in billing_run.chunks(now=now):
        if not given:
            job_runs.reopen(run)
        give(account_ids, run.business_date)
        given += 1
    if not given:
        job_runs.finish(run, now=now)
    return given


def bill(account_ids: Sequence[int], on: date, *, now: datetime) -> billing_run.Done:
    """Bill a chunk and count it for the run of `on`. Repeating bills and counts nothing.

    Records whose price is known by now are priced before: no invoice goes out over one without.
    """
    usage_repair.rate_unrated(account_ids)
    done = billing_run.bill_chunk(account_ids, now=now)
    counts = {"invoices": len(done.documents), "without_invoice": done.empty, "failed": done.failed}
    job_runs.add(JOB, on, counts)
    return done


def run(report: Callable[[billing_run.Done], object], *, now: datetime) -> int:
    """Do the whole run in this process, missed cycles too; return how many chunks it took."""
    chunks = 0
    while given := start(lambda ids, on: report(bill(ids, on, now=now)), now=now):
        chunks += given
    return chunks


def run_one(account_id: int, *, now: datetime) -> billing_run.Done:
    """Bill one account, missed cycles too, and count it for the run of the day; see `start` for what is refused."""
    all_done = billing_run.Done()
    day = job_runs.begin(JOB, now=now)
    while day and billing_run.due(now=now, after=account_id - 1, limit=1) == [account_id]:
        done = bill([account_id], day.business_date, now=now)
        all_done = billing_run.Done(
            all_done.documents + done.documents, all_done.empty + done.empty, all_done.failed + done.failed
        )
    return all_done


@unit
def bill_again(account_id: int, *, reason: str, actor: User, now: datetime) -> bool:
    """Put a parked account back in the run, written down; say whether it was parked."""
    account = Account.objects.lock(account_id)
    parked = Subscription.objects.filter(account=account, is_parked=True).first()
    if parked is None:
        return False
    billing_run.retry(parked, now=now)
    audit.record(
        "invoices.bill_again",
        actor=actor,
        account=account,
        subject=f"subscription:{account.ban}",
        reason=reason,
        before={"error": parked.error, "attempts": parked.attempts},
        now=now,
    )
    return True
