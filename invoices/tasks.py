"""Doors of the invoices' jobs."""

from celery import shared_task

from billing_portal import clock
from invoices import render


@shared_task
def render_documents() -> int:
    """Make the PDFs that are owed. Without fonts nothing is claimed: that is the machine's fault."""
    from invoices import pdf  # a second and 60 MB, so only where documents are really made

    pdf.engine()
    return render.render_due(pdf.make, now=clock.now())
