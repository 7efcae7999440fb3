"""Razorpay, the only module that knows its words: orders, payments, checkout, webhooks.

The SDK is used with time-outs, errors that keep the HTTP status, and ids checked before they go into an
address. It never repeats a write by itself.
"""

import hmac
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar

import certifi
import razorpay
import requests
from django.conf import settings
from requests.adapters import HTTPAdapter

from billing_portal.unit import outside
from payments.gateways import (
    GatewayError,
    GatewayEvent,
    GatewayPayment,
    NotAnId,
    Refused,
    Return,
    State,
    Unavailable,
)

T = TypeVar("T")
TIMEOUT = (3.05, 10)  # seconds to connect, to answer
ID = re.compile(r"(pay|order)_[A-Za-z0-9]{14}")
HEX = re.compile(r"[0-9a-f]{64}")
BUSY = (409, 429)


class HTTPError(Exception):
    """An answer of 400 or above, with what the SDK's own exceptions lose."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        self.status, self.description = status, str(error.get("description"))
        super().__init__(f"{status} {error.get('code')} {error.get('reason')}: {self.description}")


class _Timeout(HTTPAdapter):
    """Waits for an answer as long as TIMEOUT says, where the SDK says nothing."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        return super().send(request, stream, timeout or TIMEOUT, verify, cert, proxies)


class Razorpay:
    """The gateway's face over the official SDK."""

    @cached_property
    def client(self) -> razorpay.Client:
        """The SDK with our time-outs and errors; made when something is asked, not to check a signature."""
        session = requests.Session()
        session.trust_env = False
        session.hooks["response"].append(_raise_full)
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Timeout())
        keys = (settings.RAZORPAY_KEY_ID, settings.RAZORPAY_KEY_SECRET)
        client = razorpay.Client(session=session, auth=keys, base_url=settings.RAZORPAY_URL)
        client.cert_path = certifi.where()
        return client

    def create_order(self, number: str, amount: int) -> str:
        order = _call(
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
        return _id(order["id"])

    def find_order(self, number: str) -> str | None:
        orders = _call(lambda: self.client.order.all({"receipt": number}))["items"]
        found = [order["id"] for order in orders if order.get("receipt") == number]
        return _id(found[-1]) if found else None  # newest first: the oldest is the one a customer may have

    def receipt_of(self, order_id: str) -> str:
        return str(_call(lambda: self.client.order.fetch(_id(order_id))).get("receipt") or "")

    def order_payments(self, order_id: str) -> list[GatewayPayment]:
        items = _call(lambda: self.client.order.payments(_id(order_id)))["items"]
        return [read_payment(self._with_card(item)) for item in items]

    def fetch(self, payment_id: str) -> GatewayPayment:
        return read_payment(_call(lambda: self.client.payment.fetch(_id(payment_id))))

    def _with_card(self, item: dict[str, Any]) -> dict[str, Any]:
        """Add the card of a successful card payment, which a list leaves out; without it we know less, no more."""
        if (
            item.get("method") != "card"
            or item.get("card")
            or item.get("status") not in ("captured", "authorized")
        ):
            return item
        try:
            return _call(lambda: self.client.payment.fetch(_id(item.get("id")), {"expand[]": "card"}))
        except GatewayError:
            return item

    def capture(self, payment: GatewayPayment) -> GatewayPayment:
        with suppress(Refused):  # "already captured" is what a repeat hears; what stands is what counts
            _call(
                lambda: self.client.payment.capture(
                    _id(payment.payment_id), payment.amount, {"currency": "INR"}
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
        metadata = _json_object(fields.get("error[metadata]", ""))
        return Return(
            order_id=_id_or_empty(fields.get("razorpay_order_id") or metadata.get("order_id")),
            payment_id=_id_or_empty(fields.get("razorpay_payment_id") or metadata.get("payment_id")),
            signature=fields.get("razorpay_signature", ""),
            reason=fields.get("error[reason]", "")[:60],
        )

    def return_is_genuine(self, order_id: str, payment_id: str, signature: str) -> bool:
        message = f"{order_id}|{payment_id}".encode()
        return ID.fullmatch(payment_id) is not None and _signed(
            message, signature, settings.RAZORPAY_KEY_SECRET
        )

    def call_is_genuine(self, body: bytes, signature: str) -> bool:
        secrets = (settings.RAZORPAY_WEBHOOK_SECRET, settings.RAZORPAY_WEBHOOK_SECRET_PREVIOUS)
        checked = [_signed(body, signature, secret) for secret in secrets]  # both, in the same time
        return any(checked)

    def read_event(self, body: bytes) -> GatewayEvent:
        call = json.loads(body)
        if not isinstance(call, dict) or not isinstance(call.get("event"), str):
            raise ValueError("not an event")
        account = call.get("account_id")
        if account and settings.RAZORPAY_ACCOUNT_ID and account != settings.RAZORPAY_ACCOUNT_ID:
            raise ValueError("an event of another account")
        payment = _entity(call, "payment")
        amount = payment.get("amount")
        return GatewayEvent(
            name="".join(filter(str.isprintable, call["event"]))[:60],
            payment_id=_id_or_empty(payment.get("id")),
            order_id=_id_or_empty(payment.get("order_id")) or _id_or_empty(_entity(call, "order").get("id")),
            amount=amount if type(amount) is int else None,
            currency=str(payment.get("currency") or "")[:3],
        )


def read_payment(entity: dict[str, Any]) -> GatewayPayment:
    """Translate a payment entity. Raises Unavailable when it is not one: then nothing is known."""
    try:
        amount, state = entity["amount"], State(entity["status"])
        if type(amount) is not int:
            raise ValueError("amount")
        return GatewayPayment(
            payment_id=_id(entity["id"]),
            order_id=entity.get("order_id") or "",
            amount=amount,
            currency=str(entity.get("currency") or ""),
            state=state,
            method=str(entity.get("method") or "")[:20],
            instrument=_instrument(entity)[:60],
            reason=str(entity.get("error_reason") or "")[:60],
            created_at=datetime.fromtimestamp(entity["created_at"], UTC),
            was_captured=entity.get("captured") is True,
        )
    except (KeyError, ValueError, TypeError, OverflowError, OSError) as error:
        raise Unavailable(f"The gateway's answer is not a payment: {error!r}") from error


@outside
def _call(ask: Callable[[], T]) -> T:
    """Ask the gateway. Raises Refused or Unavailable, with what it said."""
    try:
        answer = ask()
    except HTTPError as error:
        if error.status in BUSY or error.status >= 500 or error.status == 401:
            raise Unavailable(str(error)) from error
        raise Refused(str(error), unknown_id="does not exist" in error.description) from error
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(type(error).__name__) from error
    if not isinstance(answer, dict):
        raise Unavailable("The gateway's answer is empty.")
    return answer


def _raise_full(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    if response.status_code < 400:
        return
    try:
        body = response.json()
    except ValueError:
        body = {}
    error = body.get("error") if isinstance(body, dict) else None
    raise HTTPError(response.status_code, error if isinstance(error, dict) else {})


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise NotAnId("not an id of the gateway")
    return value


def _id_or_empty(value: Any) -> str:
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


def _signed(message: bytes, signature: str, secret: str) -> bool:
    if not secret:
        return False
    want = hmac.new(secret.encode(), message, sha256).hexdigest()
    return hmac.compare_digest(want.encode(), signature.encode("utf-8", "replace"))


def _entity(call: dict[str, Any], name: str) -> dict[str, Any]:
    payload = call.get("payload")
    holder = payload.get(name) if isinstance(payload, dict) else None
    entity = holder.get("entity") if isinstance(holder, dict) else None
    return entity if isinstance(entity, dict) else {}


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


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
