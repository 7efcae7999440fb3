"""Webhooks: nothing unsigned changes anything, nothing signed is lost, nothing takes effect twice."""

import json
import random
import time
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Entry, Notice
from billing_portal import nudge
from billing_portal.cache import ForgivingRedisCache
from invoices.models import Document
from payments import recharge, webhooks
from payments.models import ParkedReport, Payment, WebhookEvent
from tests import build, fakes
from tests.build import NOW

pytestmark = pytest.mark.django_db
URL = "/gateway/webhook/"


def post(client, body, signature=None, event_id="evt_1"):
    headers = {"X-Razorpay-Signature": fakes.sign(body) if signature is None else signature}
    if event_id is not None:
        headers["X-Razorpay-Event-Id"] = event_id
    return client.post(URL, body, content_type="application/json", headers=headers)


@pytest.fixture
def paid(world):
    payment = build.payment(build.account(), 1500)
    return payment, world.pays(payment)


def test_a_signed_event_is_stored_then_handled_then_marked(client, paid):
    payment, report = paid

    assert post(client, fakes.event(report)).status_code == 200
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CREATED

    webhooks.handle_due(now=NOW + timedelta(days=1))

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED
    assert WebhookEvent.objects.get().handled_at


def test_three_events_and_their_repeats_are_one_credit(client, paid):
    _payment, report = paid
    for number, name in enumerate(("payment.authorized", "payment.captured", "order.paid")):
        for event_id in (f"evt_{number}", f"evt_{number}", f"new_{number}"):
            assert post(client, fakes.event(report, name), event_id=event_id).status_code == 200

    webhooks.handle_due(now=NOW + timedelta(days=1))

    assert WebhookEvent.objects.count() == 3
    assert Entry.objects.count() == Document.objects.count() == 1
    assert Notice.objects.filter(name="payment-received").count() == 1


def test_the_address_works_with_and_without_slash(client, paid):
    body = fakes.event(paid[1])

    answer = client.post(
        "/gateway/webhook",
        body,
        content_type="application/json",
        headers={"X-Razorpay-Signature": fakes.sign(body)},
    )

    assert answer.status_code == 200


def test_an_event_under_the_previous_secret_is_accepted(client, paid, settings):
    settings.RAZORPAY_WEBHOOK_SECRET_PREVIOUS = "sandbox_webhook_secret_0"
    body = fakes.event(paid[1])

    assert post(client, body, fakes.sign(body, "sandbox_webhook_secret_0")).status_code == 200
    assert post(client, body + b" ", fakes.sign(body + b" ", "")).status_code == 400


@pytest.mark.parametrize(
    ("secret", "text", "signature"),
    [
        (
            "sandbox_webhook_secret_1",
            '{"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_Qa9Z8y7X6w5V4u",'
            '"amount":50000,"notes":[],"description":"café / ₹500"}}},"created_at":1787000125}',
            "db2f19b664c250c587c1459a87492b7668ed31e77e0ac14e219301d888d323a2",
        ),
        (
            "sandbox_webhook_secret_1",
            r'{"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_Qa9Z8y7X6w5V4u",'
            r'"amount":50000,"notes":[],"description":"caf\u00e9 \/ \u20b9500"}}},"created_at":1787000125}',
            "dfe5048418656c8ebc31c77da9c7cb43ba98cc55bd7ec222068a9b4b39554be4",
        ),
    ],
)
def test_the_published_signatures_are_over_the_raw_bytes(client, world, settings, secret, text, signature):
    settings.RAZORPAY_WEBHOOK_SECRET = secret

    assert post(client, text.encode(), signature).status_code == 200


def malformed(body, report, luck):
    """One forged, altered, replayed-with-changes or malformed call: body, headers."""
    good = fakes.sign(body)
    other = luck.choice(
        [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"{" * 500, b'{"event":', b"a" * luck.randrange(1, 3000)]
    )
    flipped = bytearray(body)
    flipped[luck.randrange(len(flipped))] ^= 1 << luck.randrange(8)
    return luck.choice(
        [
            (body, None),
            (body, ""),
            (body, good[:-1]),
            (body, good.upper()),
            (body, luck.choice("0123456789abcdef") + good[1:] + "0"),
            (body, "é" * 64),
            (body, f"{luck.getrandbits(256):064x}"),
            (body, fakes.sign(body, "other secret")),
            (body, fakes.sign(body, "")),
            (bytes(flipped), good),
            (body + b"\n", good),
            (body.replace(b"150000", b"950000"), good),
            (json.dumps(json.loads(body)).encode(), good),
            (other, good),
            (other, f"{luck.getrandbits(256):064x}"),
        ]
    )


def test_ten_thousand_forged_calls_change_nothing(client, paid):
    _payment, report = paid
    body, luck = fakes.event(report), random.Random(7)

    for _ in range(10_000):
        sent, signature = malformed(body, report, luck)
        headers = {} if signature is None else {"X-Razorpay-Signature": signature.encode().decode("latin-1")}
        answer = client.post(URL, sent, content_type="application/json", headers=headers)
        assert answer.status_code == 400

    assert not WebhookEvent.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{}",
        b'{"event": 5}',
        b"not json",
        b"\xff",
        b"[" * 100_000,
        b'{"event":"x"',
    ],
)
def test_a_signed_call_that_is_no_event_is_refused(client, world, body):
    assert post(client, body).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_an_event_of_another_account_is_refused(client, paid, settings):
    settings.RAZORPAY_ACCOUNT_ID = "acc_Ours0000000001"
    body = fakes.event(paid[1]).replace(
        b'"entity":"event"', b'"entity":"event","account_id":"acc_Other000000001"', 1
    )

    assert post(client, body).status_code == 400


def test_a_body_over_the_limit_is_refused_early(client, world):
    assert post(client, b"x" * 1_000_001).status_code in (400, 413)
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(client, method):
    assert getattr(client, method)(URL).status_code == 405


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"payment": None},
        {"payment": {"entity": None}},
        {"payment": {"entity": []}},
        {"created_at": 1787003601, "notification": {"entity": {"id": "notification_Qk1L2k3J4h5G6f"}}},
        {
            "payment": {
                "entity": {"id": "../../orders", "order_id": "x/../y", "amount": "1", "currency": None}
            }
        },
        {"payment": {"entity": {"id": ["pay_Qa9Z8y7X6w5V4u"], "order_id": {}, "amount": True}}},
        {"order": {"entity": {"id": "Qe7V8b9N0m1Q2w"}}},
    ],
)
@pytest.mark.parametrize("name", ["payment.captured", "order.paid", "payment.failed", "some.future.event"])
def test_odd_shapes_are_handled_without_credit(client, world, payload, name):
    body = json.dumps({"event": name, "payload": payload}).encode()

    assert post(client, body).status_code == 200
    webhooks.handle_due(now=NOW + timedelta(days=1))

    assert WebhookEvent.objects.get().handled_at
    assert not Entry.objects.exists()


def test_money_of_an_order_we_never_made_is_parked(client, world):
    stranger = build.payment(build.account(), 700)
    report = world.pays(stranger)
    world.receipts[stranger.gateway_order_id] = "SOMEBODY-ELSE"
    Payment.objects.all().delete()

    post(client, fakes.event(report))
    webhooks.handle_due(now=NOW + timedelta(days=1))

    assert ParkedReport.objects.get().kind == "unknown_order"
    assert not Entry.objects.exists()


def test_an_event_of_the_other_mode_is_parked(client, world):
    payment = build.payment(build.account(), 700)
    body = fakes.event(build.report(payment, order_id="order_Qa1B2c3D4e5F6g"))

    post(client, body)
    webhooks.handle_due(now=NOW + timedelta(days=1))

    assert ParkedReport.objects.get().kind == "unknown_payment"


def test_an_order_whose_id_we_lost_is_found_by_our_number(client, world):
    payment = build.payment(build.account(), 700)
    report = world.pays(payment)
    Payment.objects.update(gateway_order_id=None)

    post(client, fakes.event(report))
    webhooks.handle_due(now=NOW + timedelta(days=1))

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED


def test_an_event_that_always_fails_is_parked_after_eight_tries_and_blocks_nobody(client, world):
    payment = build.payment(build.account(), 700)
    report = world.pays(payment)
    post(client, fakes.event(report))
    world.fails = ["payments"] * 8
    at = NOW + timedelta(days=1)

    for _ in range(8):
        webhooks.handle_due(now=at)
        at += timedelta(hours=1)

    event = WebhookEvent.objects.get()
    assert (event.attempts, event.handled_at) == (8, None)
    assert event.parked_at
    webhooks.retry(event, reason="x", by=build.user(staff=True), now=at)
    webhooks.handle_due(now=at)
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED


def test_a_broker_that_is_away_is_no_error_and_no_delay_for_the_gateway(client, paid, settings):
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/valkey.sock?virtual_host=0"
    nudge._probe.cache_clear()
    nudge._last.clear()
    before = time.monotonic()

    assert post(client, fakes.event(paid[1])).status_code == 200

    nudge._probe.cache_clear()
    assert WebhookEvent.objects.count() == 1
    assert time.monotonic() - before < 2


def test_a_cache_that_is_away_is_no_error_and_no_delay(settings):
    away = ForgivingRedisCache(
        "unix:///nowhere/valkey.sock?db=0", {"OPTIONS": settings.CACHES["default"]["OPTIONS"]}
    )
    before = time.monotonic()

    away.set("key", 1)

    assert away.get("key", "none") == "none"
    assert time.monotonic() - before < 1


def come_back(client, **fields):
    return client.post(reverse("gateway-return"), fields)


def test_the_return_settles_and_leads_to_the_result(client, paid):
    payment, report = paid

    answer = come_back(
        client,
        razorpay_order_id=payment.gateway_order_id,
        razorpay_payment_id=report.payment_id,
        razorpay_signature=fakes.sign_return(payment.gateway_order_id, report.payment_id),
    )

    payment.refresh_from_db()
    assert (answer.status_code, answer.url) == (
        303,
        f"/{payment.account.ban}/payments/{payment.number}/result/",
    )
    assert payment.status == Payment.Status.CAPTURED


def test_a_forged_return_credits_nothing_and_leads_to_the_result(client, paid):
    payment, report = paid

    answer = come_back(
        client,
        razorpay_order_id=payment.gateway_order_id,
        razorpay_payment_id=report.payment_id,
        razorpay_signature="0" * 64,
    )

    payment.refresh_from_db()
    assert answer.status_code == 303
    assert payment.status == Payment.Status.CREATED


def test_the_triple_of_a_paid_order_does_not_pay_another(client, world):
    first, second = build.payment(build.account(), 1500), build.payment(build.account(), 1500)
    report = world.pays(first)

    come_back(
        client,
        razorpay_order_id=second.gateway_order_id,
        razorpay_payment_id=report.payment_id,
        razorpay_signature=fakes.sign_return(first.gateway_order_id, report.payment_id),
    )

    second.refresh_from_db()
    assert second.status == Payment.Status.CREATED
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{}, {"razorpay_order_id": "order_unknown"}, {"error[metadata]": "not json"}, {"error[metadata]": "[1]"}],
)
def test_a_return_that_names_no_order_of_ours_leads_home(client, world, fields):
    answer = come_back(client, **fields)

    assert answer.status_code == 302
    assert answer.url == "/"


def test_a_failed_return_leads_to_the_result(client, paid):
    payment, _report = paid
    metadata = json.dumps({"order_id": payment.gateway_order_id, "payment_id": "pay_Qa9Z8y7X6w5V4u"})

    answer = come_back(
        client,
        **{
            "error[code]": "BAD_REQUEST_ERROR",
            "error[reason]": "payment_cancelled",
            "error[metadata]": metadata,
        },
    )

    assert answer.status_code == 303


@pytest.mark.parametrize("name", ["payment\x00captured", "\ud800", "x" * 5000, "पेमेंट"])
def test_a_signed_event_with_a_hostile_name_is_stored(client, world, name):
    body = json.dumps({"event": name, "payload": {}}).encode()

    assert post(client, body).status_code == 200
    webhooks.handle_due(now=NOW + timedelta(days=1))
    assert WebhookEvent.objects.get().handled_at


@pytest.mark.parametrize("event_id", ["x" * 3000, "a b", "é"])
def test_an_event_id_that_is_none_is_left_out(client, paid, event_id):
    assert post(client, fakes.event(paid[1]), event_id=event_id).status_code == 200
    assert WebhookEvent.objects.get().event_id is None


@pytest.mark.parametrize(
    "fields",
    [
        {"razorpay_order_id": "x\0"},
        {"razorpay_order_id": "order_" + "a" * 5000},
        {"error[metadata]": json.dumps({"order_id": "a\0"})},
        {"error[metadata]": "[" * 100_000},
        {"error[metadata]": json.dumps({"order_id": ["order_Qa1B2c3D4e5F6g"]})},
    ],
)
def test_a_hostile_return_leads_home(client, world, fields):
    assert come_back(client, **fields).url == "/"


def test_an_attempt_that_is_opened_again_is_asked_about_again(client, world):
    payment = build.payment(build.account(), 1500)
    at = payment.started_at + timedelta(days=2)
    Payment.objects.update(status=Payment.Status.FAILED, next_check_at=None)

    reopened = recharge.open_order(payment, now=at)

    assert reopened.next_check_at == at + timedelta(minutes=1)
    assert recharge.can_be_paid(reopened, now=at)
    assert not recharge.can_be_paid(reopened, now=payment.started_at + timedelta(days=5))
