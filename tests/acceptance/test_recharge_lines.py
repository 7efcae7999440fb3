"""The recharge lines of the gateway contract's acceptance list, through the SDK and real HTTP webhooks."""

from datetime import timedelta

import pytest

from accounts.models import Entry, Notice
from invoices.models import Document
from payments import recharge, webhooks
from payments.gateways import GatewayError
from payments.models import ParkedReport, Payment, WebhookEvent
from tests.build import paise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(120)]

CAPTURED, FAILED, CREATED = Payment.Status.CAPTURED, Payment.Status.FAILED, Payment.Status.CREATED
METHODS = ("upi", "card", "netbanking", "wallet")


@pytest.fixture
def status():
    def read(payment):
        return Payment.objects.get(pk=payment.pk).status

    return read


def one_credit(payment):
    """The whole effect of one payment of ₹1,500 with nothing due, once."""
    payment.refresh_from_db()
    assert payment.status == CAPTURED
    assert Entry.objects.count() == 1
    assert Document.objects.get().total == paise(1500)
    assert Notice.objects.filter(name="payment-received").count() == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_recharge_by_each_method(outside, method):
    payment = outside.start()

    outside.pay(payment, method=method)
    outside.deliver()

    one_credit(payment)
    payment.refresh_from_db()
    assert payment.method == method
    assert payment.instrument


def test_a_closed_tab_is_settled_by_the_webhook(outside):
    payment = outside.start()

    outside.pay(payment)
    outside.deliver()

    one_credit(payment)
    assert outside.events() == 3


def test_a_closed_tab_without_webhook_is_settled_by_the_follow_up(outside):
    outside.box.control("DELETE", "/webhooks")
    payment = outside.start()

    outside.pay(payment)
    outside.sweep()

    one_credit(payment)


def test_the_return_before_the_webhook(outside):
    payment = outside.start()
    outside.box.control("POST", "/webhooks/hold")
    back = outside.pay(payment)

    outside.come_back(back)
    one_credit(payment)
    outside.box.control("POST", "/webhooks/release", {})
    outside.deliver()

    one_credit(payment)


def test_the_return_after_the_webhook(outside):
    payment = outside.start()
    back = outside.pay(payment)
    outside.deliver()

    answer = outside.come_back(back)

    assert answer.status_code == 303
    one_credit(payment)


def test_the_return_without_any_webhook(outside):
    outside.box.control("DELETE", "/webhooks")
    payment = outside.start()

    outside.come_back(outside.pay(payment))

    one_credit(payment)


@pytest.mark.parametrize("order", ["release", "shuffle"])
def test_three_events_and_the_return_are_one_credit(outside, order):
    payment = outside.start()
    outside.box.control("POST", "/webhooks/hold")
    back = outside.pay(payment)
    outside.come_back(back)

    outside.box.control("POST", f"/webhooks/{order}", {"order": "reverse"} if order == "release" else {})
    outside.deliver()
    outside.come_back(back)

    one_credit(payment)
    assert outside.events() == 3


@pytest.mark.parametrize("kind", ["duplicate", "duplicate_new_id"])
def test_repeated_events_are_one_credit(outside, kind):
    outside.fault(on="event", count=None, do={"kind": kind, "times": 3})
    payment = outside.start()

    outside.pay(payment)
    outside.deliver()

    one_credit(payment)


def test_a_failure_then_a_success_on_the_same_order(outside, status):
    payment = outside.start()
    outside.pay(payment, outcome="fail", reason="insufficient_funds")
    outside.deliver()
    assert status(payment) == FAILED

    outside.pay(payment)
    outside.deliver()

    one_credit(payment)


def test_a_late_authorisation_is_taken_in(outside, status):
    payment = outside.start()
    made = outside.pay(payment, outcome="pending")
    outside.box.advance("PT11M")
    outside.deliver()
    assert status(payment) == FAILED

    outside.box.advance("P2D")
    outside.box.control("POST", f"/payments/{made['id']}/authorize-late", {})
    outside.deliver(later=timedelta(days=2))

    one_credit(payment)


def test_a_second_success_that_the_gateway_gives_back_is_no_second_credit(outside):
    payment = outside.start()
    late = outside.pay(payment, outcome="pending")
    outside.box.advance("PT11M")
    outside.pay(payment)
    outside.deliver()
    one_credit(payment)

    outside.box.control("POST", f"/payments/{late['id']}/authorize-late", {})
    outside.deliver(later=timedelta(minutes=1))

    one_credit(payment)
    assert not ParkedReport.objects.exists()


@pytest.mark.parametrize("fields", [{"amount": 100}, {"currency": "USD"}])
def test_a_wrong_amount_or_currency_is_parked(outside, fields):
    payment = outside.start()

    outside.pay(payment, **fields)
    outside.deliver()

    assert ParkedReport.objects.get().kind == next(iter(fields))
    assert not Entry.objects.exists()


WRITES = [
    pytest.param(
        {"kind": "answer", "status": status, "commit": commit}, id=f"{status}-{'done' if commit else 'not'}"
    )
    for status in (409, 429, 500, 502, 503, 504)
    for commit in ([False] if status in (409, 429) else [False, True])
] + [
    pytest.param({"kind": "answer", "status": 503, "body": "html", "commit": False}, id="503-html"),
    pytest.param({"kind": "answer", "status": 200, "body": "empty", "commit": True}, id="200-empty"),
    pytest.param({"kind": "reset", "commit": False}, id="reset-not"),
    pytest.param({"kind": "reset", "commit": True}, id="reset-done"),
]


@pytest.mark.parametrize("effect", WRITES)
def test_whatever_happens_to_the_making_of_an_order_there_is_one(outside, effect):
    outside.fault(on="request", method="POST", path="/v1/orders", do=effect)
    payment = None
    try:
        payment = outside.start()
    except GatewayError:
        payment = recharge.open_order(
            Payment.objects.get(), now=Payment.objects.get().started_at + timedelta(minutes=1)
        )

    made = [
        call
        for call in outside.box.control("GET", "/log")["items"]
        if call["method"] == "POST" and call["path"] == "/v1/orders"
    ]
    orders = outside.box.http.get(
        f"{outside.box.url}/v1/orders", auth=(outside.box.key_id, outside.box.key_secret)
    ).json()
    assert orders["count"] == 1, made
    assert payment.gateway_order_id == orders["items"][0]["id"]
    outside.pay(payment)
    outside.deliver()
    one_credit(payment)


def test_a_time_out_of_the_making_of_an_order_leaves_one(outside, monkeypatch):
    monkeypatch.setattr("payments.gateways.wire.TIMEOUT", (1, 0.5))
    outside.fault(
        on="request", method="POST", path="/v1/orders", do={"kind": "delay", "seconds": 1.2, "commit": True}
    )

    payment = outside.start()

    orders = outside.box.http.get(
        f"{outside.box.url}/v1/orders", auth=(outside.box.key_id, outside.box.key_secret)
    ).json()
    assert [order["id"] for order in orders["items"]] == [payment.gateway_order_id]


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_gateway_that_cannot_be_asked_changes_nothing_until_it_can(outside, status):
    payment = outside.start()
    outside.fault(
        on="request", method="GET", path="/v1/orders/*", count=None, do={"kind": "answer", "status": status}
    )
    back = outside.pay(payment)
    outside.come_back(back)
    outside.deliver()
    assert not Entry.objects.exists()

    outside.box.control("DELETE", "/faults")
    outside.deliver(later=timedelta(hours=1))

    one_credit(payment)


def test_a_day_of_outage_and_a_disabled_address_lose_nothing(outside, live_server, settings):
    outside.box.control("DELETE", "/webhooks")
    dead = outside.box.control("POST", "/webhooks", {"url": "http://127.0.0.1:9/gateway/webhook/"})
    payments = [outside.start() for _ in range(3)]
    for payment in payments:
        outside.pay(payment)
    outside.box.drain()
    outside.box.advance("PT25H")
    hooks = outside.box.control("GET", "/webhooks")
    assert hooks["alerts"]
    assert not Entry.objects.exists()

    outside.sweep(later=timedelta(hours=25))

    assert Entry.objects.count() == Document.objects.count() == 3
    outside.box.control("DELETE", f"/webhooks/{dead['id']}")
    outside.box.control("POST", "/webhooks", {"url": f"{live_server.url}/gateway/webhook/"})
    for event in outside.box.control("GET", "/events")["items"]:
        outside.box.control("POST", f"/events/{event['id']}/send", {})
    outside.deliver(later=timedelta(hours=25))
    assert Entry.objects.count() == Document.objects.count() == 3
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


def test_a_rotated_secret_with_old_events_in_flight(outside, settings):
    payment = outside.start()
    outside.box.control("POST", "/webhooks/hold")
    outside.pay(payment)
    rotated = outside.box.control(
        "POST", f"/webhooks/{outside.webhook['id']}/rotate-secret", {"secret": "sandbox_webhook_secret_2"}
    )
    assert rotated["id"] == outside.webhook["id"]
    settings.RAZORPAY_WEBHOOK_SECRET_PREVIOUS = settings.RAZORPAY_WEBHOOK_SECRET
    settings.RAZORPAY_WEBHOOK_SECRET = "sandbox_webhook_secret_2"

    outside.box.control("POST", "/webhooks/release", {})
    outside.deliver()
    other = outside.start()
    outside.pay(other)
    outside.deliver()

    assert Entry.objects.count() == 2
    assert outside.events() == 6


def test_a_rolled_api_key_stops_calls_until_it_is_set_and_loses_nothing(outside, settings):
    payment = outside.start()
    outside.pay(payment)
    keys = outside.box.control("POST", "/keys/rotate", {})
    outside.deliver()
    assert not Entry.objects.exists()

    settings.RAZORPAY_KEY_ID, settings.RAZORPAY_KEY_SECRET = keys["id"], keys["secret"]
    outside.deliver(later=timedelta(hours=1))

    one_credit(payment)


@pytest.mark.parametrize("kind", ["bad_signature", "missing_signature", "tampered"])
def test_a_call_that_is_not_genuine_changes_nothing(outside, kind):
    outside.fault(on="attempt", count=None, do={"kind": kind})
    payment = outside.start()

    outside.pay(payment)
    outside.deliver()

    assert outside.events() == 0
    assert not Entry.objects.exists()


def test_every_odd_shape_of_an_event_is_answered_and_money_is_taken_in_once(outside):
    from sandbox.odd_shapes import SHAPES

    for shape in SHAPES:
        outside.fault(on="event", do={"kind": "shape", "shape": shape})
    payments = [outside.start() for _ in range(len(SHAPES) // 3 + 1)]
    for payment in payments:
        outside.pay(payment)
    outside.deliver()
    outside.sweep()

    assert Payment.objects.filter(status=CAPTURED).count() == len(payments) == Entry.objects.count()
    assert not WebhookEvent.objects.filter(handled_at=None, parked_at=None).exists()


def test_a_worker_that_dies_between_store_and_handling_is_made_up_for(outside, monkeypatch):
    payment = outside.start()
    outside.pay(payment)
    outside.box.drain()
    webhooks._claim(payment.started_at + timedelta(minutes=1), 100)

    outside.deliver(later=timedelta(minutes=10))

    one_credit(payment)


def test_a_card_that_cannot_be_asked_for_does_not_hold_the_money_up(outside):
    payment = outside.start()
    outside.fault(
        on="request", method="GET", path="/v1/payments/*", count=None, do={"kind": "answer", "status": 503}
    )

    outside.pay(payment, method="card")
    outside.deliver()

    one_credit(payment)
    payment.refresh_from_db()
    assert payment.instrument == "Card"
