"""Disputes: a payer's bank asks for money back. Recorded from the gateway's calls, debited once when lost.

The debit takes what is still an advance and opens bills again (`take_back`); the balance may go below zero. Won after
a debit, the money comes in again. While one is open nothing of its payment is refunded.
"""

from datetime import datetime, timedelta

import structlog

from accounts import audit, notices
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.unit import unit
from payments import parked, put_back, recharge, take_back
from payments.gateways import GatewayError, GatewayEvent, NotAnId, Refused
from payments.gateways.refunds import DisputeState, GatewayDispute, RefundDoor, door
from payments.models import Dispute, ParkedReport, Payment

log = structlog.get_logger(__name__)

Status = Dispute.Status
LOOK_EVERY = timedelta(hours=6)
LEASE = timedelta(minutes=2)
ENDED = (DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED)
RETURNS = (DisputeState.WON, DisputeState.CLOSED)  # the gateway has given back what it took


def hear(event: GatewayEvent, *, now: datetime) -> None:
    """Act on a call about a dispute with its present state. Safe to repeat. Raises GatewayError."""
    there = door()
    try:
        report = there.fetch_dispute(event.ids["dispute"])
    except (Refused, NotAnId) as error:
        parked.park_event(ParkedReport.Kind.REFUND, event, detail=str(error), now=now)
        return
    if take(report, there, now=now) is None:
        parked.park_event(
            ParkedReport.Kind.REFUND, event, detail=f"{report.dispute_id} of no payment here", now=now
        )


def take(report: GatewayDispute, there: RefundDoor, *, now: datetime) -> Dispute | None:
    """Let a dispute stand here as it does at the gateway; None where its payment is none of ours.

    Raises GatewayError.
    """
    payment = _received(report)
    if payment is None:
        _settle_first(report, there, now)
        payment = _received(report)
    return apply(payment.pk, report, now=now) if payment else None


@unit
def apply(payment_id: int, report: GatewayDispute, *, now: datetime) -> Dispute:
    """Record a dispute and do what its state asks for, each once. Repeating, or older news, changes nothing."""
    account = Account.objects.lock(Payment.objects.values_list("account_id", flat=True).get(pk=payment_id))
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    row = Dispute.objects.filter(gateway_dispute_id=report.dispute_id).first()
    if row is None:
        row = _begin(account, payment, report, now)
    elif row.ended_at and report.state not in ENDED:
        return row  # an older answer than what we know
    row.status, row.phase, row.reason_code = Status(report.state), report.phase, report.reason_code
    if row.respond_by != report.respond_by:
        row.respond_by, row.reminded = report.respond_by, None
    row.deducted = report.deducted
    row.next_at = None if report.state in ENDED else now + LOOK_EVERY
    if report.state in ENDED and row.ended_at is None:
        row.ended_at = now
    if report.state == DisputeState.LOST:
        _debit(account, payment, row, now)
    elif report.state in RETURNS:
        _return(account, payment, row, now)
    row.save()
    return row


def look_due(*, now: datetime, limit: int = 50) -> int:
    """Ask about disputes whose next look is due; return how many. Safe to run in parallel."""
    rows = _claim(now, limit)
    for row in rows:
        try:
            take(door().fetch_dispute(row.gateway_dispute_id), door(), now=now)
        except GatewayError as error:
            log.warning("dispute_not_looked_at", dispute=row.pk, error=type(error).__name__)
            Dispute.objects.filter(pk=row.pk).update(next_at=now + LOOK_EVERY)
    return len(rows)


@unit
def _claim(now: datetime, limit: int) -> list[Dispute]:
    rows = list(
        Dispute.objects.to_look_at(now).order_by("next_at").select_for_update(skip_locked=True)[:limit]
    )
    Dispute.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=now + LEASE)
    return rows


def _received(report: GatewayDispute) -> Payment | None:
    return Payment.objects.received().filter(gateway_payment_id=report.payment_id).first()


def _settle_first(report: GatewayDispute, there: RefundDoor, now: datetime) -> None:
    """Take in the payment that is disputed, where it is ours and we have not heard of it."""
    try:
        held = there.fetch(report.payment_id)
        payment = recharge.find(held.order_id) if held.order_id else None
    except (Refused, NotAnId):
        return
    if payment:
        recharge.settle(payment.pk, now=now)


def _begin(account: Account, payment: Payment, report: GatewayDispute, now: datetime) -> Dispute:
    row = Dispute(
        account=account,
        payment=payment,
        gateway_dispute_id=report.dispute_id,
        amount=report.amount,
        status=Status(report.state),
        created_at=report.created_at,
        heard_at=now,
    )
    row.save()
    log.error("payment_disputed", payment=payment.number, dispute=row.pk)
    _tell(row, account, payment, "dispute-opened", now)
    return row


def _debit(account: Account, payment: Payment, row: Dispute, now: datetime) -> None:
    """Take the money out of the account, once for all times."""
    if row.debited_at:
        return
    row.debited_at = now
    take_back.take_back(
        account,
        payment,
        row.amount,
        cause=row.cause,
        credit_book=Book.GATEWAY,
        now=now,
        narrative=f"Payment {payment.number} charged back by the payer's bank",
    )
    _record(account, row, "lost", now)
    _tell(row, account, payment, "dispute-lost", now)


def _return(account: Account, payment: Payment, row: Dispute, now: datetime) -> None:
    """Give the money to the account again, where it was taken before. Else only say how it ended."""
    if row.debited_at and row.returned_at is None:
        put_back.put_back(
            account,
            payment,
            row.amount,
            cause=row.won_cause,
            debits={Book.GATEWAY: -row.amount},
            narrative=f"Payment {payment.number}: the payer's bank gave it back",
            now=now,
        )
        row.returned_at = now
        _record(account, row, "returned", now)
    _tell(row, account, payment, "dispute-ended", now)


def _record(account: Account, row: Dispute, act: str, now: datetime) -> None:
    audit.record(
        f"payments.dispute.{act}",
        actor=None,
        account=account,
        subject=f"dispute:{row.gateway_dispute_id}",
        reason="The gateway's word",
        after={"amount": row.amount},
        now=now,
    )


def _tell(row: Dispute, account: Account, payment: Payment, name: str, now: datetime) -> None:
    notices.owe(
        account,
        name,
        event=f"{name}:{row.gateway_dispute_id}",
        context={
            "payment": payment.number,
            "amount": row.amount,
            "returned": row.returned_at is not None,
            "debited": row.debited_at is not None,
        },
        now=now,
    )
