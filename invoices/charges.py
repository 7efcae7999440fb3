"""A one-time charge: a tax invoice that staff issue, with prepaid money set off at once."""

from datetime import date, datetime, timedelta

from django.conf import settings

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import LARGEST, Paise
from billing_portal.unit import unit
from invoices import bills
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


def plan(account: Account, taxable: Paise, description: str = "", *, on: date) -> bills.Planned:
    """Return what a charge of `taxable` paise would be, issued on a day. Decides, changes nothing."""
    return bills.plan(account, [bills.Worth(description, taxable)], on=on)


def _issue(
    account: Account, taxable: Paise, description: str, *, cause: str, days: int, now: datetime
) -> Document:
    today = clock.business_date(now)
    planned = plan(account, taxable, description, on=today)
    return bills.bill(account, planned, cause=cause, due_on=today + timedelta(days=days), now=now)
