"""Doors of the invoices' jobs."""

from celery import shared_task

from billing_portal import clock, nudge
from invoices import billing_run, exports, partitions, render


@shared_task
def render_documents() -> int:
    """Make the PDFs that are owed. Without fonts nothing is claimed: that is the machine's fault."""
    from invoices import pdf  # a second and 60 MB, so only where documents are really made

    pdf.engine()
    kept = render.render_due(pdf.make, now=clock.now())
    if kept:
        nudge.wake("accounts.tasks.send_notices")
    return kept


@shared_task
def make_exports() -> int:
    """Make the files that people asked for."""
    return exports.work_due(clock.now)


@shared_task
def expire_exports() -> int:
    """Forget files whose time is over."""
    return exports.expire(now=clock.now())


@shared_task
def create_partitions() -> list[str]:
    """Make the usage records' partitions of the coming months."""
    return partitions.create_ahead(now=clock.now(), back=1)


@shared_task
def start_billing() -> int:
    """Share out the accounts whose cycle has ended, a chunk a task; return how many chunks."""
    chunks = list(billing_run.chunks(now=clock.now()))
    for ids in chunks:
        bill_accounts.delay(ids)
    return len(chunks)


@shared_task
def bill_accounts(account_ids: list[int]) -> int:
    """Bill one chunk; return how many invoices. A chunk that runs twice finds nothing the second time."""
    done = billing_run.bill_chunk(account_ids, now=clock.now())
    if done.documents:
        nudge.wake("invoices.tasks.render_documents")
    return len(done.documents)
