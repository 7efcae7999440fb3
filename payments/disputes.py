"""Disputes: a payer's bank asks for money back. Kept as the gateway tells them, debited once when lost.

News comes by the gateway's calls and by an hourly look; both ask for the present state and end in `apply`, so neither
their order nor their number matters. A decision is not taken back by an older answer; a lost dispute may still be won.
"""

from datetime import datetime

import structlog

from accounts.models import Account
from billing_portal.unit import unit
from payments import dispute_money, dispute_notices, recharge
from payments.gateways import GatewayEvent, NotAnId, Refused, gateway
from payments.gateways.disputes import DisputeState, GatewayDispute, desk
from payments.models import Dispute, ParkedReport, Payment

log = structlog.get_logger(__name__)

State = Dispute.State
KEPT = (
    "state", "phase", "reason_code", "deducted", "respond_by", "submitted_at", "decided_at", "debited", "debited_at",
    "returned_at",
)  # fmt: skip
RANK = {State.CLOSED: 1, State.LOST: 2, State.WON: 3}  # undecided: 0


def is_open(payment: Payment) -> bool:
    """Whether the payer's bank still asks for a payment: nothing of it may be refunded."""
    return payment.disputes.open().exists()


def hear(event: GatewayEvent, *, now: datetime) -> None:
    """Act on a call about a dispute; one that the gateway does not know is parked. Raises GatewayError."""
    dispute_id = event.ids.get("dispute")
    if not dispute_id:
        return  # the hourly look lists what there is
    try:
        take(desk().dispute(dispute_id), now=now)
    except Refused as error:
        if not error.unknown_id:
            raise
        _park(dispute_id, event.amount, f"{event.name} for {event.payment_id}: {error}", now)


def take(report: GatewayDispute, *, now: datetime) -> Dispute | None:
    """Let a dispute stand here as it does there; parked where its payment is none of ours. Raises GatewayError."""
    payment = _received(report) or _settled_first(report, now)
    if payment is None or report.currency != payment.currency:
        words = f"{report.payment_id}: {report.amount} {report.currency}, {report.phase}, {report.state}"
        _park(report.dispute_id, report.amount, words, now)
        return None
    return apply(payment.pk, report, now=now)


@unit
def apply(payment_id: int, report: GatewayDispute, *, now: datetime) -> Dispute:
    """Keep what the gateway says of a dispute and move the money it asks for, each movement once.

    Repeating, and news that is older than a decision, changes nothing.
    """
    account = Account.objects.lock(Payment.objects.values_list("account_id", flat=True).get(pk=payment_id))
    payment = _payment(payment_id)
    row = Dispute.objects.filter(gateway_dispute_id=report.dispute_id).first()
    row = row or _begin(account, payment, report, now)
    state = _state(report)
    if RANK.get(State(row.state), 0) > RANK.get(state, 0):
        log.warning("dispute_news_is_older", dispute=row.pk, state=row.state, told=state)
        return row
    _keep(row, report, state, now)
    if row.is_taken_for_good(now):
        dispute_money.debit(account, payment, row, now=now)
    elif state in (State.WON, State.CLOSED):
        dispute_money.give_back(account, payment, row, now=now)
    row.save(update_fields=KEPT)
    dispute_notices.tell(account, payment, row, now=now)
    return row


def _begin(account: Account, payment: Payment, report: GatewayDispute, now: datetime) -> Dispute:
    log.error("payment_disputed", payment=payment.number, phase=report.phase)
    return Dispute.objects.create(
        account=account,
        payment=payment,
        gateway_dispute_id=report.dispute_id,
        amount=report.amount,
        state=State.OPEN,
        opened_at=report.created_at,
        heard_at=now,
    )


def _state(report: GatewayDispute) -> Dispute.State:
    """Return the state in our words: open again after an answer, the bank wants more."""
    if report.state == DisputeState.OPEN and report.answered_at:
        return State.ACTION_REQUIRED
    return State(str(report.state))


def _keep(row: Dispute, report: GatewayDispute, state: Dispute.State, now: datetime) -> None:
    row.state, row.phase, row.reason_code = state, report.phase, report.reason_code
    row.deducted, row.respond_by = report.deducted, report.respond_by
    row.submitted_at = report.answered_at or row.submitted_at
    if state in RANK and row.decided_at is None:
        row.decided_at = now


def _payment(payment_id: int) -> Payment:
    return Payment.objects.select_for_update().get(pk=payment_id)


def _received(report: GatewayDispute) -> Payment | None:
    return Payment.objects.received().filter(gateway_payment_id=report.payment_id).first()


def _settled_first(report: GatewayDispute, now: datetime) -> Payment | None:
    """Take in the payment that is disputed, where it pays an order of ours and we have not heard of it."""
    try:
        order_id = gateway().fetch(report.payment_id).order_id
        payment = recharge.find(order_id) if order_id else None
    except (Refused, NotAnId):
        return None
    if payment:
        recharge.settle(payment.pk, now=now)
    return _received(report)


def _park(dispute_id: str, amount: int | None, detail: str, now: datetime) -> None:
    """Keep a dispute that fits no payment for a person, once. It is taken in when its payment gets known."""
    _row, is_new = ParkedReport.objects.get_or_create(
        kind=ParkedReport.Kind.DISPUTE,
        gateway_payment_id=dispute_id,
        defaults={"amount": amount, "currency": "INR", "detail": detail[:300], "parked_at": now},
    )
    if is_new:
        log.error("dispute_parked", gateway_dispute=dispute_id)
