"""Refund vouchers: an advance, or part of it, given back before any invoice (s. 31(3)(e), R. 51; gst ref. § 4.6).

The tax that was taken out of it goes back too: never the tax part kept, never more than is left. What is promised
stands in the book *refunds payable* until it is paid out.
"""

from datetime import datetime

from accounts import ledger, notices
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from invoices import advances, gst
from invoices.advances import Use
from invoices.gst import Supply, Tax
from invoices.issue import LineOf, issue, tax_place_of
from invoices.models import Document, VoucherBalance

DESCRIPTION = "Refund of advance for telecommunication services"


class NotPossible(Exception):
    """The advance cannot be given back; the message says why."""


def rest_of(left: VoucherBalance) -> Tax:
    """Return what is left of a voucher, with its tax."""
    return Tax(left.taxable, left.cgst, left.sgst, left.igst)


def plan(left: VoucherBalance, amount: Paise | None) -> Tax:
    """Return what giving back `amount` paise, tax included, takes from a voucher; None is all that is left.

    Raises NotPossible.
    """
    rest = rest_of(left)
    if not rest.taxable:
        raise NotPossible("Nothing is left of this voucher.")
    if amount is None or amount == rest.total:
        return rest
    if not 0 < amount < rest.total:
        raise NotPossible(f"{inr(rest.total)} is left of this voucher, tax included.")
    inside = gst.inside(amount, Supply(left.voucher.supply), tax_place_of(left.voucher).rate)
    taxes = {name: min(getattr(inside, name), getattr(rest, name)) for name in ("cgst", "sgst", "igst")}
    value = Tax(amount - sum(taxes.values()), **taxes)
    if value.taxable >= rest.taxable:
        raise NotPossible("So little would stay that the whole rest should be given back.")
    return value


@unit
def issue_voucher(
    voucher_id: int, amount: Paise | None, *, token: str, reason: str, now: datetime
) -> Document:
    """Issue a refund voucher against a receipt voucher: rest, ledger and message. `amount` as in `plan`.

    The same token again returns the same voucher. Raises NotPossible.
    """
    account_id = Document.objects.values_list("account_id", flat=True).get(pk=voucher_id)
    account = Account.objects.lock(account_id)
    cause = f"refund:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        return before
    left = VoucherBalance.objects.select_related("voucher").filter(voucher=voucher_id).first()
    if left is None:
        raise NotPossible("Only a receipt voucher can be given back.")
    document = give_back(account, left, plan(left, amount), cause=cause, reason=reason, now=now)
    _notify(account, document, left.voucher, now)
    return document


def give_back(
    account: Account,
    left: VoucherBalance,
    value: Tax,
    *,
    cause: str,
    reason: str,
    now: datetime,
    remark: str = "",
) -> Document:
    """Issue the document, take its value from the receipt voucher, and post it to the refunds payable.

    The caller holds the account's lock; `remark` ends the ledger's narrative.
    """
    receipt = left.voucher
    where = tax_place_of(receipt)
    lines = [LineOf(DESCRIPTION, value, receipt.lines.all()[0].sac, where.rate)]
    document = issue(
        account,
        Document.Kind.REFUND_VOUCHER,
        lines,
        cause=cause,
        where=where,
        original=receipt,
        details={
            "original": {"number": receipt.number, "date": receipt.issued_on.isoformat()},
            "reason": reason,
        },
        now=now,
    )
    advances.use([(Use(left, value), document)])
    ledger.post(
        f"refund_voucher:{document.number}",
        account,
        {
            Book.ADVANCES: -value.taxable,
            Book.CGST: -value.cgst,
            Book.SGST: -value.sgst,
            Book.IGST: -value.igst,
            Book.REFUNDS: value.total,
        },
        now=now,
        narrative=f"Refund voucher {document.number} for {receipt.number}{remark}",
        treatment=left.treatment,
    )
    return document


def _notify(account: Account, document: Document, receipt: Document, now: datetime) -> None:
    notices.owe(
        account,
        "refund-voucher-issued",
        event=f"document:{document.number}",
        context={
            "number": document.number,
            "original": receipt.number,
            "total": document.total,
            "tax": document.tax,
        },
        attachments=[{"name": f"{document.slug}.pdf", "file": document.file.name}],
        now=now,
    )
