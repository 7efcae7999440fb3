"""The wire to Razorpay: the SDK with time-outs, errors that keep the HTTP status, and ids checked before use.

Nothing is repeated by itself. Only this module knows the library; the modules of `Razorpay` share what is here.
"""

import hmac
import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

import certifi
import requests
from django.conf import settings
from razorpay import Client as Client
from requests.adapters import HTTPAdapter

from billing_portal import text
from billing_portal.unit import outside
from payments.gateways import NotAnId, Refused, Unavailable

T = TypeVar("T")
TIMEOUT = (3.05, 10)  # seconds to connect, to answer
ID = re.compile(r"(pay|order|rfnd|cust|token|va|bt|ut|setl|disp|down|adj|doc|notification)_[A-Za-z0-9]{14}")
BUSY = (409, 429)


class HTTPError(Exception):
    """An answer of 400 or above, with what the SDK's own exceptions lose."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        self.status, self.description = status, str(error.get("description"))
        reason = error.get("reason")
        self.reason = reason[:60] if isinstance(reason, str) else ""
        super().__init__(f"{status} {error.get('code')} {error.get('reason')}: {self.description}")

    @property
    def is_busy(self) -> bool:
        """Whether another call on the same thing is under way: a 400, but to be tried again."""
        return "operation is in progress" in self.description


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


def make_client() -> Client:
    """Return the SDK with our time-outs and errors; one per use, its session is not shared between threads."""
    session = requests.Session()
    session.trust_env = False
    session.hooks["response"].append(_raise_full)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Timeout())
    keys = (settings.RAZORPAY_KEY_ID, settings.RAZORPAY_KEY_SECRET)
    client = Client(session=session, auth=keys, base_url=settings.RAZORPAY_URL)
    client.cert_path = certifi.where()
    return client


@outside
def ask(question: Callable[[], T]) -> T:
    """Ask the gateway. Raises Refused or Unavailable, with what it said."""
    try:
        answer = question()
    except HTTPError as error:
        if error.status in BUSY or error.status >= 500 or error.status == 401 or error.is_busy:
            raise Unavailable(str(error)) from error
        unknown_id = "does not exist" in error.description
        raise Refused(str(error), unknown_id=unknown_id, reason=error.reason) from error
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


def checked_id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise NotAnId("not an id of the gateway")
    return value


def word(value: Any, most: int = 20) -> str:
    """A word of theirs on one line, without what cannot be seen, no longer than its column."""
    return text.plain(value or "", most)


def id_or_empty(value: Any) -> str:
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


def is_signed(message: bytes, signature: str, secret: str) -> bool:
    if not secret:
        return False
    want = hmac.new(secret.encode(), message, sha256).hexdigest()
    return hmac.compare_digest(want.encode(), signature.encode("utf-8", "replace"))


def entity_of(call: dict[str, Any], name: str) -> dict[str, Any]:
    payload = call.get("payload")
    holder = payload.get(name) if isinstance(payload, dict) else None
    entity = holder.get("entity") if isinstance(holder, dict) else None
    return entity if isinstance(entity, dict) else {}


def json_object(said: str) -> dict[str, Any]:
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
