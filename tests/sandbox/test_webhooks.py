"""Webhook calls: back-off on the virtual clock, giving up, replay, rotation, order, faults, bursts."""

import json
from collections import Counter

import pytest

from sandbox.deliveries import BACK_OFF
from tests.sandbox.conftest import NOON


def pay(box, order, **wish):
    payment = box.control("POST", f"/orders/{order['id']}/pay", wish)["payment"]
    box.drain()
    return payment


def names(merchant):
    return Counter(json.loads(call.body)["event"] for call in merchant.got)


def only_delivery(box, event="payment.captured"):
    [delivery] = box.control("GET", "/deliveries", event=event)["items"]
    return delivery


@pytest.fixture
def captured_only(box, endpoint):
    """The endpoint, registered for one event."""
    endpoint.move()
    body = {"url": endpoint.url, "secret": box.webhook_secret, "events": ["payment.captured"]}
    return endpoint, box.control("POST", "/webhooks", body)["id"]


def test_each_event_comes_once_signed_with_its_own_id(box, merchant, new_order):
    pay(box, new_order())

    assert names(merchant) == {"payment.authorized": 1, "payment.captured": 1, "order.paid": 1}
    assert len({call.event_id for call in merchant.got}) == 3
    assert all(call.is_signed_with(box.webhook_secret) for call in merchant.got)


def test_an_event_is_a_snapshot_of_its_moment(box, merchant, new_order):
    pay(box, new_order())

    bodies = {json.loads(call.body)["event"]: json.loads(call.body) for call in merchant.got}
    authorised = bodies["payment.authorized"]["payload"]["payment"]["entity"]
    assert (authorised["status"], authorised["fee"]) == ("authorized", None)
    assert list(bodies["order.paid"]["payload"]) == ["payment", "order"] == bodies["order.paid"]["contains"]
    assert bodies["order.paid"]["payload"]["order"]["entity"]["status"] == "paid"


def test_a_filter_chooses_events(box, captured_only, new_order):
    endpoint, _ = captured_only

    pay(box, new_order())

    assert names(endpoint) == {"payment.captured": 1}


def test_a_failing_endpoint_is_tried_along_the_back_off_with_one_event_id(box, captured_only, new_order):
    endpoint, _ = captured_only
    endpoint.status = 500
    pay(box, new_order())

    box.advance("P1D")

    delivery = only_delivery(box)
    times = [attempt["at"] - NOON for attempt in delivery["attempts"]]
    expected = [0]
    for gap in (*BACK_OFF, BACK_OFF[-1]):
        expected.append(expected[-1] + gap)
    assert times == [*expected, 86400]
    assert len({call.event_id for call in endpoint.got}) == 1
    assert len({call.body for call in endpoint.got}) == 1
    assert delivery["state"] == "failed"


def test_after_24_hours_the_url_is_disabled_and_a_replay_brings_the_event(box, captured_only, new_order):
    endpoint, webhook_id = captured_only
    endpoint.status = 503
    pay(box, new_order())
    box.advance("P1D")
    state = box.control("GET", "/webhooks")
    assert (state["items"][0]["enabled"], len(state["alerts"])) == (False, 1)
    pay(box, new_order())
    endpoint.forget()

    box.control("POST", f"/webhooks/{webhook_id}/enable")
    for event in box.control("GET", "/events", event="payment.captured")["items"]:
        box.control("POST", f"/events/{event['id']}/replay")
    box.drain()

    assert names(endpoint) == {"payment.captured": 2}


def test_a_replay_needs_an_unacknowledged_event_of_the_last_seven_days(box, merchant, new_order):
    pay(box, new_order())
    event = box.control("GET", "/events", event="payment.captured")["items"][0]
    with pytest.raises(AssertionError, match="acknowledged"):
        box.control("POST", f"/events/{event['id']}/replay")

    box.advance("P8D")

    with pytest.raises(AssertionError, match="older than 7 days"):
        box.control("POST", f"/events/{event['id']}/replay")


def test_an_event_is_replayed_five_times_a_day_at_most(box, captured_only, new_order):
    endpoint, _ = captured_only
    endpoint.status = 500
    pay(box, new_order())
    event = box.control("GET", "/events", event="payment.captured")["items"][0]
    for _ in range(5):
        box.control("POST", f"/events/{event['id']}/replay")

    with pytest.raises(AssertionError, match="5 times"):
        box.control("POST", f"/events/{event['id']}/replay")


def test_old_events_keep_the_old_secret_and_a_replay_takes_the_new_one(box, captured_only, new_order):
    endpoint, webhook_id = captured_only
    endpoint.status = 500
    pay(box, new_order())
    box.control("POST", f"/webhooks/{webhook_id}/rotate-secret", {"secret": "new"})
    pay(box, new_order())
    box.advance("PT1M")
    *_, retry_of_old, retry_of_new = sorted(endpoint.got[2:], key=lambda call: call.is_signed_with("new"))
    assert retry_of_old.is_signed_with(box.webhook_secret)
    assert retry_of_new.is_signed_with("new")
    endpoint.forget()

    old = box.control("GET", "/events", event="payment.captured")["items"][-1]
    box.control("POST", f"/events/{old['id']}/replay")
    box.drain()

    assert endpoint.got[0].is_signed_with("new")


def test_a_redirect_is_a_failure(box, merchant, new_order):
    merchant.status = 302

    pay(box, new_order())

    assert only_delivery(box)["attempts"][0]["status"] == 302
    assert only_delivery(box)["state"] == "waiting"
    assert len(merchant.got) == 3


def test_an_answer_after_five_seconds_is_a_failure_and_the_api_does_not_wait(box, captured_only, new_order):
    endpoint, _ = captured_only
    endpoint.nap = 5.2

    order = new_order()
    box.control("POST", f"/orders/{order['id']}/pay", {})
    answer = box.http.get(f"{box.url}/v1/orders/{order['id']}", auth=(box.key_id, box.key_secret))
    assert answer.elapsed.total_seconds() < 1
    box.drain()

    attempt = only_delivery(box)["attempts"][0]
    assert (attempt["ok"], attempt["status"]) == (False, None)
    assert 4900 <= attempt["latency_ms"] < 5200


def test_a_refused_connection_is_a_failure(box, new_order):
    box.control("POST", "/webhooks", {"url": "http://127.0.0.1:1/hooks", "secret": "s"})

    pay(box, new_order())

    assert "ConnectError" in only_delivery(box)["attempts"][0]["error"]


def test_held_calls_come_in_reverse(box, merchant, new_order):
    box.control("POST", "/webhooks/hold")
    pay(box, new_order())
    assert merchant.got == []

    box.control("POST", "/webhooks/release", {"order": "reverse"})

    assert list(names(merchant)) == ["order.paid", "payment.captured", "payment.authorized"]


def test_a_shuffle_sends_all_in_an_order_the_seed_decides(box, merchant, new_order):
    box.control("POST", "/webhooks/hold")
    for _ in range(3):
        pay(box, new_order())

    order = box.control("POST", "/webhooks/shuffle")["released"]

    assert [call.event_id for call in merchant.got] == order
    assert len(set(order)) == 9


EFFECTS = [
    ({"kind": "lost"}, 0, 0),
    ({"kind": "duplicate", "copies": 2}, 3, 1),
    ({"kind": "duplicate_new_id"}, 2, 2),
]


@pytest.mark.parametrize(("effect", "calls", "ids"), EFFECTS)
def test_events_are_lost_or_doubled(box, captured_only, new_order, effect, calls, ids):
    endpoint, _ = captured_only
    box.control("POST", "/faults", {"on": "event", "event": "payment.captured", "do": effect})

    pay(box, new_order())

    assert len(endpoint.got) == calls
    assert len({call.event_id for call in endpoint.got}) == ids


def test_a_late_event_comes_at_its_time(box, captured_only, new_order):
    endpoint, _ = captured_only
    do = {"kind": "late", "seconds": 7200}
    box.control("POST", "/faults", {"on": "event", "event": "payment.captured", "do": do})
    pay(box, new_order())
    box.advance("PT1H")
    assert endpoint.got == []

    box.advance("PT1H")

    assert len(endpoint.got) == 1


@pytest.mark.parametrize("kind", ["bad_signature", "missing_signature", "old_secret", "tampered"])
def test_a_spoiled_call_does_not_verify_and_its_retry_does(box, captured_only, new_order, kind):
    endpoint, webhook_id = captured_only
    box.control("POST", f"/webhooks/{webhook_id}/rotate-secret", {"secret": "new"})
    box.control("POST", "/faults", {"on": "attempt", "do": {"kind": kind}})
    endpoint.status = 400
    pay(box, new_order())
    assert not endpoint.got[0].is_signed_with("new")
    assert endpoint.got[0].is_signed_with(box.webhook_secret) == (kind == "old_secret")

    box.advance("PT1M")

    assert endpoint.got[1].is_signed_with("new")


def test_odd_shapes_are_signed_as_they_are(box, captured_only, new_order):
    endpoint, _ = captured_only
    for shape in (
        "no_account",
        "null_notes",
        "created_at_inside",
        "unknown_event",
        "captured_flag_contradicts",
    ):
        rule = {"on": "event", "event": "payment.captured", "do": {"kind": "shape", "shape": shape}}
        box.control("POST", "/faults", rule)
    box.control("POST", "/webhooks", {"url": endpoint.url, "secret": "s", "events": ["payment.teleported"]})

    pay(box, new_order())

    [call] = endpoint.got
    body = json.loads(call.body)
    assert call.is_signed_with("s")
    assert "account_id" not in body
    assert body["payload"]["created_at"] == NOON
    assert body["payload"]["payment"]["entity"]["notes"] is None
    assert body["payload"]["payment"]["entity"]["captured"] is False


def test_a_burst_of_a_thousand_arrives_whole_and_the_api_stays_quick(box, captured_only):
    endpoint, _ = captured_only
    made = box.control("POST", "/webhooks/burst", {"count": 1000})["events"]

    slowest = max(
        box.http.get(f"{box.url}/v1/orders", auth=(box.key_id, box.key_secret)).elapsed.total_seconds()
        for _ in range(20)
    )
    box.drain()

    assert slowest < 0.5
    assert sorted(call.event_id for call in endpoint.got) == sorted(made)


def test_the_delivery_log_has_time_status_latency_and_bytes(box, merchant, new_order):
    pay(box, new_order())

    [attempt] = only_delivery(box)["attempts"]

    assert (attempt["at"], attempt["status"], attempt["ok"], attempt["url"]) == (
        NOON,
        200,
        True,
        merchant.url,
    )
    assert attempt["body"].encode() in [call.body for call in merchant.got]
    assert attempt["latency_ms"] >= 0
