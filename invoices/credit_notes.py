"""Credit notes: value and tax of an invoice taken back, never above what is left of it (s. 34, R. 53; gst ref. § 5).

The note pays what is open on its invoice; what is above that becomes unapplied credit and pays other open bills at
once, and the next ones when they are issued. Same place, supply and rate as the invoice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from accounts import ledger, notices
from accounts.ledger import Book
from accounts.models import Account
from billing_portal import clock, text
from billing_portal.money import Paise, inr, share
from billing_portal.unit import unit
from invoices import bills, gst, settlement, unapplied
from invoices.gst import Tax
from invoices.issue import LineOf, issue, tax_place_of
from invoices.models import Document, DocumentLine

Kind = Document.Kind


class NotPossible(Exception):
    """The note cannot be issued; the message says why."""


@dataclass(frozen=True)
class Planned:
    """What a credit note will be: its lines, how much pays the invoice, how much is left as credit."""

    invoice: Document
    lines: tuple[LineOf, ...]
    applied: Paise
    rounding: Paise = 0  # of the invoice, taken back by the note that takes its whole rest

    @property
    def value(self) -> Tax:
        return sum((line.value for line in self.lines), gst.NOTHING)

    @property
    def excess(self) -> Paise:
        return self.total - self.applied

    @property
    def total(self) -> Paise:
        return self.value.total + self.rounding


def last_declaration(supplied_on: date) -> date:
    """Return until when a note may be declared: 30 November after the financial year of the supply (s. 34(2))."""
    year = supplied_on.year if supplied_on.month >= 4 else supplied_on.year - 1
    return date(year + 1, 11, 30)


def left_of(invoice: Document) -> Tax:
    """Return what of an invoice no credit note has taken back yet, taxable value and each tax."""
    return _left(invoice)[0]


def _left(invoice: Document) -> tuple[Tax, Paise]:
    """Return what of an invoice no credit note has taken back yet, and its rounding likewise."""
    taken = invoice.followers.filter(kind=Kind.CREDIT_NOTE).aggregate(
        **{name: Sum(name, default=0) for name in ("taxable", "cgst", "sgst", "igst", "rounding")}
    )
    rounding = invoice.rounding - taken.pop("rounding")
    return Tax(invoice.taxable, invoice.cgst, invoice.sgst, invoice.igst) - Tax(**taken), rounding


def plan(invoice: Document, taxable: Paise, reason: str, *, now: datetime) -> Planned:
    """Return what a note over `taxable` paise of an invoice would be. Decides, changes nothing.

    The whole rest takes the whole rest of each tax and the rounding, so that no paisa is lost or over: the notes
    together never exceed their invoice. Raises NotPossible.
    """
    if not invoice.is_bill:
        raise NotPossible("A credit note belongs to a tax invoice or a debit note.")
    last = last_declaration(invoice.issued_on)
    if clock.business_date(now) > last:
        raise NotPossible(
            f"Tax of {invoice.number} could be taken back until {text.day(last)}: "
            "only a commercial credit note without GST is possible."
        )
    left, rounding = _left(invoice)
    if not 0 < taxable <= left.taxable:
        raise NotPossible(f"{inr(left.taxable)} before tax is left of {invoice.number}.")
    whole = taxable == left.taxable
    value = left if whole else _part(taxable, invoice, left)
    taken_back = rounding if whole else 0
    total = value.total + taken_back
    if total > left.total + rounding:
        raise NotPossible("So little would stay that the whole rest should be taken back.")
    line = LineOf(reason, value, _sac(invoice), tax_place_of(invoice).rate)
    return Planned(invoice, (line,), min(invoice.open_amount, total), taken_back)


@unit
def issue_note(invoice_id: int, taxable: Paise, reason: str, *, token: str, now: datetime) -> Document:
    """Issue a credit note: document, ledger, its invoice paid as far as it is open, the rest kept as credit.

    The same token again returns the same note. Raises NotPossible.
    """
    account_id = Document.objects.values_list("account_id", flat=True).get(pk=invoice_id)
    account = Account.objects.lock(account_id)
    cause = f"credit-note:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        return before
    invoice = Document.objects.get(pk=invoice_id)
    planned = plan(invoice, taxable, reason.strip(), now=now)
    note = issue(
        account,
        Kind.CREDIT_NOTE,
        planned.lines,
        cause=cause,
        where=tax_place_of(invoice),
        rounding=planned.rounding,
        original=invoice,
        details={
            "original": {"number": invoice.number, "date": invoice.issued_on.isoformat()},
            "applied": planned.applied,
            "excess": planned.excess,
        },
        now=now,
    )
    _post(account, note, planned, now)
    _notify(account, note, planned, now)
    return note


def _part(taxable: Paise, invoice: Document, left: Tax) -> Tax:
    """Return a part with its tax at the invoice's own proportion, never more than is left of each."""
    taxes = {
        name: min(getattr(left, name), share(getattr(invoice, name), taxable, invoice.taxable))
        for name in ("cgst", "sgst", "igst")
    }
    return Tax(taxable, **taxes)


def _sac(invoice: Document) -> str:
    lines: Sequence[DocumentLine] = list(invoice.lines.all())
    return lines[0].sac


def _post(account: Account, note: Document, planned: Planned, now: datetime) -> None:
    value = planned.value
    ledger.post(
        f"credit_note:{note.number}",
        account,
        {
            Book.REVENUE: -value.taxable,
            Book.CGST: -value.cgst,
            Book.SGST: -value.sgst,
            Book.IGST: -value.igst,
            Book.ROUNDING: -planned.rounding,
            Book.RECEIVABLE: planned.applied,
            Book.CREDITS: planned.excess,
        },
        now=now,
        narrative=f"{bills.narrative(note)} for {planned.invoice.number}",
    )
    if planned.applied:
        part = settlement.Part(planned.invoice, planned.applied)
        settlement.settle(account, [part], cause=f"credit-note:{note.number}", now=now)
    if planned.excess:
        unapplied.keep(account, note, planned.excess)
        for other in settlement.unpaid(account):
            unapplied.apply(account, other, now=now)


def _notify(account: Account, note: Document, planned: Planned, now: datetime) -> None:
    notices.owe(
        account,
        "credit-note-issued",
        event=f"document:{note.number}",
        context={
            "number": note.number,
            "slug": note.slug,
            "original": planned.invoice.number,
            "total": note.total,
            "applied": planned.applied,
            "excess": planned.excess,
            "reason": planned.lines[0].description,
        },
        attachments=[{"name": f"{note.slug}.pdf", "file": note.file.name}],
        now=now,
    )
