"""Signatures, as the gateway makes them: lower-case hex of HMAC-SHA256."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any


def sign(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def sign_payment(key_secret: str, order_id: str, payment_id: str) -> str:
    """Sign what checkout hands back to the merchant."""
    return sign(key_secret, f"{order_id}|{payment_id}".encode())


def _compact(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _escaped(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/")


def _spaced(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


STYLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "compact": _compact,
    "escaped": _escaped,
    "spaced": _spaced,
}


def serialise(body: dict[str, Any], style: str) -> bytes:
    """Return the bytes of a webhook body; they are signed and sent as they are, never made again."""
    return STYLES[style](body).encode()
