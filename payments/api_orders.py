"""A payment that a program begins: once a key, however often and at once it asks; then its order at the gateway.

The payment and the key are written in one unit; the gateway is called outside of it. Whoever asks again after a
time-out goes on with the same payment.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Account
from billing_portal.money import Paise
from billing_portal.unit import unit
from invoices import settlement
from payments import options, recharge
from payments.models import ApiOrder, Payment


class KeyReused(Exception):
    """The key stands for another request."""


class NotOffered(ValueError):
    """The choice is none of the account's now; the message names those that are."""


class InProgress(Exception):
    """Another request with the same key is with the gateway at this moment."""


class Over(Exception):
    """The payment that was begun under this key cannot be paid any more."""


@dataclass(frozen=True)
class Asked:
    """What to pay: an amount in paise, or one of the choices that are offered."""

    amount: Paise = 0
    choice: str = ""

    @property
    def fingerprint(self) -> str:
        said = json.dumps(["payment", self.amount, self.choice])
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Order:
    """The payment with its order, and the answer that was given to it before, if it was."""

    row: ApiOrder
    payment: Payment

    @property
    def answer(self) -> dict[str, Any] | None:
        return self.row.answer


def place(account: Account, asked: Asked, *, key: str, made_with: str, now: datetime) -> Order:
    """Begin the payment of a key, or find the one that it began, and make sure that it has its order.

    Repeating makes no second payment and no second order. Raises KeyReused, NotOffered, InProgress, Over,
    recharge.AmountNotPossible and its IsFinal, GatewayError (then the same request goes on where it stood).
    """
    row = begin(account.pk, asked, key=key, made_with=made_with, now=now)
    payment = row.payment
    if row.answer is None:
        if payment.gateway_order_id is None and not recharge.can_be_paid(payment, now=now):
            raise Over
        payment = recharge.open_order(payment, now=now)
        if payment.gateway_order_id is None:
            raise InProgress
    return Order(row, payment)


@unit
def begin(account_id: int, asked: Asked, *, key: str, made_with: str, now: datetime) -> ApiOrder:
    """Write down a key with the payment it begins, or find it. Raises as `place`, but for the gateway's errors."""
    account = Account.objects.lock(account_id)
    row = account.api_orders.filter(key=key).select_related("payment__account").first()
    if row is None:
        payment = recharge.start(
            account, _amount(account, asked, now), token=uuid.uuid4(), user=None, now=now
        )
        words = {"fingerprint": asked.fingerprint, "made_with": made_with, "asked_at": now}
        return ApiOrder.objects.create(account=account, key=key, payment=payment, **words)
    if row.fingerprint != asked.fingerprint:
        raise KeyReused
    return row


def keep(order: Order, answer: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Keep the answer that a key gets from now on; return the first one kept. Repeating changes nothing."""
    waiting = ApiOrder.objects.filter(pk=order.row.pk, answer__isnull=True)
    waiting.update(answer=answer, answered_at=now)
    order.row.refresh_from_db(fields=["answer"])
    return order.row.answer or answer


def _amount(account: Account, asked: Asked, now: datetime) -> Paise:
    """Return the paise that were asked for. Raises NotOffered."""
    if not asked.choice:
        return asked.amount
    offered = options.offered(account, settlement.unpaid(account), now=now)
    for option in offered:
        if option.code == asked.choice:
            return option.amount
    raise NotOffered(f"Not offered now; there is {', '.join(option.code for option in offered)}.")
