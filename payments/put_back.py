"""Money of a payment that comes to the account again: a refund that failed, a dispute that was won.

What of the payment had been taken back without being there (`traces.lost`) is made good first: it is not the account's.
The rest is as any money in: unpaid bills first, then an advance with a new receipt voucher of today.
"""

from collections.abc import Mapping
from datetime import datetime

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from credit import review
from invoices import advances, gst, settlement
from invoices.issue import tax_place
from invoices.models import Document
from payments import traces
from payments.models import Payment


def put_back(
    account: Account,
    payment: Payment,
    amount: Paise,
    *,
    cause: str,
    debits: Mapping[Book, Paise],
    narrative: str,
    now: datetime,
) -> Document | None:
    """Give `amount` paise of a payment to its account again; return the voucher of what became an advance.

    `debits` say where it comes from, negative. The caller holds the account's lock and sees to it that a cause comes
    once: a second voucher of the same cause is refused.
    """
    made_good = min(amount, traces.lost(account, payment))
    parts = settlement.plan(amount - made_good, settlement.unpaid(account))
    where = tax_place(account, clock.business_date(now))
    value = gst.inside(parts.advance, where.supply, where.rate)
    lines = {
        Book.RECEIVABLE: parts.settled,
        Book.ADVANCES: value.taxable,
        Book.CGST: value.cgst,
        Book.SGST: value.sgst,
        Book.IGST: value.igst,
        Book.BAD_DEBTS: made_good,
    }
    ledger.post(cause, account, {**debits, **lines}, now=now, narrative=narrative, treatment=where.treatment)
    settlement.settle(account, parts.parts, cause=cause, now=now)
    voucher = None
    if parts.advance:
        voucher = advances.voucher(
            account,
            value,
            where=where,
            cause=traces.advance_of(cause),
            received_on=clock.business_date(now),
            details={
                "payment": payment.number,
                "method": payment.method,
                "instrument": payment.instrument,
                "reference": payment.gateway_payment_id or payment.reference,
                "returned": narrative,
                "prepaid_after": ledger.balances(account)[Book.ADVANCES],
            },
            now=now,
        )
    review.after_money(account, now=now)
    return voucher
