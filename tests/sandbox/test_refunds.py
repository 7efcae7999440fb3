"""Refunds through the real SDK: the rules of a request, the key that makes it safe to repeat, what becomes of it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from sandbox.refunding import last_moment
from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.test_payments import MANUAL, pay, produced

KEY = "RFD-2026-000017"


@pytest.fixture
def paid(box, new_order):
    return pay(box, new_order(), method="card")


def ask(sdk, payment, key=None, **body):
    headers = {"X-Refund-Idempotency": key} if key else {}
    return sdk.payment.refund(payment["id"], body, headers=headers)


def refused(sdk, payment, **body):
    with pytest.raises(RefusedByGateway) as refusal:
        ask(sdk, payment, **body)
    return refusal.value


def last_event(box, name):
    return box.control("GET", "/events", event=name)["items"][0]["body"]


def fault(box, kind, **rule):
    box.control("POST", "/faults", {"on": "refund", "do": {"kind": kind}, **rule})


def test_a_partial_refund_is_processed_after_an_hour_and_referenced_an_hour_later(box, sdk, paid):
    refund = ask(sdk, paid, amount=20000, receipt="RFD-1", notes={"why": "left"})

    assert (refund["status"], refund["amount"], refund["receipt"]) == ("pending", 20000, "RFD-1")
    assert (refund["notes"], refund["acquirer_data"]) == ({"why": "left"}, {"arn": None})
    assert (refund["speed_requested"], refund["speed_processed"]) == ("normal", "normal")
    payment = sdk.payment.fetch(paid["id"])
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == (
        "captured",
        20000,
        "partial",
    )
    box.advance("PT59M59S")
    assert sdk.refund.fetch(refund["id"])["status"] == "pending"
    box.advance("PT1S")
    assert sdk.refund.fetch(refund["id"])["status"] == "processed"
    assert sdk.refund.fetch(refund["id"])["acquirer_data"] == {"arn": None}
    box.advance("PT1H")
    assert sdk.refund.fetch(refund["id"])["acquirer_data"]["arn"]
    assert produced(box)[-2:] == ["refund.created", "refund.processed"]
    payload = last_event(box, "refund.processed")["payload"]
    assert payload["refund"]["entity"]["status"] == "processed"
    assert payload["payment"]["entity"]["amount_refunded"] == 20000


def test_all_that_is_left_goes_back_when_no_amount_is_given(sdk, paid):
    ask(sdk, paid, amount=20000)

    assert ask(sdk, paid)["amount"] == 30000

    payment = sdk.payment.fetch(paid["id"])
    assert (payment["status"], payment["refund_status"], payment["captured"]) == ("refunded", "full", True)
    assert refused(sdk, paid).error["description"] == "The payment has been fully refunded already."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"amount": 50001}, "The refund amount provided is greater than amount captured."),
        ({"amount": 99}, "The amount must be at least INR 1.00."),
        ({"amount": -100}, "The amount must be at least INR 1.00."),
        ({"amount": 100.5}, "The amount must be an integer."),
        ({"amount": "100"}, "The amount must be an integer."),
        ({"amount": 0}, "Amount cannot be blank."),
        ({"speed": "light"}, "The selected speed is invalid."),
        ({"receipt": "R" * 41}, "receipt: the length must be no more than 40."),
        ({"reason": "x"}, "reason is/are not required and should not be sent"),
    ],
)
def test_a_wrong_request_is_refused(sdk, paid, body, words):
    refusal = refused(sdk, paid, **body)

    assert (refusal.status, refusal.error["description"]) == (400, words)
    assert sdk.payment.fetch(paid["id"])["amount_refunded"] == 0


def test_partial_refunds_add_up_to_the_captured_amount_and_no_further(sdk, paid):
    for _ in range(2):
        ask(sdk, paid, amount=20000)

    assert "greater than amount captured" in str(refused(sdk, paid, amount=10001))
    assert ask(sdk, paid, amount=10000)["amount"] == 10000


@pytest.mark.parametrize("wish", [{"outcome": "fail"}, {"outcome": "pending"}])
def test_only_captured_money_goes_back(box, sdk, new_order, wish):
    payment = pay(box, new_order(), **wish)

    assert "should be captured" in str(refused(sdk, payment))


def test_an_authorised_payment_is_not_refunded_on_request(box, sdk, new_order):
    assert "should be captured" in str(refused(sdk, pay(box, new_order(payment=MANUAL))))


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({"refunds": "off"}, "Refunds cannot be created on your account."),
        ({"no_refund_method": "card"}, "Refund is currently not supported for this payment method."),
        (
            {"no_partial_refund_method": "card"},
            "Partial refund is currently not supported for this payment method.",
        ),
        (
            {"merchant_balance": 19999},
            "Your account does not have enough balance to carry out the refund operation.",
        ),
    ],
)
def test_what_the_account_or_the_method_forbids(box, sdk, paid, switches, words):
    box.control("POST", "/switches", switches)

    assert refused(sdk, paid, amount=20000).error["description"] == words


def test_refunds_use_the_balance_up_and_a_failed_one_fills_it_again(box, sdk, paid):
    box.control("POST", "/switches", {"merchant_balance": 30000})
    first = ask(sdk, paid, amount=20000)
    assert "enough balance" in str(refused(sdk, paid, amount=20000))

    box.control("POST", f"/refunds/{first['id']}/fail")

    assert ask(sdk, paid, amount=20000)["status"] == "pending"


def test_a_payment_goes_back_within_six_months(box, sdk, paid):
    box.advance(f"PT{int(last_moment(NOON)) - NOON}S")
    assert ask(sdk, paid, amount=100)["status"] == "pending"

    box.advance("PT1S")

    assert "more than 6 months old" in str(refused(sdk, paid, amount=100))


@pytest.mark.parametrize(
    ("paid_on", "last_on"),
    [("2026-01-15", "2026-07-15"), ("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29")],
)
def test_six_months_end_on_the_same_day_of_the_month(paid_on, last_on):
    moment = datetime.fromisoformat(paid_on + "T12:00+00:00").timestamp()

    assert last_moment(int(moment)) == datetime.fromisoformat(last_on + "T12:00+00:00").timestamp()


def test_a_receipt_is_used_once_a_payment(box, sdk, new_order, paid):
    ask(sdk, paid, amount=1000, receipt="RFD-1")

    assert "Duplicate receipt found" in str(refused(sdk, paid, amount=1000, receipt="RFD-1"))
    assert ask(sdk, pay(box, new_order()), receipt="RFD-1")["receipt"] == "RFD-1"


def test_the_same_key_and_body_answer_with_the_first_refund(box, sdk, paid):
    first = ask(sdk, paid, KEY, amount=20000, receipt="RFD-1")
    box.advance("PT2H")

    again = ask(sdk, paid, KEY, receipt="RFD-1", amount=20000)

    assert (again["id"], again["status"]) == (first["id"], "processed")
    assert sdk.payment.fetch_multiple_refund(paid["id"])["count"] == 1


@pytest.mark.parametrize("status", [400, 409])
def test_the_same_key_with_another_body_is_an_error(box, sdk, paid, status):
    box.control("POST", "/switches", {"idempotency_differs": status})
    ask(sdk, paid, KEY, amount=20000)

    refusal = refused(sdk, paid, key=KEY, amount=20001)

    assert refusal.status == status
    assert "Different request with the same idempotency key" in str(refusal)


@pytest.mark.parametrize("key", ["short-key", "with a space in it", "semi;colon;key"])
def test_a_key_too_short_or_of_other_characters_is_refused(sdk, paid, key):
    refusal = refused(sdk, paid, key=key)

    assert refusal.status == 400
    assert "idempotency key must be" in str(refusal)


def test_a_refused_request_does_not_use_its_key_up(sdk, paid):
    refused(sdk, paid, key=KEY, amount=50001)

    assert ask(sdk, paid, KEY, amount=50000)["amount"] == 50000


@pytest.mark.parametrize("commit", [True, False])
def test_a_key_whose_first_request_still_runs_is_in_progress(box, sdk, paid, commit):
    do = {"kind": "delay", "seconds": 0.5, "commit": commit}
    box.control("POST", "/faults", {"on": "request", "path": "/v1/payments/*/refund", "do": do})
    url, auth = f"{box.url}/v1/payments/{paid['id']}/refund", (box.key_id, box.key_secret)

    def post(**options):
        with httpx.Client(trust_env=False, auth=auth) as client:
            return client.post(url, json={"amount": 20000}, headers={"X-Refund-Idempotency": KEY}, **options)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(post)
        time.sleep(0.2)
        second = post()
        first = first.result()

    assert second.status_code == 409
    assert (
        second.json()["error"]["description"]
        == "Another request with the same idempotency key is still in progress."
    )
    assert post().json()["id"] == first.json()["id"]
    assert sdk.payment.fetch_multiple_refund(paid["id"])["count"] == 1


def test_an_instant_refund_is_processed_after_a_minute(box, sdk, paid):
    refund = ask(sdk, paid, speed="optimum")
    assert (refund["speed_requested"], refund["speed_processed"]) == ("optimum", "instant")

    box.advance("PT1M")

    assert sdk.refund.fetch(refund["id"])["status"] == "processed"


def test_an_account_without_instant_refunds_processes_them_like_normal(box, sdk, paid):
    box.control("POST", "/switches", {"instant_refunds": "off"})

    refund = ask(sdk, paid, speed="optimum")

    assert (refund["speed_requested"], refund["speed_processed"]) == ("optimum", "normal")
    box.advance("PT1M")
    assert sdk.refund.fetch(refund["id"])["status"] == "pending"


@pytest.mark.parametrize(("amount", "is_faulty"), [(2468, False), (20000, True)])
def test_an_instant_refund_may_fall_back_to_normal(box, sdk, paid, amount, is_faulty):
    if is_faulty:
        fault(box, "speed_changed")
    refund = ask(sdk, paid, amount=amount, speed="optimum")

    box.advance("PT1M")

    changed = sdk.refund.fetch(refund["id"])
    assert (changed["status"], changed["speed_processed"]) == ("pending", "normal")
    body = last_event(box, "refund.speed_changed")
    assert "created_at" not in body
    assert body["payload"]["created_at"] == NOON + 60
    assert body["payload"]["refund"]["entity"]["speed_processed"] == "normal"
    box.advance("PT59M")
    assert produced(box)[-3:] == ["refund.created", "refund.speed_changed", "refund.processed"]


def test_the_fallback_amount_is_an_ordinary_one_at_normal_speed(box, sdk, paid):
    ask(sdk, paid, amount=2468)
    box.advance("PT1H")

    assert produced(box)[-2:] == ["refund.created", "refund.processed"]


def test_a_fault_has_the_refund_fail_and_the_payment_is_as_it_was(box, sdk, paid):
    fault(box, "fail", method="card")
    refund = ask(sdk, paid)
    assert sdk.payment.fetch(paid["id"])["status"] == "refunded"

    box.advance("PT1H")

    assert sdk.refund.fetch(refund["id"])["status"] == "failed"
    payment = sdk.payment.fetch(paid["id"])
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == ("captured", 0, None)
    payload = last_event(box, "refund.failed")["payload"]
    assert payload["refund"]["entity"]["status"] == "failed"
    assert payload["payment"]["entity"]["amount_refunded"] == 0


def test_a_fault_has_the_refund_processed_at_once(box, sdk, paid):
    fault(box, "processed_at_once")

    assert ask(sdk, paid)["status"] == "processed"

    assert last_event(box, "refund.created")["payload"]["refund"]["entity"]["status"] == "processed"
    assert produced(box)[-2:] == ["refund.created", "refund.processed"]


def test_a_fault_leaves_the_reference_out_for_ever(box, sdk, paid):
    fault(box, "no_reference")
    refund = ask(sdk, paid)

    box.advance("P30D")

    assert sdk.refund.fetch(refund["id"])["acquirer_data"] == {"arn": None}


def test_faults_of_other_methods_do_not_hit(box, sdk, paid):
    fault(box, "fail", method="upi")
    refund = ask(sdk, paid)

    box.advance("PT1H")

    assert sdk.refund.fetch(refund["id"])["status"] == "processed"


def test_control_decides_a_pending_refund_once(box, sdk, paid):
    first, second = ask(sdk, paid, amount=10000), ask(sdk, paid, amount=20000)

    assert box.control("POST", f"/refunds/{first['id']}/process")["status"] == "processed"
    assert box.control("POST", f"/refunds/{second['id']}/fail")["status"] == "failed"

    with pytest.raises(AssertionError, match="failed already"):
        box.control("POST", f"/refunds/{second['id']}/process")
    box.advance("PT2H")
    assert sdk.refund.fetch(second["id"])["status"] == "failed"
    assert sdk.payment.fetch(paid["id"])["amount_refunded"] == 10000
    assert produced(box).count("refund.processed") == 1


def test_refunds_are_listed_fetched_and_noted(box, sdk, new_order, paid):
    first, second = ask(sdk, paid, amount=1000), ask(sdk, paid, amount=2000)
    other = ask(sdk, pay(box, new_order()))

    listed = sdk.payment.fetch_multiple_refund(paid["id"])
    assert [refund["id"] for refund in listed["items"]] == [second["id"], first["id"]]
    assert sdk.payment.fetch_refund_id(paid["id"], first["id"])["amount"] == 1000
    assert [refund["id"] for refund in sdk.refund.all({"count": 2})["items"]] == [other["id"], second["id"]]
    assert sdk.refund.edit(first["id"], {"notes": {"k": "v"}})["notes"] == {"k": "v"}
    assert sdk.payment.fetch(paid["id"], {"expand[]": "refunds"})["refunds"]["count"] == 2
    with pytest.raises(RefusedByGateway, match="does not exist"):
        sdk.payment.fetch_refund_id(paid["id"], other["id"])
    with pytest.raises(RefusedByGateway, match="should not be sent"):
        sdk.refund.edit(first["id"], {"amount": 1})


@pytest.mark.parametrize(
    ("method", "name"), [("card", "arn"), ("upi", "rrn"), ("netbanking", "utr"), ("wallet", "utr")]
)
def test_the_reference_is_named_by_the_method(box, sdk, new_order, method, name):
    refund = ask(sdk, pay(box, new_order(), method=method))

    assert refund["acquirer_data"] == {name: None}


@pytest.mark.parametrize("commit", [True, False])
def test_after_an_unknown_outcome_the_same_key_is_safe(box, sdk, paid, commit):
    do = {"kind": "reset", "commit": commit}
    box.control("POST", "/faults", {"on": "request", "path": "/v1/payments/*/refund", "do": do})
    with pytest.raises(ConnectionError):
        raise_as_builtin(lambda: ask(sdk, paid, KEY, amount=20000))

    ask(sdk, paid, KEY, amount=20000)

    assert sdk.payment.fetch(paid["id"])["amount_refunded"] == 20000


def raise_as_builtin(call):
    try:
        call()
    except OSError as error:  # requests' own ConnectionError is one
        raise ConnectionError from error
