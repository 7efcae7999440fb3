"""Asking about what is undecided: the customer closed the tab, the webhook never came, the bank was slow."""

from datetime import datetime, timedelta

import structlog

from accounts import notices
from billing_portal.unit import unit
from payments import policy, recharge
from payments.gateways import GatewayError
from payments.models import Payment

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)


def follow_up(*, now: datetime, limit: int = 100) -> int:
    """Look at payments whose next look is due, at most `limit`; return how many. Safe to run in parallel."""
    payments = _claim(now, limit)
    for payment in payments:
        _look(payment, now)
    return len(payments)


@unit
def _claim(now: datetime, limit: int) -> list[Payment]:
    payments = list(Payment.objects.due(now).select_for_update(skip_locked=True)[:limit])
    Payment.objects.filter(pk__in=[payment.pk for payment in payments]).update(next_check_at=now + LEASE)
    return payments


def _look(payment: Payment, now: datetime) -> None:
    try:
        if payment.gateway_order_id is None and payment.order_claimed_at:
            recharge.look_for_order(payment)
        recharge.settle(payment.pk, now=now)
    except GatewayError as error:
        log.warning("follow_up_failed", payment=payment.number, error=type(error).__name__)
    plan_next(payment.pk, now=now)


@unit
def plan_next(payment_id: int, *, now: datetime) -> None:
    """Set the time of the next look; a payment that stayed undecided for five days has failed for us.

    From ten minutes on, a failure is final enough to tell the customer. Money may still come later.
    """
    payment = Payment.objects.select_related("account").select_for_update(of=("self",)).get(pk=payment_id)
    if payment.next_check_at is None:
        return
    payment.next_check_at = policy.next_look(payment.since, now)
    payment.checks += 1
    if payment.next_check_at is None and payment.status in recharge.UNDECIDED:
        payment.status, payment.failure_reason = Payment.Status.FAILED, "abandoned"
    payment.save(update_fields=["next_check_at", "checks", "status", "failure_reason"])
    failed = payment.status == Payment.Status.FAILED and payment.failure_reason not in (
        "abandoned",
        policy.ELSEWHERE,
    )
    by_hand = payment.channel == Payment.Channel.ONLINE  # auto-pay tells of its debits itself
    if failed and by_hand and now >= payment.since + policy.FINAL_FAILURE:
        _owe_failure(payment, now)


def _owe_failure(payment: Payment, now: datetime) -> None:
    notices.owe(
        payment.account,
        "payment-failed",
        event=f"failed:{payment.number}",
        context={
            "payment": payment.number,
            "amount": payment.amount,
            "reason": policy.in_plain_words(payment.failure_reason),
        },
        now=now,
    )
