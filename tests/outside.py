"""The real gateway contract: the official SDK over HTTP to the sandbox, and its signed webhooks over HTTP to us."""

import time
import uuid
from datetime import timedelta

import pytest

from billing_portal import clock, nudge
from payments import follow_up, recharge, webhooks
from payments.models import WebhookEvent
from sandbox.testing import running
from tests import build


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
