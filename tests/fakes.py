"""A gateway in memory, for tests about something else; signatures are the real ones.

Journeys and the acceptance list use the sandbox over HTTP instead.
"""

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field, replace

from django.conf import settings

from payments.gateways import GatewayPayment, Refused, State, Unavailable
from payments.gateways.razorpay import Razorpay
from payments.models import Payment
from tests import build
from tests.fake_disputes import Disputed, FakeDisputes
from tests.fake_lists import FakeLists, Listed
from tests.fake_mandates import FakeMandates, Mandated
from tests.fake_refunds import FakeRefunds, Refunds
from tests.fake_virtual_accounts import BankAccounts, FakeVirtualAccounts


@dataclass
class World:
    """What the gateway holds, and how it feels today."""

    receipts: dict[str, str] = field(default_factory=dict)  # order id → our number
    payments: dict[str, list[GatewayPayment]] = field(default_factory=dict)
    created: int = 0
    fails: list[str] = field(
        default_factory=list
    )  # calls that time out: "create", "create-after", "payments", …
    lock: threading.Lock = field(default_factory=threading.Lock)
    banks: BankAccounts = field(default_factory=BankAccounts)  # virtual accounts and what arrives there
    listed: Listed = field(default_factory=Listed)  # refunds, settlements, downtimes
    disputed: Disputed = field(default_factory=Disputed)
    given: Refunds = field(default_factory=Refunds)  # refunds
    mandated: Mandated = field(default_factory=Mandated)  # customers, registration orders, tokens

    def pays(self, payment: Payment, **fields: object) -> GatewayPayment:
        """The customer pays an order, as told by `fields`."""
        report = build.report(payment, **fields)
        with self.lock:
            self.receipts.setdefault(payment.gateway_order_id, payment.number)
            attempts = self.payments.setdefault(payment.gateway_order_id, [])
            attempts[:] = [a for a in attempts if a.payment_id != report.payment_id] + [report]
        return report


class FakeGateway(FakeVirtualAccounts, FakeDisputes, FakeRefunds, FakeLists, FakeMandates, Razorpay):
    """Razorpay's own reading and signing over a world in memory."""

    world = World()

    def create_order(self, number: str, amount: int) -> str:
        self._feel("create")
        with self.world.lock:
            self.world.created += 1
            order_id = f"order_{self.world.created:014}"
            self.world.receipts[order_id] = number
        self._feel("create-after")
        return order_id

    def find_order(self, number: str) -> str | None:
        self._feel("find")
        return next((order for order, receipt in self.world.receipts.items() if receipt == number), None)

    def receipt_of(self, order_id: str) -> str:
        self._feel("receipt")
        if order_id not in self.world.receipts:
            raise Refused("400: The id provided does not exist", unknown_id=True)
        return self.world.receipts[order_id]

    def order_payments(self, order_id: str) -> list[GatewayPayment]:
        self._feel("payments")
        return list(self.world.payments.get(order_id, []))

    def fetch(self, payment_id: str) -> GatewayPayment:
        self._feel("fetch")
        if payment_id in self.world.banks.payments:
            return self.world.banks.payments[payment_id]
        for report in (r for reports in self.world.payments.values() for r in reports):
            if report.payment_id == payment_id:
                return report
        raise Refused("400: The id provided does not exist", unknown_id=True)

    def capture(self, payment: GatewayPayment) -> GatewayPayment:
        self._feel("capture")
        captured = replace(payment, state=State.CAPTURED, was_captured=True)
        attempts = self.world.payments[payment.order_id]
        attempts[attempts.index(payment)] = captured
        return captured

    def _feel(self, call: str) -> None:
        if call in self.world.fails:
            self.world.fails.remove(call)
            raise Unavailable(f"time-out in {call}")


def event(report: GatewayPayment, name: str = "payment.captured") -> bytes:
    """The raw body of an event about a payment."""
    entity = {
        "id": report.payment_id,
        "entity": "payment",
        "amount": report.amount,
        "currency": report.currency,
        "status": str(report.state),
        "order_id": report.order_id,
        "method": report.method,
        "created_at": int(report.created_at.timestamp()),
    }
    body = {
        "entity": "event",
        "event": name,
        "contains": ["payment"],
        "payload": {"payment": {"entity": entity}},
    }
    return json.dumps(body | {"created_at": 1787000125}, separators=(",", ":")).encode()


def sign(body: bytes, secret: str | None = None) -> str:
    """The header that the gateway sends with a body."""
    key = settings.RAZORPAY_WEBHOOK_SECRET if secret is None else secret
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def sign_return(order_id: str, payment_id: str) -> str:
    """The signature that the browser brings back from a good checkout."""
    return hmac.new(
        settings.RAZORPAY_KEY_SECRET.encode(), f"{order_id}|{payment_id}".encode(), hashlib.sha256
    ).hexdigest()
