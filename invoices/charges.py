"""A one-time charge: a tax invoice that staff issue, with prepaid money set off at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts import audit, ledger, notices
from accounts.ledger import Book
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import LARGEST, Paise
from billing_portal.unit import unit
from invoices import advances, gst
from invoices.gst import Tax
from invoices.issue import LineOf, TaxPlace, issue, tax_place
from invoices.models import Document


class ChargeNotPossible(ValueError):
    """The amount, description or due days of a charge are not usable; the message says which."""


@unit
def charge(
    account_id: int,
    taxable: Paise,
    description: str,
    *,
    token: str,
    actor: User | None,
    reason: str,
    now: datetime,
    due_days: int | None = None,
) -> Document:
    """Issue a tax invoice over one line of `taxable` paise plus GST, due in `due_days` (default: setting).

    Prepaid money is set off at once. The same token again returns the same invoice. Raises
    ChargeNotPossible.
    """
    days = settings.DUE_DAYS if due_days is None else due_days
    if not 0 < taxable <= LARGEST // 100 or not description.strip() or not 0 <= days <= 90:
        raise ChargeNotPossible(
            "A charge needs a description, an amount above zero and 0 to 90 days until due."
        )
    account = Account.objects.lock(account_id)
    cause = f"charge:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        return before
    invoice = _issue(account, taxable, description.strip(), cause=cause, days=days, now=now)
    audit.record(
        "invoices.charge",
        actor=actor,
        account=account,
        subject=f"document:{invoice.number}",
        reason=reason,
        after={"taxable": taxable, "total": invoice.total},
        now=now,
    )
    return invoice


@dataclass(frozen=True)
class Planned:
    """What a charge will be: its place, value and tax, the advances it uses, and the round-off."""

    where: TaxPlace
    value: Tax
    uses: tuple[advances.Use, ...]
    rounding: Paise

    @property
    def used(self) -> Tax:
        return sum((use.value for use in self.uses), gst.NOTHING)

    @property
    def total(self) -> Paise:
        return self.value.total + self.rounding

    @property
    def open_amount(self) -> Paise:
        """What will be left to pay."""
        return self.total - self.used.total


def plan(account: Account, taxable: Paise) -> Planned:
    """Return what a charge of `taxable` paise would be now. Decides, changes nothing."""
    where = tax_place(account)
    value = gst.on_top(taxable, where.supply)
    uses = tuple(advances.plan_set_off(account, taxable, where))
    used = sum((use.value for use in uses), gst.NOTHING)
    whole = used.taxable == taxable
    rounding = gst.residue(value.total, used, whole_value_used=whole, largest=settings.ADVANCE_RESIDUE_MAX)
    return Planned(where, value, uses, rounding)


def _issue(
    account: Account, taxable: Paise, description: str, *, cause: str, days: int, now: datetime
) -> Document:
    planned = plan(account, taxable)
    invoice = issue(
        account,
        Document.Kind.INVOICE,
        [LineOf(description, planned.value, settings.DEFAULT_SAC)],
        cause=cause,
        now=now,
        where=planned.where,
        rounding=planned.rounding,
        due_on=clock.business_date(now) + timedelta(days=days),
        details={"set_off": [_printed(use) for use in planned.uses], "set_off_total": planned.used.total},
    )
    _post(account, invoice, now=now)
    advances.set_off(account, invoice, list(planned.uses), where=planned.where, now=now)
    owe_notice(account, invoice, now=now)
    return invoice


def _printed(use: advances.Use) -> dict[str, str | int]:
    voucher = use.left.voucher
    return {"number": voucher.number, "date": voucher.issued_on.isoformat(), "amount": use.value.total}


def _post(account: Account, invoice: Document, *, now: datetime) -> None:
    ledger.post(
        f"invoice:{invoice.number}",
        account,
        {
            Book.RECEIVABLE: -invoice.total,
            Book.REVENUE: invoice.taxable,
            Book.CGST: invoice.cgst,
            Book.SGST: invoice.sgst,
            Book.IGST: invoice.igst,
            Book.ROUNDING: invoice.rounding,
        },
        now=now,
        narrative=f"Tax invoice {invoice.number}",
    )


def owe_notice(account: Account, invoice: Document, *, now: datetime) -> None:
    """Owe the invoice's mail, with its PDF."""
    notices.owe(
        account,
        "invoice-issued",
        event=f"document:{invoice.number}",
        context={
            "number": invoice.number,
            "slug": invoice.slug,
            "total": invoice.total,
            "set_off": invoice.total - invoice.open_amount,
            "open_amount": invoice.open_amount,
            "due_on": invoice.due_on.isoformat() if invoice.due_on else "",
        },
        attachments=[{"name": f"{invoice.slug}.pdf", "file": invoice.file.name}],
        now=now,
    )
