"""Sending money back that was never credited: a second payment, a wrong amount, money for a deleted account.

It is not in the books, so nothing of them moves; it is sent as any refund. Above ₹1,000 a second person decides on the
refund itself, as such money may be no account's.
"""

from datetime import datetime
from uuid import UUID

from accounts import audit
from accounts.models import Account, User
from billing_portal.unit import unit
from payments import parked, refund_policy, refunds
from payments.gateways import GatewayPayment, State
from payments.gateways.refunds import door
from payments.models import ParkedReport, Payment, Refund
from payments.refund_plan import NotPossible

Status = Refund.Status


def send_back(row: ParkedReport, *, token: UUID, reason: str, by: User, now: datetime) -> Refund:
    """Ask the gateway what it holds, and give just that back. Raises NotPossible, GatewayError."""
    held = door().fetch(row.gateway_payment_id)
    return begin(row.pk, held, token=token, reason=reason, by=by, now=now)


@unit
def begin(row_id: int, held: GatewayPayment, *, token: UUID, reason: str, by: User, now: datetime) -> Refund:
    """Write the refund of a parked report down; the job sends it. The same token again returns the same refund.

    Raises NotPossible.
    """
    account_id = ParkedReport.objects.values_list("payment__account_id", flat=True).get(pk=row_id)
    account = Account.objects.lock(account_id) if account_id else None
    row = ParkedReport.objects.select_for_update().get(pk=row_id)
    before = Refund.objects.filter(key=token.hex).first()
    if before:
        return before
    _refuse(row, held)
    needs_two = held.amount > refund_policy.ALONE
    refund = Refund.objects.create(
        number=refunds.number(now),
        key=token.hex,
        account=account,
        payment=row.payment,
        report=row,
        source=Refund.Source.PARKED,
        amount=held.amount,
        status=Status.WAITING if needs_two else Status.ASKED,
        reason=reason,
        asked_by=by,
        asked_at=now,
        gateway_payment_id=held.payment_id,
        next_at=None if needs_two else now,
    )
    audit.record(
        "payments.refund.ask",
        actor=by,
        account=account,
        subject=f"refund:{refund.number}",
        reason=reason,
        after={"parked": row.gateway_payment_id, "amount": refund.amount},
        now=now,
    )
    if not needs_two:
        parked.resolve(row.pk, actor=by, resolution=f"Sent back as {refund.number}: {reason}", now=now)
    return refund


def _refuse(row: ParkedReport, held: GatewayPayment) -> None:
    """Raise NotPossible for what is closed, booked, on its way back, or not there."""
    if row.state != ParkedReport.State.OPEN:
        raise NotPossible("This report has been closed already.")
    if held.state != State.CAPTURED or held.currency != "INR":
        raise NotPossible(f"The gateway reports {held.state}, {held.currency}: nothing to send back.")
    if Payment.objects.received().filter(gateway_payment_id=held.payment_id).exists():
        raise NotPossible("This money is in the books: refund its payment.")
    if Refund.objects.standing().filter(gateway_payment_id=held.payment_id).exists():
        raise NotPossible("A refund of it is on its way already.")
