"""Razorpay's words for refunds. No write is repeated here: whoever calls says when, with the same key."""

from datetime import UTC, datetime
from typing import Any

from payments.gateways import Unavailable
from payments.gateways.refunds import GatewayRefund, RefundState
from payments.gateways.wire import Client, ask, checked_id, word

PAGE = 100
REFERENCES = ("arn", "rrn", "utr")  # cards, UPI, transfers


class RefundCalls:
    """Refunds over the official SDK."""

    client: Client

    def refund(self, payment_id: str, amount: int, *, number: str, key: str) -> GatewayRefund:
        body = {"amount": amount, "speed": "normal", "receipt": number, "notes": {"refund": number}}
        headers = {"X-Refund-Idempotency": key}
        return read_refund(
            ask(lambda: self.client.payment.refund(checked_id(payment_id), body, headers=headers))
        )

    def refunds_of(self, payment_id: str) -> list[GatewayRefund]:
        words = {"count": PAGE}
        items = ask(lambda: self.client.payment.fetch_multiple_refund(checked_id(payment_id), words))["items"]
        return [read_refund(item) for item in items]

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        return read_refund(ask(lambda: self.client.refund.fetch(checked_id(refund_id))))


def read_refund(entity: dict[str, Any]) -> GatewayRefund:
    """Translate a refund entity. Raises Unavailable when it is not one: then nothing is known."""
    try:
        bank = entity.get("acquirer_data")
        words = bank if isinstance(bank, dict) else {}
        return GatewayRefund(
            refund_id=checked_id(entity["id"]),
            payment_id=checked_id(entity["payment_id"]),
            amount=_paise(entity["amount"]),
            currency=word(entity.get("currency"), 3),
            receipt=word(entity.get("receipt"), 40),
            state=RefundState(entity["status"]),
            reference=next((word(words[name], 40) for name in REFERENCES if words.get(name)), ""),
            created_at=_moment(entity["created_at"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise Unavailable(f"The gateway's answer is not a refund: {error!r}") from error


def _paise(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not an amount")
    return value


def _moment(value: Any) -> datetime:
    return datetime.fromtimestamp(value, UTC)
