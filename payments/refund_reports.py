"""Refunds that the gateway tells of: ours go on, those nobody here asked for are written down, never dropped.

One of a received payment was made on the gateway's own pages: the money has left, so the books follow (net zero, also
when its capture was heard of after it). One of money that was never ours is only written down.
"""

from datetime import datetime

import structlog

from accounts import audit
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.unit import unit
from payments import parked, recharge, refund_outcomes, refunds, take_back
from payments.gateways import GatewayEvent, GatewayPayment, NotAnId, Refused
from payments.gateways.refunds import GatewayRefund, RefundDoor, door
from payments.models import ParkedReport, Payment, Refund

log = structlog.get_logger(__name__)

Source, Status = Refund.Source, Refund.Status


def hear(event: GatewayEvent, *, now: datetime) -> None:
    """Act on a call about a refund with its present state. Safe to repeat. Raises GatewayError."""
    there = door()
    try:
        report = there.fetch_refund(event.ids["refund"])
    except (Refused, NotAnId) as error:
        parked.park_event(ParkedReport.Kind.REFUND, event, detail=str(error), now=now)
        return
    take(report, there, now=now)


def take(report: GatewayRefund, there: RefundDoor, *, now: datetime) -> Refund:
    """Let a refund that the gateway tells of stand here as it does there. Raises GatewayError."""
    ours = find(report)
    if ours is None:
        of = _payment(report, there, now)
        ours = record(report, of, now=now)
    return refund_outcomes.apply(ours.pk, report, now=now)


def find(report: GatewayRefund) -> Refund | None:
    """Return our row of it: by the gateway's id, or by our number for a payment of its own."""
    known = Refund.objects.filter(gateway_refund_id=report.refund_id).first()
    named = Refund.objects.filter(
        number=report.receipt, gateway_payment_id=report.payment_id, gateway_refund_id=None
    )
    return known or named.first()


def _payment(report: GatewayRefund, there: RefundDoor, now: datetime) -> GatewayPayment | None:
    """Ask for the payment it gives back of, and take that in first where it is ours and was captured."""
    try:
        held = there.fetch(report.payment_id)
    except (Refused, NotAnId):
        return None
    try:
        payment = recharge.find(held.order_id) if held.order_id else None
    except Refused:
        payment = None
    if payment and held.was_captured:
        recharge.settle(payment.pk, now=now)
    return held


@unit
def record(report: GatewayRefund, held: GatewayPayment | None, *, now: datetime) -> Refund:
    """Write a refund down that nobody here asked for, and take its money out of the account that has it.

    The same one again returns its row.
    """
    received = Payment.objects.received().filter(gateway_payment_id=report.payment_id).first()
    asked = received or Payment.objects.filter(gateway_order_id=held.order_id if held else "").first()
    account = Account.objects.lock(asked.account_id) if asked else None
    before = Refund.objects.filter(gateway_refund_id=report.refund_id).first()
    if before:
        return before
    is_money = held is None or held.was_captured
    refund = Refund.objects.create(
        number=refunds.number(now),
        key=report.refund_id,
        account=account,
        payment=asked,
        source=Source.TAKEN if received else Source.GATEWAY,
        amount=report.amount,
        status=Status.SENT,
        reason="Made at the gateway" if is_money else "Given back by the gateway before it was ours",
        asked_at=now,
        gateway_payment_id=report.payment_id,
        gateway_refund_id=report.refund_id,
        next_at=now,
    )
    if received and account:
        _follow(account, received, refund, now)
    log.warning("refund_not_asked_for", refund=refund.number, source=refund.source)
    return refund


def _follow(account: Account, payment: Payment, refund: Refund, now: datetime) -> None:
    """The money is gone: an advance goes with a refund voucher, bills that it paid are open again."""
    take_back.take_back(
        account,
        payment,
        refund.amount,
        cause=refund.taken_cause,
        credit_book=Book.REFUNDS,
        now=now,
        narrative=f"Payment {payment.number} refunded by the gateway",
    )
    audit.record(
        "payments.refund.taken",
        actor=None,
        account=account,
        subject=f"refund:{refund.number}",
        reason=refund.reason,
        after={"payment": payment.number, "amount": refund.amount},
        now=now,
    )
