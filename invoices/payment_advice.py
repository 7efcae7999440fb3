"""Payment advice: what to transfer and what it will do, for the customer's bank. Pro-forma, no tax document.

It has a series of its own, carries no tax and posts nothing; the money is booked when it comes.
"""

from datetime import datetime, timedelta

from accounts.levels import Level
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import LARGEST, Paise
from billing_portal.unit import unit
from invoices import gst, settlement
from invoices.gst import Tax
from invoices.issue import LineOf, issue, tax_place
from invoices.models import Document

VALID_DAYS = 15


class NotPossible(ValueError):
    """No advice can be made over such an amount; the message says why."""


@unit
def issue_advice(account_id: int, amount: Paise, *, token: str, now: datetime) -> Document:
    """Make a payment advice over `amount` paise: the bills it pays, and the advance that remains with the tax in it.

    The same token again returns the same advice. Raises NotPossible.
    """
    if not 0 < amount <= LARGEST // 100:
        raise NotPossible("Enter an amount above zero and within ₹1,00,00,00,000.")
    account = Account.objects.lock(account_id)
    cause = f"advice:{token}"
    before = Document.objects.filter(cause=cause, account=account).first()
    if before:
        return before
    if account.wanted_level == Level.DELETED:
        raise NotPossible("This account is deleted. That is final: nothing is to be transferred any more.")
    today = clock.business_date(now)
    where = tax_place(account, today)
    plan = settlement.plan(amount, settlement.unpaid(account))
    advance = gst.inside(plan.advance, where.supply, where.rate)
    lines = [LineOf(f"Invoice {part.document.number}", Tax(part.amount), "") for part in plan.parts]
    if plan.advance:
        lines.append(LineOf("Advance for telecommunication services, GST included", Tax(plan.advance), ""))
    valid_until = today + timedelta(days=VALID_DAYS)
    return issue(
        account,
        Document.Kind.PAYMENT_ADVICE,
        lines,
        cause=cause,
        where=where,
        details={
            "valid_until": valid_until.isoformat(),
            "advance_net": advance.taxable,
            "advance_tax": advance.tax,
        },
        now=now,
    )
