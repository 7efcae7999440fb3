"""The real gateway contract: the official SDK over HTTP to the sandbox, and its signed webhooks over HTTP to us."""

import time
import uuid
from datetime import timedelta
from fnmatch import fnmatch

import pytest

from billing_portal import clock, nudge
from payments import follow_up, recharge, webhooks
from payments.models import WebhookEvent
from sandbox.testing import running
from tests import build

LATE = 1.6  # seconds; who waits one second has a time-out


def _answer(status, *, commit, **words):
    return [{"kind": "answer", "status": status, "commit": commit, **words}]


# How a write may go wrong, each where it can be with the thing done and not done (gateway contract § 20.7).
# fmt: off
FAILURES = {
    "409":          _answer(409, commit=False),
    "429":          _answer(429, commit=False),
    "500-not":      _answer(500, commit=False),
    "500-done":     _answer(500, commit=True),
    "502-not":      _answer(502, commit=False, body="html"),
    "503-done":     _answer(503, commit=True),
    "504-done":     _answer(504, commit=True, body="empty"),
    "200-empty":    _answer(200, commit=True, body="empty"),
    "reset-not":    [{"kind": "reset", "commit": False}],
    "reset-done":   [{"kind": "reset", "commit": True}],
    "time-out-not": [{"kind": "delay", "seconds": LATE, "commit": False}, {"kind": "reset", "commit": False}],
    "time-out-done": [{"kind": "delay", "seconds": LATE, "commit": True}],
}
# fmt: on
each_failure = pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)


@pytest.fixture(scope="session")
def sandbox_process():
    with running() as box:
        yield box


class Outside:
    """The gateway as its customer and its dispatcher, and our jobs as a worker would run them."""

    def __init__(self, box, server_url, client):
        self.box, self.client = box, client
        self.webhook = box.control("POST", "/webhooks", {"url": f"{server_url}/gateway/webhook/"})

    def start(self, rupees=1500, account=None):
        """A customer who has come as far as the checkout: a payment with a real order."""
        account = account or build.account()
        payment = recharge.start(
            account, build.paise(rupees), token=uuid.uuid4(), user=build.owner(account), now=clock.now()
        )
        return recharge.open_order(payment, now=clock.now())

    def pay(self, payment, **wish):
        """Pay (or fail to) without a page; return what the browser would bring back."""
        made = self.box.control("POST", f"/orders/{payment.gateway_order_id}/pay", {"method": "upi", **wish})
        return made["return"] | {"id": made["payment"]["id"]}

    def come_back(self, fields):
        fields = {key: value for key, value in fields.items() if key.startswith("razorpay_")}
        return self.client.post("/gateway/return/", fields)

    def deliver(self, *, later=timedelta(0)):
        """Let the dispatcher finish, then handle what it brought."""
        self.box.drain()
        while webhooks.handle_due(now=clock.now() + later):
            pass

    def sweep(self, *, later=timedelta(minutes=1)):
        """Run the follow-up as it would run after so long."""
        return follow_up.follow_up(now=clock.now() + later)

    def fault(self, **rule):
        return self.box.control("POST", "/faults", rule)

    def breaks(self, method, path, failure):
        """Let the next call go wrong, as a row of FAILURES says."""
        for effect in failure:
            self.fault(on="request", method=method, path=path, do=effect)

    def calls(self, method, path):
        """The calls that came in over the wire, oldest first."""
        log = self.box.control("GET", "/log", method=method, count="1000")["items"]
        return [entry for entry in reversed(log) if fnmatch(entry["path"], path)]

    def events(self):
        return WebhookEvent.objects.count()


@pytest.fixture
def outside(sandbox_process, live_server, settings, client):
    box = sandbox_process
    box.reset(seed=7)
    box.control("DELETE", "/webhooks")
    settings.RAZORPAY_URL, settings.SITE_URL = box.url, live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    nudge._last["payments.tasks.handle_events"] = nudge._last["payments.tasks.follow_up"] = (
        time.monotonic() + 1e6
    )
    yield Outside(box, live_server.url, client)
    nudge._last.clear()
    box.control("POST", "/reset", {})
