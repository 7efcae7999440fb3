"""Doors of the invoices' jobs."""

from datetime import date

from celery import shared_task

from billing_portal import clock, nudge
from invoices import billing_job, einvoices, exports, irp, moved_advances, partitions, render, renewals

PASS = 600  # seconds from one start of the billing to the next; a chunk that waited longer is given out again


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
def register_einvoices() -> int:
    """Register documents with the e-invoice portal; their PDFs come then. Switched off, what waits is still sent."""
    registered = einvoices.register_due(irp.portal(), now=clock.now())
    if registered:
        nudge.wake("invoices.tasks.render_documents")
    return registered


@shared_task
def make_exports() -> int:
    """Make the files that people asked for."""
    return exports.work_due(clock.now)


@shared_task
def expire_exports() -> int:
    """Forget files whose time is over."""
    return exports.expire(now=clock.now())


@shared_task
def move_advances() -> int:
    """Let prepaid money follow the State, GSTIN or registration of its account; return how many vouchers."""
    return moved_advances.move_due(now=clock.now())


@shared_task
def create_partitions() -> int:
    """Make the months ahead of the usage records; return how many were missing."""
    return len(partitions.create_ahead(now=clock.now()))


@shared_task
def start_billing() -> int:
    """Give out the accounts that are due to the workers."""
    return billing_job.start(
        lambda ids, on: bill_accounts.apply_async((ids, on.isoformat()), expires=PASS), now=clock.now()
    )


@shared_task
def bill_accounts(account_ids: list[int], on: str) -> int:
    """Bill one chunk of the run of a business date; return how many invoices."""
    return len(billing_job.bill(account_ids, date.fromisoformat(on), now=clock.now()).documents)


@shared_task
def remind_renewals() -> int:
    """Tell customers whose cycle ends soon what the next invoice will be."""
    return renewals.remind(now=clock.now())
