"""The SMS provider: its words end here. Signed reports are read here too; phone numbers are never logged.

A message is accepted once per reference of ours. After a crash the provider is asked whether it has it.
"""

import atexit
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

import httpx
from django.conf import settings
from django.utils.module_loading import import_string

from billing_portal import text
from billing_portal.unit import outside

AWAY = (408, 429, 502, 503, 504)
TIMEOUT = httpx.Timeout(10, connect=3)  # seconds


class SmsError(Exception):
    """The provider did not take the message; the text carries no phone number."""


class Unavailable(SmsError):
    """No answer, or a busy one: it may have the message or not."""


class Away(Unavailable):
    """The provider itself is away or busy: it is not this message's fault."""


class Refused(SmsError):
    """It will not take the message as it is."""


class NotAReport(ValueError):
    """A signed call that is no delivery report as we know them."""


@dataclass(frozen=True)
class Message:
    reference: str  # ours, up to 64 characters
    to: str  # E.164
    template_id: str
    text: str


@dataclass(frozen=True)
class Report:
    """What became of a message."""

    report_id: str
    reference: str
    is_delivered: bool
    reason: str
    at: datetime


class Provider(Protocol):
    """The face in our words."""

    def send(self, message: Message) -> str:
        """Hand a message over; return the provider's id. Raises Unavailable, Refused."""

    def find(self, reference: str) -> str | None:
        """Return the provider's id of the message of a reference, if it has it. Raises Unavailable, Refused."""

    def report_is_genuine(self, body: bytes, signature: str) -> bool:
        """Say whether the provider signed a call with the present or the previous secret."""

    def read_report(self, body: bytes) -> Report:
        """Translate a report. Raises NotAReport."""


class JsonProvider:
    """A provider that speaks JSON with a bearer key: POST and GET {SMS_URL}/v1/messages, signed reports back."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(timeout=TIMEOUT, trust_env=False, transport=transport)
        atexit.register(self._client.close)  # one a process, kept for its connections

    def send(self, message: Message) -> str:
        body = {
            "reference": message.reference,
            "to": message.to,
            "sender": settings.SMS_SENDER,
            "template_id": message.template_id,
            "text": message.text,
        }
        return str(self._ask("POST", json=body)["id"])

    def find(self, reference: str) -> str | None:
        items = self._ask("GET", params={"reference": reference})["items"]
        return next((str(item["id"]) for item in items if item["reference"] == reference), None)

    @outside
    def _ask(self, method: str, **said: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {settings.SMS_KEY}"}
        try:
            answer = self._client.request(method, f"{settings.SMS_URL}/v1/messages", headers=headers, **said)
        except httpx.HTTPError as error:
            raise Away(type(error).__name__) from None
        if answer.status_code in AWAY:
            raise Away(str(answer.status_code))
        if answer.status_code >= 500:
            raise Unavailable(str(answer.status_code))
        if not answer.is_success:
            raise Refused(str(answer.status_code))
        try:
            return answer.json()
        except ValueError:
            raise Unavailable("an answer that is no JSON") from None

    def report_is_genuine(self, body: bytes, signature: str) -> bool:
        secrets = (settings.SMS_WEBHOOK_SECRET, settings.SMS_WEBHOOK_SECRET_PREVIOUS)
        made = [hmac.new(key.encode(), body, hashlib.sha256).hexdigest().encode() for key in secrets if key]
        said = signature.encode("utf-8", "replace")
        return any(hmac.compare_digest(one, said) for one in made)

    def read_report(self, body: bytes) -> Report:
        try:
            said = json.loads(body)
            at, status = said["at"], said["status"]
            if type(at) is not int or status not in ("delivered", "failed"):
                raise NotAReport("at or status")
            return Report(
                report_id=_id(said["report_id"]),
                reference=_id(said["reference"]),
                is_delivered=status == "delivered",
                reason=text.plain(said.get("reason") or "", 100),
                at=datetime.fromtimestamp(at, UTC),
            )
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError) as error:
            raise NotAReport(type(error).__name__) from None


def _id(said: object) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= 64 or not said.isascii() or not said.isprintable():
        raise NotAReport("an id")
    return said


def provider() -> Provider:
    """Return the provider that the settings name."""
    return _made(settings.SMS_PROVIDER)


@cache
def _made(name: str) -> Provider:
    made: Provider = import_string(name)()
    return made
