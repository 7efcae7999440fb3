"""The telephony platform's face: it is told levels, and asked which ones hold. Signed HTTP; its words end here.

An order goes out as `PUT …/telephony/accounts/{ban}/service`, signed with HMAC-SHA256 over
"timestamp.METHOD target.body", so that no request can be sent again to another account.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings

from accounts.levels import OPEN
from billing_portal.unit import outside

TIMEOUT = httpx.Timeout(5, connect=2)  # seconds
PAGE = 500


class PlatformAway(Exception):
    """The platform did not answer, or not as its contract says: whether it obeyed is not known."""


@dataclass(frozen=True)
class Held:
    """What holds at the platform: an account's level, and the sequence of the order that made it."""

    ban: str
    level: str
    sequence: int


@outside
def order(ban: str, level: str, *, sequence: int, number: str, reason: str, ordered_at: datetime) -> Held:
    """Order a level; return what holds at the platform afterwards. Raises PlatformAway.

    Sending again changes nothing; an order with a lower sequence than the last one changes nothing either.
    """
    body = {
        "order": number,
        "sequence": sequence,
        "level": level,
        "reason": reason,
        "issued_at": ordered_at.isoformat(),
    }
    return _held(_ask("PUT", f"/telephony/accounts/{ban}/service", body))


@outside
def levels() -> Iterator[Held]:
    """Yield what holds for every account that the platform knows, page by page. Raises PlatformAway."""
    after: str | None = ""
    while after is not None:
        page = _ask("GET", f"/telephony/accounts?limit={PAGE}&after={after}")
        rows = page.get("accounts") if isinstance(page, dict) else None
        if not isinstance(rows, list):
            raise PlatformAway("the list of accounts has another shape")
        yield from map(_held, rows)
        after = page.get("next")


def signature(timestamp: str, method: str, target: str, body: bytes) -> str:
    """Return the hex HMAC-SHA256 of "timestamp.METHOD target.body" with the shared secret."""
    signed = f"{timestamp}.{method} {target}.".encode() + body
    return hmac.new(settings.TELEPHONY_SECRET.encode(), signed, hashlib.sha256).hexdigest()


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    raw = json.dumps(body).encode() if body else b""
    stamp = str(int(time.time()))  # the age of a request, not a business time
    headers = {
        "X-Order-Timestamp": stamp,
        "X-Order-Signature": signature(stamp, method, path, raw),
        "Content-Type": "application/json",
    }
    try:
        answer = httpx.request(
            method, settings.TELEPHONY_URL + path, content=raw, headers=headers, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPStatusError as error:
        raise PlatformAway(f"answered {error.response.status_code}") from error
    except (httpx.HTTPError, ValueError) as error:
        raise PlatformAway(type(error).__name__) from error


def _held(row: Any) -> Held:
    try:
        ban, level, sequence = row["ban"], row["level"], row["sequence"]
    except (KeyError, TypeError):
        raise PlatformAway("an account has another shape") from None
    if not isinstance(ban, str) or level not in OPEN or type(sequence) is not int:
        raise PlatformAway("an account has another shape")
    return Held(ban, level, sequence)
