"""Giving parked money to an account: a person has looked and decided whose it is."""

import uuid
from datetime import datetime

from accounts.models import Account, User
from billing_portal.unit import unit
from payments import parked, policy, take_in
from payments.gateways import GatewayPayment, State, gateway
from payments.models import ParkedReport, Payment


class NotAdoptable(Exception):
    """The gateway does not hold this money for us as captured rupees; the message says what it says."""


def adopt(row: ParkedReport, account: Account, *, actor: User, reason: str, now: datetime) -> Payment:
    """Ask the gateway what it took, and credit just that. Raises GatewayError, NotAdoptable."""
    return credit(
        row.pk, account.pk, gateway().fetch(row.gateway_payment_id), actor=actor, reason=reason, now=now
    )


@unit
def credit(
    row_id: int, account_id: int, report: GatewayPayment, *, actor: User, reason: str, now: datetime
) -> Payment:
    """Book captured money of a parked report as a payment of its own. Repeating returns the same payment.

    Raises NotAdoptable when the report is closed, or the money has been booked in another way since.
    """
    if report.state != State.CAPTURED or report.currency != "INR":
        raise NotAdoptable(f"The gateway reports {report.state}, {report.currency}: nothing to credit.")
    account = Account.objects.lock(account_id)
    row = ParkedReport.objects.select_for_update().get(pk=row_id)
    before = Payment.objects.filter(gateway_payment_id=report.payment_id).first()
    if before and (before.number, before.account_id) == (_number(row_id), account_id):
        return before
    if before:
        raise NotAdoptable(f"This money is in the books already, as {before.number} of {before.account.ban}.")
    if row.refunds.standing().exists():
        raise NotAdoptable("This money is being sent back.")
    if row.state != ParkedReport.State.OPEN:
        raise NotAdoptable("This report has been closed already.")
    payment = Payment.objects.create(
        account=account,
        number=_number(row_id),
        amount=report.amount,
        status=Payment.Status.CAPTURED,
        start_token=uuid.uuid5(uuid.NAMESPACE_URL, f"parked:{row_id}"),
        started_by=actor,
        started_at=now,
        gateway_payment_id=report.payment_id,
        method=report.method,
        instrument=report.instrument,
        reference=row.reference,
        captured_at=min(report.created_at, now),
        settled_at=now,
    )
    take_in.book(account, payment, now=now)
    parked.resolve(
        row_id, actor=actor, resolution=f"Credited to {account.ban} as {payment.number}: {reason}", now=now
    )
    if row.payment_id:
        Payment.objects.filter(pk=row.payment_id, settled_at=None).update(
            status=Payment.Status.FAILED, failure_reason=policy.ELSEWHERE, next_check_at=None
        )
    return payment


def _number(row_id: int) -> str:
    return f"PAYX-{row_id:06}"
