"""One sandbox process per worker, emptied and frozen for each test; one endpoint that hears its webhooks."""

from collections.abc import Callable, Iterator
from typing import Any

import certifi
import httpx
import pytest
import razorpay
import requests

from sandbox.testing import Box, running
from tests.sandbox.receiver import Receiver, receiving

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
