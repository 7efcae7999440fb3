"""The SMS provider's delivery reports: a virtual second later, signed, apart from the gateway's events."""

import json

import pytest

from tests.sandbox.conftest import NOON
from tests.sandbox.test_messages import look_up, send


@pytest.fixture
def reports(box, endpoint):
    """The endpoint, registered for the SMS provider's reports."""
    endpoint.move()
    box.control("POST", "/webhooks", {"url": endpoint.url, "provider": "sms"})
    return endpoint


@pytest.mark.parametrize(
    ("to", "status", "reason"),
    [("+919800000001", "delivered", ""), ("+919800010000", "failed", "Absent subscriber")],
)
def test_a_report_comes_after_a_second_by_number(box, reports, to, status, reason):
    message = send(box, to=to).json()
    box.drain()
    assert reports.got == []

    box.advance("PT1S")

    [call] = reports.got
    body = json.loads(call.body)
    report_id = body.pop("report_id")
    assert report_id.startswith("rpt_")
    assert body == {
        "event": f"sms.{status}",
        "message_id": message["id"],
        "reference": "notice-1",
        "status": status,
        "reason": reason,
        "at": NOON + 1,
    }
    assert look_up(box, "notice-1")["items"][0]["status"] == status


def test_a_report_is_signed_with_the_sms_secret_and_in_its_own_words(box, reports):
    send(box)

    box.advance("PT1S")

    [call] = reports.got
    assert call.is_signed_with(box.sms_webhook_secret, "x-sms-signature")
    assert call.headers["user-agent"] == "Sms-Report/1"
    assert "x-razorpay-signature" not in call.headers


def test_a_repeated_text_is_reported_once(box, reports):
    send(box)
    send(box)

    box.advance("PT1S")

    assert len(reports.got) == 1


def test_a_report_that_is_refused_comes_again_with_the_same_id(box, reports):
    reports.status = 503
    send(box)
    box.advance("PT1S")
    reports.status = 200

    box.advance("PT1M")

    first, second = (json.loads(call.body)["report_id"] for call in reports.got)
    assert first == second


@pytest.mark.parametrize(
    ("kind", "calls"),
    [("lost", 0), ("late", 0), ("duplicate", 2), ("duplicate_new_id", 2)],
)
def test_faults_of_events_hit_reports(box, reports, kind, calls):
    effect = {"kind": kind, "seconds": 60}
    box.control("POST", "/faults", {"on": "event", "event": "sms.*", "do": effect})
    send(box)

    box.advance("PT1S")

    assert len(reports.got) == calls


def test_gateway_and_sms_webhooks_do_not_hear_each_other(box, merchant, new_order):
    send(box)
    box.advance("PT1S")
    assert merchant.got == []

    box.control("DELETE", "/webhooks")
    box.control("POST", "/webhooks", {"url": merchant.url, "provider": "sms"})
    box.control("POST", f"/orders/{new_order()['id']}/pay", {})
    box.drain()

    assert merchant.got == []


def test_a_report_can_be_signed_wrongly(box, reports):
    box.control("POST", "/faults", {"on": "attempt", "event": "sms.*", "do": {"kind": "bad_signature"}})
    send(box)

    box.advance("PT1S")

    assert not reports.got[0].is_signed_with(box.sms_webhook_secret, "x-sms-signature")


def test_an_unknown_provider_is_refused(box):
    with pytest.raises(AssertionError, match="provider must be one of"):
        box.control("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "provider": "pigeon"})
