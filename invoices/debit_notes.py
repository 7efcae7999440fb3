"""Debit notes: what an invoice charged too little, or a late fee received (s. 34(3); gst reference §§ 5, 15).

A bill of its own, with the place, supply and rate of its invoice; prepaid money is set off at once.
"""

from datetime import date, datetime, timedelta

from django.conf import settings

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import LARGEST, Paise
from billing_portal.unit import unit
from invoices import bills
from invoices.bills import Worth
from invoices.issue import tax_place_of
from invoices.models import Document


class NotPossible(Exception):
    """The note cannot be issued; the message says why."""


def plan(account: Account, invoice: Document, taxable: Paise, description: str, *, on: date) -> bills.Planned:
    """Return what a debit note would be, issued on a day. Decides, changes nothing. Raises NotPossible."""
    if invoice.kind != Document.Kind.INVOICE:
        raise NotPossible("A debit note belongs to a tax invoice.")
    if not 0 < taxable <= LARGEST // 100 or not description.strip():
        raise NotPossible("A debit note needs a description and an amount above zero.")
    sac = invoice.lines.all()[0].sac
    return bills.plan(account, [Worth(description.strip(), taxable, sac)], on=on, where=tax_place_of(invoice))


@unit
def issue_note(
    invoice_id: int,
    taxable: Paise,
    description: str,
    *,
    token: str,
    actor: User | None,
    reason: str,
    now: datetime,
) -> Document:
    """Issue a debit note over `taxable` paise plus GST, due like an invoice.

    The same token again returns the same note. Raises NotPossible.
    """
    account_id = Document.objects.values_list("account_id", flat=True).get(pk=invoice_id)
    account = Account.objects.lock(account_id)
    cause = f"debit-note:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        return before
    invoice = Document.objects.get(pk=invoice_id)
    today = clock.business_date(now)
    note = bills.bill(
        account,
        plan(account, invoice, taxable, description, on=today),
        cause=cause,
        due_on=today + timedelta(days=settings.DUE_DAYS),
        kind=Document.Kind.DEBIT_NOTE,
        original=invoice,
        details={"original": {"number": invoice.number, "date": invoice.issued_on.isoformat()}},
        now=now,
    )
    audit.record(
        "invoices.debit_note",
        actor=actor,
        account=account,
        subject=f"document:{note.number}",
        reason=reason,
        after={"invoice": invoice.number, "taxable": taxable, "total": note.total},
        now=now,
    )
    return note
