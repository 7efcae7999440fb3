"""Refunds of the demo world: one paid out, one that failed, one to pay by bank, one that waits for a second person.

They are told as the gateway would have; it learns of them afterwards (demo_gateway.py).
"""

import uuid
from collections.abc import Iterator
from datetime import datetime

from accounts.models import Approval, User
from payments import refund_outcomes, refund_plan, refunds
from payments.gateways.refunds import GatewayRefund, RefundState
from payments.models import Payment, Refund
from payments.refund_plan import Option

REFERENCE = "74332747287"


def tell(*, by: User, now: datetime) -> None:
    """Give money of a few payments back, each with another outcome. Runs once, in the seed's unit."""
    found = _refundable()
    for turn, outcome in enumerate((_paid_out, _failed, _by_bank, _to_be_agreed)):
        payment, option = next(found, (None, None))
        if payment is None or option is None:
            return
        outcome(payment, option, uuid.uuid5(uuid.NAMESPACE_URL, f"demo-refund:{turn}"), by, now)


def _refundable() -> Iterator[tuple[Payment, Option]]:
    """Yield online payments with something to give back, one an account, newest first."""
    seen: set[int] = set()
    rows = Payment.objects.received().filter(channel=Payment.Channel.ONLINE).select_related("account")
    for payment in rows.order_by("-captured_at"):
        if payment.account_id in seen:
            continue
        options = refund_plan.options(payment.account, payment)
        if options:
            seen.add(payment.account_id)
            yield payment, options[-1]


def _ask(
    payment: Payment, option: Option, amount: int, token: uuid.UUID, by: User, now: datetime
) -> Refund | Approval:
    return refunds.ask(
        payment.pk,
        code=option.code,
        amount=min(amount, option.most) if option.source != Refund.Source.PROMISED else option.most,
        token=token,
        reason="Asked for by the customer",
        by=by,
        now=now,
    )


def _paid_out(payment: Payment, option: Option, token: uuid.UUID, by: User, now: datetime) -> None:
    _tell(_ask(payment, option, 40_000, token, by, now), RefundState.PROCESSED, now)


def _failed(payment: Payment, option: Option, token: uuid.UUID, by: User, now: datetime) -> None:
    _tell(_ask(payment, option, 25_000, token, by, now), RefundState.FAILED, now)


def _by_bank(payment: Payment, option: Option, token: uuid.UUID, by: User, now: datetime) -> None:
    made = _ask(payment, option, 60_000, token, by, now)
    if isinstance(made, Refund):
        Refund.objects.filter(pk=made.pk).update(way=Refund.Way.BANK, next_at=None)


def _to_be_agreed(payment: Payment, option: Option, token: uuid.UUID, by: User, now: datetime) -> None:
    _ask(payment, option, 250_000, token, by, now)


def _tell(made: Refund | Approval, state: RefundState, now: datetime) -> None:
    """Let a refund end as the gateway would say."""
    if isinstance(made, Refund):
        report = GatewayRefund(
            f"rfnd_{made.key[:14]}",
            made.gateway_payment_id,
            made.amount,
            "INR",
            made.number,
            state,
            REFERENCE if state == RefundState.PROCESSED else "",
            now,
        )
        refund_outcomes.apply(made.pk, report, now=now)
