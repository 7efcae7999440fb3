"""Advances that an account holds under former particulars: given back and taken in anew, no money moves.

A voucher may be set off only under its own place of supply and taxes. When the State, GSTIN or registration of an
account changes, what is left of its vouchers is refunded on paper and comes in under the new particulars (gst
reference § 4.2): open bills first, the rest as an advance with the tax of today taken out. Who changes an account
need not know of it: the job finds what does not fit.
"""

from datetime import date, datetime

import structlog

from accounts import ledger, notices
from accounts.ledger import Book
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import advances, gst, refund_vouchers, settlement
from invoices.issue import TaxPlace, tax_place
from invoices.models import Document, VoucherBalance

log = structlog.get_logger(__name__)

PARTICULARS = ("registration", "state", "zero_rated_until", "gstin")  # what the place and taxes follow from
REASON = "Billing particulars changed; received again under the new ones"


def move_due(*, now: datetime) -> int:
    """Move all advances that do not fit their account; return how many vouchers. Repeating finds nothing.

    Each account is a unit of its own: one that fails is logged and tried at the next run.
    """
    moved = 0
    for account_id in misplaced(clock.business_date(now)):
        try:
            moved += len(move(account_id, now=now))
        except Exception as error:  # whatever is wrong with one account: the others are moved
            log.warning("advance_not_moved", account=account_id, error=type(error).__name__)
    return moved


def misplaced(today: date) -> list[int]:
    """Return the ids of the accounts that hold an advance under other particulars than their own of today.

    One pass over the vouchers that have something left, of which only a few words each are read.
    """
    rows = VoucherBalance.objects.left().values_list(
        "account", "treatment", "voucher__recipient__gstin", *(f"account__{name}" for name in PARTICULARS)
    )
    return sorted(
        {
            pk
            for pk, treatment, gstin, *particulars in rows.iterator(chunk_size=2000)
            if not _fits(treatment, gstin, Account(**dict(zip(PARTICULARS, particulars, strict=True))), today)
        }
    )


@unit
def move(account_id: int, *, now: datetime) -> list[Document]:
    """Move an account's advances to its present particulars; return the refund vouchers. Safe to repeat."""
    account = Account.objects.lock(account_id)
    rows = list(VoucherBalance.objects.left().filter(account=account).select_related("voucher"))
    today = clock.business_date(now)
    return [
        _move(account, row, now)
        for row in rows
        if not _fits(row.treatment, row.voucher.recipient["gstin"], account, today)
    ]


def _fits(treatment: str, gstin: str, account: Account, today: date) -> bool:
    """Whether a voucher could be set off against a bill of today, and names the account's own GSTIN."""
    return treatment == tax_place(account, today).treatment and gstin == account.gstin


def _move(account: Account, row: VoucherBalance, now: datetime) -> Document:
    receipt, former = row.voucher, refund_vouchers.rest_of(row)
    cause, remark = f"moved:{receipt.number}", ", received again"
    refund = refund_vouchers.give_back(
        account, row, former, cause=cause, reason=REASON, now=now, remark=remark
    )
    voucher = _receive(account, receipt, former.total, now)
    _tell(account, receipt, refund, voucher, now)
    return refund


def _receive(account: Account, receipt: Document, amount: Paise, now: datetime) -> Document | None:
    """Take the amount in again: open bills first, the rest is an advance. Return its voucher, if one is needed."""
    where, cause = tax_place(account, clock.business_date(now)), f"received-again:{receipt.number}"
    plan = settlement.plan(amount, settlement.unpaid(account))
    value = gst.inside(plan.advance, where.supply, where.rate)
    ledger.post(
        cause,
        account,
        {
            Book.REFUNDS: -amount,
            Book.RECEIVABLE: plan.settled,
            Book.ADVANCES: value.taxable,
            Book.CGST: value.cgst,
            Book.SGST: value.sgst,
            Book.IGST: value.igst,
        },
        now=now,
        narrative=f"Advance of {receipt.number} received again",
        treatment=where.treatment,
    )
    settlement.settle(account, plan.parts, cause=cause, now=now)
    return _voucher(account, receipt, value, where, now) if plan.advance else None


def _voucher(account: Account, receipt: Document, value: gst.Tax, where: TaxPlace, now: datetime) -> Document:
    return advances.voucher(
        account,
        value,
        where=where,
        cause=f"advance-again:{receipt.number}",
        received_on=clock.business_date(now),
        details={
            "replaces": {"number": receipt.number, "date": receipt.issued_on.isoformat()},
            "prepaid_after": ledger.balances(account)[Book.ADVANCES],
        },
        now=now,
    )


def _tell(
    account: Account, receipt: Document, refund: Document, voucher: Document | None, now: datetime
) -> None:
    notices.owe(
        account,
        "advance-moved",
        event=f"document:{refund.number}",
        context={
            "original": receipt.number,
            "refund": refund.number,
            "total": refund.total,
            "voucher": voucher.number if voucher else "",
            "net": voucher.taxable if voucher else 0,
            "tax": voucher.tax if voucher else 0,
            "settled": refund.total - (voucher.total if voucher else 0),
        },
        attachments=[
            {"name": f"{one.slug}.pdf", "file": one.file.name} for one in (refund, voucher) if one is not None
        ],
        now=now,
    )
