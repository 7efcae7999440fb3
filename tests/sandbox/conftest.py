"""One sandbox process per worker, emptied and frozen for each test; one endpoint that hears its webhooks."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import certifi
import httpx
import pytest
import razorpay
import requests

from sandbox.signing import sign
from sandbox.testing import Box, running
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox.stand_in import KEY, StandIn, standing_in

NOON = 1787000000  # epoch seconds at which every test begins


@pytest.fixture(scope="session")
def box_process() -> Iterator[Box]:
    with running() as box:
        yield box


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def box(box_process: Box) -> Box:
    box_process.reset(clock=NOON, freeze=True)
    return box_process


@pytest.fixture
def merchant(box: Box, endpoint: Receiver) -> Receiver:
    """The endpoint, registered for every event."""
    endpoint.move()
    box.control("POST", "/webhooks", {"url": endpoint.url, "secret": box.webhook_secret})
    return endpoint


class RefusedByGateway(Exception):
    """An HTTP error with its whole body, which the SDK would lose."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__(f"{answer.status_code} {answer.text[:200]}")
        self.status = answer.status_code
        self.error = answer.json()["error"]
        self.retry_after = answer.headers.get("Retry-After")


def raise_whole(answer: requests.Response, *_: Any, **__: Any) -> None:
    if answer.status_code >= 400 and "json" in answer.headers.get("Content-Type", ""):
        raise RefusedByGateway(answer)


def make_client(url: str, key_id: str, key_secret: str) -> razorpay.Client:
    session = requests.Session()
    session.trust_env = False
    session.hooks["response"].append(raise_whole)
    client = razorpay.Client(session=session, auth=(key_id, key_secret), base_url=url)
    client.cert_path = certifi.where()
    return client


@pytest.fixture
def sdk(box: Box) -> Iterator[razorpay.Client]:
    client = make_client(box.url, box.key_id, box.key_secret)
    yield client
    client.session.close()


@pytest.fixture
def new_order(sdk: razorpay.Client) -> Callable[..., dict[str, Any]]:
    def make(amount: int = 50000, **fields: Any) -> dict[str, Any]:
        return sdk.order.create({"amount": amount, "currency": "INR", **fields})

    return make


@pytest.fixture
def browser(box: Box) -> Iterator[httpx.Client]:
    """A browser without a script that never leaves the sandbox by itself."""
    with httpx.Client(base_url=box.url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    with standing_in() as portal:
        yield portal


class Phones:
    """The telephony platform of the box, wired to the stand-in, with one account."""

    ban = "BA-100042"

    def __init__(self, box: Box, portal: StandIn) -> None:
        self.box, self.portal = box, portal
        box.control("POST", "/telephony/portal", {"url": portal.url, "key": KEY})
        box.control("POST", "/telephony/lines", {"ban": self.ban, "numbers": ["+918044000001"]})

    def call(self, count: int = 1, **wish: Any) -> list[dict[str, Any]]:
        path = f"/telephony/accounts/{self.ban}/calls"
        return self.box.control("POST", path, {"count": count, **wish})["items"]

    def order(
        self, level: str, sequence: int = 1, /, *, ban: str | None = None, **change: Any
    ) -> httpx.Response:
        """Send a signed order; `at`, `secret`, `raw` and the fields of the body may be changed."""
        at = str(change.pop("at", int(time.time())))
        secret = change.pop("secret", self.box.order_secret)
        body = {
            "order": f"SO-{sequence:06d}",
            "sequence": sequence,
            "level": level,
            "reason": "credit",
            "issued_at": "2026-11-26T10:00:00Z",
        }
        raw = change.pop("raw", None)
        target = f"/telephony/accounts/{ban or self.ban}/service"
        signed_for = change.pop("signed_for", target)
        raw = json.dumps(body | change).encode() if raw is None else raw
        headers = signature(secret, at, "PUT", signed_for, raw)
        return self.box.http.put(self.box.url + target, content=raw, headers=headers)

    def read(self, path: str = "", **params: str) -> httpx.Response:
        url = httpx.URL(f"{self.box.url}/telephony/accounts{path}", params=params)
        target = url.raw_path.decode().removesuffix("?")
        headers = signature(self.box.order_secret, str(int(time.time())), "GET", target, b"")
        return self.box.http.get(url, headers=headers)

    def listed(self, what: str, **params: str) -> list[dict[str, Any]]:
        return self.box.control("GET", f"/telephony/{what}", **params)["items"]

    def fault(self, on: str, kind: str, *, count: int | None = 1, **how: Any) -> dict[str, Any]:
        return self.box.control("POST", "/faults", {"on": on, "count": count, "do": {"kind": kind, **how}})


def signature(secret: str, at: str, method: str, target: str, raw: bytes) -> dict[str, str]:
    signed = f"{at}.{method} {target}.".encode() + raw
    return {"X-Order-Timestamp": at, "X-Order-Signature": sign(secret, signed)}


@pytest.fixture
def phones(box: Box, stand_in: StandIn) -> Phones:
    stand_in.forget()
    return Phones(box, stand_in)
