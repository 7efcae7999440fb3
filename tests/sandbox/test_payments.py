"""Payments through the real SDK: capture, lapse, silence of the bank, late and second successes, fees."""

import re

import pytest

from sandbox.fees import fee_and_tax
from tests.sandbox.conftest import NOON, RefusedByGateway

MANUAL = {"capture": "manual"}


def pay(box, order, **wish):
    return box.control("POST", f"/orders/{order['id']}/pay", wish)["payment"]


def produced(box):
    """Names of the events, in the order they were produced."""
    return [event["event"] for event in reversed(box.control("GET", "/events")["items"])]


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("card", {"card_id", "acquirer_data"}),
        ("upi", {"vpa", "upi"}),
        ("netbanking", {"bank"}),
        ("wallet", {"wallet"}),
    ],
)
def test_a_recharge_by_each_method_is_captured_by_itself(box, sdk, new_order, method, fields):
    order = new_order()

    payment = sdk.payment.fetch(pay(box, order, method=method)["id"])

    assert (payment["status"], payment["captured"], payment["method"]) == ("captured", True, method)
    assert (payment["amount"], payment["currency"], payment["order_id"]) == (50000, "INR", order["id"])
    assert all(payment[name] for name in fields)
    assert re.fullmatch(r"pay_[A-Za-z0-9]{14}", payment["id"])
    paid = sdk.order.fetch(order["id"])
    assert (paid["status"], paid["amount_paid"], paid["amount_due"], paid["attempts"]) == (
        "paid",
        50000,
        0,
        1,
    )
    assert produced(box) == ["payment.authorized", "payment.captured", "order.paid"]


@pytest.mark.parametrize(
    ("method", "amount", "fee", "tax"),
    [
        ("card", 50000, 1180, 180),
        ("upi", 50000, 1180, 180),
        ("netbanking", 100, 2, 0),
        ("wallet", 33333, 787, 120),
        ("card", 125, 4, 1),
        ("bank_transfer", 100, 590, 90),  # at least ₹5
        ("bank_transfer", 3_333_33, 1967, 300),  # 0.5 %
        ("bank_transfer", 5_000_000, 5900, 900),  # at most ₹50
        ("emandate", 123456, 590, 90),
        ("nach", 123456, 590, 90),
        ("emandate", 0, 0, 0),  # a registration
    ],
)
def test_the_fee_goes_by_method_and_includes_its_gst(method, amount, fee, tax):
    assert fee_and_tax(amount, method) == (fee, tax)


def test_every_attempt_is_listed_failed_ones_too(box, sdk, new_order):
    order = new_order()
    failed = pay(box, order, method="card", outcome="fail", reason="incorrect_cvv")
    paid = pay(box, order)

    found = sdk.order.payments(order["id"])

    assert [payment["id"] for payment in found["items"]] == [paid["id"], failed["id"]]
    assert found["items"][1]["error_reason"] == "incorrect_cvv"
    assert sdk.payment.all({"count": 1})["items"][0]["id"] == paid["id"]
    assert produced(box)[:2] == ["payment.failed", "payment.authorized"]


def test_card_details_notes_and_expansions(box, sdk, new_order):
    payment = pay(box, new_order(), method="card", instrument="5500670000001002")

    assert sdk.payment.fetchCardDetails(payment["id"])["network"] == "MasterCard"
    assert sdk.payment.edit(payment["id"], {"notes": {"k": "v"}})["notes"] == {"k": "v"}
    assert sdk.payment.fetch(payment["id"], {"expand[]": "card"})["card"]["last4"] == "1002"


def test_a_manual_payment_waits_for_its_capture(box, sdk, new_order):
    payment = pay(box, new_order(payment=MANUAL))
    assert (payment["status"], payment["fee"]) == ("authorized", None)

    captured = sdk.payment.capture(payment["id"], 50000, {"currency": "INR"})

    assert (captured["status"], captured["fee"], captured["tax"]) == ("captured", 1180, 180)
    with pytest.raises(RefusedByGateway, match="already been either captured or voided"):
        sdk.payment.capture(payment["id"], 50000, {"currency": "INR"})


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (49999, "INR", "Capture amount must be equal to the amount authorized."),
        (50000, "USD", "Capture request currency must be same as payment currency."),
    ],
)
def test_a_wrong_capture_is_refused(box, sdk, new_order, amount, currency, words):
    payment = pay(box, new_order(payment=MANUAL))

    with pytest.raises(RefusedByGateway) as refusal:
        sdk.payment.capture(payment["id"], amount, {"currency": currency})

    assert refusal.value.error["description"] == words


def test_a_payment_nobody_captures_goes_back_after_three_days(box, sdk, new_order):
    payment = pay(box, new_order(payment=MANUAL))

    box.advance("P2DT23H59M")
    assert sdk.payment.fetch(payment["id"])["status"] == "authorized"
    box.advance("PT1M")

    payment = sdk.payment.fetch(payment["id"])
    assert (payment["status"], payment["refund_status"], payment["captured"]) == ("refunded", "full", False)
    refund = sdk.payment.fetch_multiple_refund(payment["id"])["items"][0]
    assert (refund["status"], refund["amount"], refund["created_at"]) == ("pending", 50000, NOON + 3 * 86400)
    box.advance("PT1H")
    assert sdk.refund.fetch(refund["id"])["status"] == "processed"
    assert sdk.refund.fetch(refund["id"])["acquirer_data"] == {"rrn": None}
    box.advance("PT1H")
    assert sdk.refund.fetch(refund["id"])["acquirer_data"]["rrn"]
    assert produced(box) == ["payment.authorized", "refund.created", "refund.processed"]


def test_the_orders_own_manual_window_counts(box, sdk, new_order):
    options = {"automatic_expiry_period": 12, "manual_expiry_period": 60, "refund_speed": "normal"}
    payment = pay(box, new_order(payment=MANUAL | {"capture_options": options}))

    box.advance("PT1H")

    assert sdk.payment.fetch(payment["id"])["status"] == "refunded"


def test_a_silent_bank_fails_the_payment_after_ten_minutes_and_may_speak_up_within_three_days(
    box, sdk, new_order
):
    order = new_order()
    payment = pay(box, order, outcome="pending")
    box.advance("PT9M59S")
    assert sdk.payment.fetch(payment["id"])["status"] == "created"
    box.advance("PT1S")
    assert sdk.payment.fetch(payment["id"])["error_reason"] == "payment_timed_out"

    box.advance("P2D")
    box.control("POST", f"/payments/{payment['id']}/authorize-late")

    late = sdk.payment.fetch(payment["id"])
    assert (late["status"], late["late_authorized"], late["error_reason"]) == ("captured", True, None)
    assert sdk.order.fetch(order["id"])["status"] == "paid"
    assert produced(box) == ["payment.failed", "payment.authorized", "payment.captured", "order.paid"]


def test_after_three_days_the_bank_is_no_longer_asked(box, new_order):
    payment = pay(box, new_order(), outcome="pending")
    box.advance("P3DT1S")

    with pytest.raises(AssertionError, match="older than three days"):
        box.control("POST", f"/payments/{payment['id']}/authorize-late")


def test_a_second_success_on_a_paid_order_goes_back_at_once(box, sdk, new_order):
    order = new_order()
    first = pay(box, order, outcome="pending")
    pay(box, order)

    box.control("POST", f"/payments/{first['id']}/authorize-late")

    second = sdk.payment.fetch(first["id"])
    assert (second["status"], second["captured"]) == ("refunded", False)
    assert produced(box)[3:] == ["payment.authorized", "refund.created", "refund.processed"]
    last = box.control("GET", "/events", event="refund.processed")["items"][0]["body"]
    assert last["contains"] == ["refund", "payment"]
    assert last["payload"]["payment"]["entity"]["captured"] is False
    assert sdk.order.fetch(order["id"])["amount_paid"] == 50000


def test_a_failed_payment_can_be_captured_on_the_same_id(box, new_order):
    payment = pay(box, new_order(), outcome="fail")

    settled = box.control("POST", f"/payments/{payment['id']}/settle")

    assert (settled["id"], settled["status"]) == (payment["id"], "captured")
    assert produced(box) == ["payment.failed", "payment.authorized", "payment.captured", "order.paid"]


@pytest.mark.parametrize(
    ("amount", "code", "reason"),
    [
        (201, "GATEWAY_ERROR", "insufficient_funds"),
        (402, "GATEWAY_ERROR", "payment_declined"),
        (204, "BAD_REQUEST_ERROR", "incorrect_pin"),
        (302, "BAD_REQUEST_ERROR", "payment_cancelled"),
    ],
)
def test_magic_upi_amounts_fail(box, new_order, amount, code, reason):
    payment = pay(box, new_order(amount))

    assert (payment["status"], payment["error_code"], payment["error_reason"]) == ("failed", code, reason)


def test_a_fault_makes_amount_and_currency_differ_from_the_order(box, new_order):
    box.control("POST", "/faults", {"on": "payment", "do": {"kind": "amount", "amount": 100}})
    box.control("POST", "/faults", {"on": "payment", "do": {"kind": "currency", "currency": "USD"}})

    payment = pay(box, new_order())

    assert (payment["amount"], payment["currency"], payment["status"]) == (100, "USD", "captured")


def test_a_fault_decides_the_outcome(box, new_order):
    do = {"kind": "outcome", "outcome": "fail", "reason": "bank_not_available"}
    box.control("POST", "/faults", {"on": "payment", "method": "card", "do": do})

    assert pay(box, new_order())["status"] == "captured"
    assert pay(box, new_order(), method="card")["error_reason"] == "bank_not_available"
