"""Razorpay, its words: orders, payments, checkout, webhooks.

How it is asked (time-outs, errors, ids, signatures) stands in `wire`. It never repeats a write by itself.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.conf import settings

from payments.gateways import GatewayError, GatewayEvent, GatewayPayment, Refused, Return, State, Unavailable
from payments.gateways.razorpay_disputes import DisputeCalls
from payments.gateways.razorpay_mandates import MandateCalls
from payments.gateways.razorpay_reconciliation import ListCalls
from payments.gateways.razorpay_refunds import RefundCalls
from payments.gateways.razorpay_virtual_accounts import VirtualAccountCalls
from payments.gateways.wire import (
    ID,
    Client,
    ask,
    checked_id,
    entity_of,
    id_or_empty,
    is_signed,
    json_object,
    make_client,
    word,
)

NAMED = ("refund", "token", "dispute", "settlement", "virtual_account", "notification", "payment.downtime")


class Razorpay(ListCalls, MandateCalls, VirtualAccountCalls, DisputeCalls, RefundCalls):
    """The gateway's face over the official SDK."""

    @cached_property
    def client(self) -> Client:
        """The SDK; made when something is asked, not to check a signature."""
        return make_client()

    def create_order(self, number: str, amount: int) -> str:
        order = ask(
            lambda: self.client.order.create(
                {
                    "amount": amount,
                    "currency": "INR",
                    "receipt": number,
                    "payment": {"capture": "automatic", "capture_options": {"refund_speed": "normal"}},
                    "notes": {"payment": number},
                }
            )
        )
        return checked_id(order["id"])

    def find_order(self, number: str) -> str | None:
        orders = ask(lambda: self.client.order.all({"receipt": number}))["items"]
        found = [order["id"] for order in orders if order.get("receipt") == number]
        return (
            checked_id(found[-1]) if found else None
        )  # newest first: the oldest is the one a customer may have

    def receipt_of(self, order_id: str) -> str:
        return str(ask(lambda: self.client.order.fetch(checked_id(order_id))).get("receipt") or "")

    def order_payments(self, order_id: str) -> list[GatewayPayment]:
        items = ask(lambda: self.client.order.payments(checked_id(order_id)))["items"]
        return [read_payment(self._with_card(item)) for item in items]

    def fetch(self, payment_id: str) -> GatewayPayment:
        return read_payment(ask(lambda: self.client.payment.fetch(checked_id(payment_id))))

    def _with_card(self, item: dict[str, Any]) -> dict[str, Any]:
        """Add the card of a successful card payment, which a list leaves out; without it we know less, no more."""
        if (
            item.get("method") != "card"
            or item.get("card")
            or item.get("status") not in ("captured", "authorized")
        ):
            return item
        try:
            return ask(lambda: self.client.payment.fetch(checked_id(item.get("id")), {"expand[]": "card"}))
        except GatewayError:
            return item

    def capture(self, payment: GatewayPayment) -> GatewayPayment:
        with suppress(Refused):  # "already captured" is what a repeat hears; what stands is what counts
            ask(
                lambda: self.client.payment.capture(
                    checked_id(payment.payment_id), payment.amount, {"currency": "INR"}
                )
            )
        return self.fetch(payment.payment_id)

    def checkout_url(self) -> str:
        return f"{settings.RAZORPAY_URL}/v1/checkout/embedded"

    def checkout_fields(
        self,
        *,
        order_id: str,
        amount: int,
        name: str,
        description: str,
        email: str,
        returns_to: str,
        cancels_to: str,
    ) -> dict[str, str]:
        return {
            "key_id": settings.RAZORPAY_KEY_ID,
            "order_id": order_id,
            "amount": str(amount),
            "currency": "INR",
            "name": name,
            "description": description,
            "prefill[email]": email,
            "callback_url": returns_to,
            "cancel_url": cancels_to,
        }

    def read_return(self, fields: dict[str, str]) -> Return:
        metadata = json_object(fields.get("error[metadata]", ""))
        return Return(
            order_id=id_or_empty(fields.get("razorpay_order_id") or metadata.get("order_id")),
            payment_id=id_or_empty(fields.get("razorpay_payment_id") or metadata.get("payment_id")),
            signature=fields.get("razorpay_signature", ""),
            reason=word(fields.get("error[reason]"), 60),
        )

    def return_is_genuine(self, order_id: str, payment_id: str, signature: str) -> bool:
        message = f"{order_id}|{payment_id}".encode()
        return ID.fullmatch(payment_id) is not None and is_signed(
            message, signature, settings.RAZORPAY_KEY_SECRET
        )

    def call_is_genuine(self, body: bytes, signature: str) -> bool:
        secrets = (settings.RAZORPAY_WEBHOOK_SECRET, settings.RAZORPAY_WEBHOOK_SECRET_PREVIOUS)
        checked = [is_signed(body, signature, secret) for secret in secrets]  # both, in the same time
        return any(checked)

    def read_event(self, body: bytes) -> GatewayEvent:
        call = json.loads(body)
        if not isinstance(call, dict) or not isinstance(call.get("event"), str):
            raise ValueError("not an event")
        account = call.get("account_id")
        if account and settings.RAZORPAY_ACCOUNT_ID and account != settings.RAZORPAY_ACCOUNT_ID:
            raise ValueError("an event of another account")
        payment = entity_of(call, "payment")
        amount = payment.get("amount")
        return GatewayEvent(
            name=word(call["event"], 60),
            payment_id=id_or_empty(payment.get("id")),
            order_id=id_or_empty(payment.get("order_id")) or id_or_empty(entity_of(call, "order").get("id")),
            amount=amount if type(amount) is int else None,
            currency=word(payment.get("currency"), 3),
            ids={kind: found for kind in NAMED if (found := id_or_empty(entity_of(call, kind).get("id")))},
        )


def read_payment(entity: dict[str, Any]) -> GatewayPayment:
    """Translate a payment entity. Raises Unavailable when it is not one: then nothing is known."""
    try:
        amount, state = entity["amount"], State(entity["status"])
        if type(amount) is not int:
            raise ValueError("amount")
        return GatewayPayment(
            payment_id=checked_id(entity["id"]),
            order_id=entity.get("order_id") or "",
            amount=amount,
            currency=word(entity.get("currency"), 3),
            state=state,
            method=word(entity.get("method"), 20),
            instrument=word(_instrument(entity), 60),
            reason=word(entity.get("error_reason"), 60),
            created_at=datetime.fromtimestamp(entity["created_at"], UTC),
            was_captured=entity.get("captured") is True,
        )
    except (KeyError, ValueError, TypeError, OverflowError, OSError) as error:
        raise Unavailable(f"The gateway's answer is not a payment: {error!r}") from error


def _instrument(entity: dict[str, Any]) -> str:
    """Name what was paid with, masked as people may see it."""
    card = entity.get("card")
    if isinstance(card, dict) and card.get("last4"):
        return f"{card.get('network') or 'Card'} ···· {card['last4']}"
    if entity.get("vpa"):
        return f"UPI ····@{str(entity['vpa']).rpartition('@')[2]}"
    if entity.get("bank"):
        return f"Net banking {entity['bank']}"
    if entity.get("wallet"):
        return f"Wallet {entity['wallet']}"
    return "Card" if entity.get("method") == "card" else ""
