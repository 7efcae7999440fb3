"""Doors of the invoices' jobs."""

from celery import shared_task

from billing_portal import clock, nudge
from invoices import partitions, render


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
def create_partitions() -> int:
    """Make the months ahead of the usage records."""
    return len(partitions.create_ahead(now=clock.now()))
