"""The demo's dispute: a recharge by a card that its holder did not recognise, charged back three weeks later."""

from datetime import datetime, timedelta

from accounts.models import Account
from billing_portal.demo_story import Told
from payments import disputes
from payments.gateways.disputes import DisputeState, GatewayDispute

ANSWER_WITHIN = timedelta(days=10)


def tell(account: Account, told: Told, dispute_id: str, *, now: datetime) -> None:
    """The bank opens a dispute of the account's newest payment of this amount, or decides the one that it opened."""
    row = account.disputes.filter(gateway_dispute_id=dispute_id).select_related("payment").first()
    payment = (
        row.payment if row else account.payments.received().filter(amount=told.amount).latest("settled_at")
    )
    opened_at = row.opened_at if row else now
    report = GatewayDispute(
        dispute_id=dispute_id,
        payment_id=payment.gateway_payment_id or "",
        amount=payment.amount,
        deducted=payment.amount if told.text == DisputeState.LOST else 0,
        currency="INR",
        state=DisputeState(told.text),
        phase="chargeback",
        reason_code="transaction_not_recognised",
        respond_by=opened_at + ANSWER_WITHIN,
        created_at=opened_at,
        answered_at=None if told.text == DisputeState.OPEN else opened_at + timedelta(days=2),
    )
    disputes.take(report, now=now)
