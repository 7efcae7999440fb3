"""Bills that are open again while the account holds money of its own: that pays them first.

Nobody has billed debt and prepaid money at once (I21). A voucher is set off when a bill is issued; a bill that is
open again later is paid as `moved_advances` does it: what of the advance it takes is given back on paper, its tax
with it, and pays the bill. No money moves. The caller holds the account's lock.
"""

from datetime import datetime

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.money import Paise
from invoices import gst, refund_vouchers, settlement, unapplied
from invoices.gst import Supply, Tax
from invoices.issue import tax_place_of
from invoices.models import Document, VoucherBalance

REASON = "Paid bills that were open again"


def cover(account: Account, *, cause: str, now: datetime) -> list[Document]:
    """Pay open bills from unapplied credit and advances; return the refund vouchers that took of the advances.

    `cause` names why bills are open again; repeating finds nothing to do.
    """
    for bill in settlement.unpaid(account):
        unapplied.apply(account, bill, now=now)
    made = []
    for left in account.vouchers_left.left().select_related("voucher"):
        unpaid = settlement.unpaid(account)
        if not unpaid:
            break
        value = part_of(left, sum(bill.open_amount for bill in unpaid))
        if value.taxable:
            made.append(_pay(account, left, value, cause, now))
    return made


def part_of(left: VoucherBalance, amount: Paise) -> Tax:
    """Return a part of a voucher worth at most `amount` paise with its tax: all that is left, or just so much.

    Where the roundings of earlier parts leave no such split it is a few paise less.
    """
    rest = refund_vouchers.rest_of(left)
    if amount >= rest.total:
        return rest
    inside = gst.inside(amount, Supply(left.voucher.supply), tax_place_of(left.voucher).rate)
    taxes = {name: min(getattr(inside, name), getattr(rest, name)) for name in ("cgst", "sgst", "igst")}
    return Tax(min(amount - sum(taxes.values()), rest.taxable - 1), **taxes)


def _pay(account: Account, left: VoucherBalance, value: Tax, cause: str, now: datetime) -> Document:
    """Give so much of an advance back on paper, and pay open bills with it."""
    refund = refund_vouchers.give_back(
        account,
        left,
        value,
        cause=f"cover:{left.voucher.number}:{cause}"[:80],
        reason=REASON,
        now=now,
        remark=", to pay what is due",
    )
    key = f"covered:{refund.number}"
    parts = settlement.plan(value.total, settlement.unpaid(account)).parts
    ledger.post(
        key,
        account,
        {Book.REFUNDS: -value.total, Book.RECEIVABLE: value.total},
        now=now,
        narrative=f"Advance of {left.voucher.number} for what is due",
    )
    settlement.settle(account, parts, cause=key, now=now)
    return refund
