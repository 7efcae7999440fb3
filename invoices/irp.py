"""The invoice registration portal (IRP): its words end here. It is told a document and gives its IRN and signed QR.

The portal, or a provider in front of it, speaks JSON with a bearer key; the bodies are those of gst reference § 9.
A document is registered once: after a time-out the portal is asked by type, number and date whether it has it.
"""

import atexit
import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NoReturn, Protocol
from zoneinfo import ZoneInfo

import httpx
from django.conf import settings
from django.utils.module_loading import import_string

from billing_portal import text
from billing_portal.unit import outside
from invoices import inv01

TIMEOUT = httpx.Timeout(20, connect=3)  # seconds; the portal signs while one waits
AWAY = (401, 403, 404, 408, 429)  # like all from 500 on: the portal or our key, no document's fault
DUPLICATE, UNKNOWN = "2150", ("2148", "2154")  # "Duplicate IRN"; it has no document like that
PASSING = ("2146", "2147")  # "Unable to create IRN", "to sign": try after some time
SESSION = "1"  # error codes that begin so speak of the sign-in, not of the document
CANCELLED = "CNL"
INDIA = ZoneInfo("Asia/Kolkata")
LONGEST = 20_000  # characters of a token; a signed invoice is longer
LONGEST_INVOICE = 2_000_000


class PortalError(Exception):
    """The portal did not register the document."""


class Unavailable(PortalError):
    """No answer, or none that can be read: it may have registered the document or not."""


class Away(Unavailable):
    """The portal itself is away, busy, or does not let us in: it is not this document's fault."""


class Refused(PortalError):
    """It will not register the document as it is; the text is the portal's own, with its code."""


class Duplicate(PortalError):
    """It has registered a document of this seller, year, type and number before."""


@dataclass(frozen=True)
class Answer:
    """What the portal keeps of a document. `signed_qr` is printed whole; nothing of it is verified yet."""

    irn: str
    ack_number: str
    ack_at: datetime
    signed_qr: str
    signed_invoice: str
    is_cancelled: bool = False


class Portal(Protocol):
    """The face in our words."""

    def register(self, body: str) -> Answer:
        """Register a document. Raises Unavailable, Duplicate, Refused."""

    def find(self, kind: str, number: str, on: date) -> Answer | None:
        """Return what the portal has of a document (INV, CRN, DBN), if it has it. Raises Unavailable, Refused."""


class JsonPortal:
    """POST {EINVOICE_URL}/Invoice and GET {EINVOICE_URL}/Invoice/irnbydocdetails, answers in the portal's envelope."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(timeout=TIMEOUT, trust_env=False, transport=transport)
        atexit.register(self._client.close)  # one a process, kept for its connections

    def register(self, body: str) -> Answer:
        said = self._ask("POST", "/Invoice", content=body.encode())
        if said.get("Status") in (1, "1"):
            return read(said.get("Data"))
        return _refuse(said)

    def find(self, kind: str, number: str, on: date) -> Answer | None:
        params = {"doctype": kind, "docnum": number, "docdate": inv01.day(on)}
        said = self._ask("GET", "/Invoice/irnbydocdetails", params=params)
        if said.get("Status") in (1, "1"):
            return read(said.get("Data"))
        if _errors(said) and all(code in UNKNOWN for code, _words in _errors(said)):
            return None
        return _refuse(said)

    @outside
    def _ask(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        """Return the envelope of an answer. Raises Unavailable."""
        headers = {
            "Authorization": f"Bearer {settings.EINVOICE_KEY}",
            "gstin": settings.SUPPLIER["gstin"],
            "Content-Type": "application/json",
        }
        try:
            answer = self._client.request(method, settings.EINVOICE_URL + path, headers=headers, **parts)
        except httpx.HTTPError as error:
            raise Away(type(error).__name__) from None
        if answer.status_code in AWAY or answer.is_redirect or answer.is_server_error:
            raise Away(str(answer.status_code))
        try:
            said = answer.json()
        except (ValueError, RecursionError):
            raise Away(f"{answer.status_code}, an answer that is no JSON") from None
        if not isinstance(said, dict) or "Status" not in said:
            raise Unavailable(f"{answer.status_code}, an answer of another shape")
        return said


def read(data: Any) -> Answer:
    """Read what an envelope carries, an object or its JSON text. Raises Unavailable."""
    try:
        said = json.loads(data) if isinstance(data, str) else data
        return Answer(
            irn=_word(said["Irn"], 64),
            ack_number=_word(str(said["AckNo"]), 20),
            ack_at=moment(said["AckDt"]),
            signed_qr=_word(said["SignedQRCode"], LONGEST),
            signed_invoice=_word(said["SignedInvoice"], LONGEST_INVOICE),
            is_cancelled=said.get("Status") == CANCELLED,
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unavailable(f"an answer that cannot be read: {type(error).__name__}") from None


def moment(said: str) -> datetime:
    """Read a moment as the portal writes it, 2026-10-31 18:02:11 in India. Raises ValueError, TypeError."""
    return datetime.strptime(said, "%Y-%m-%d %H:%M:%S").replace(tzinfo=INDIA)


def _word(said: Any, most: int) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= most or not said.isascii() or not said.isprintable():
        raise ValueError("a word of another shape")
    return said


def _errors(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the portal names as wrong, as (code, words) fit to be shown."""
    rows = said.get("ErrorDetails")
    return [
        (text.plain(row.get("ErrorCode") or "", 10), text.plain(row.get("ErrorMessage") or "", 200))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def _refuse(said: dict[str, Any]) -> NoReturn:
    """Raise what a refusal means."""
    errors = _errors(said)
    if not errors:
        raise Unavailable("it refused without a word")
    code, words = errors[0]
    if code.startswith(SESSION):
        raise Away(f"{code} {words}")
    if code in PASSING:
        raise Away(f"{code} {words}")
    if any(code == DUPLICATE for code, _words in errors):
        raise Duplicate(words)
    raise Refused("; ".join(f"{code} {words}".strip() for code, words in errors)[:300])


def portal() -> Portal:
    """Return the portal that the settings name."""
    return _made(settings.EINVOICE_PROVIDER)


@cache
def _made(name: str) -> Portal:
    made: Portal = import_string(name)()
    return made
