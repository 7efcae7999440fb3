"""QR codes through the real SDK: one payment or many, their end, what goes back."""

import re

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.test_payments import produced

MANY = {"type": "upi_qr", "usage": "multiple_use", "name": "Counter"}
ONCE = {"type": "upi_qr", "usage": "single_use", "fixed_amount": True, "payment_amount": 50000}


def pay(box, code, **body):
    return box.control("POST", f"/qr_codes/{code['id']}/pay", body)


def test_a_code_is_paid_many_times_until_it_is_closed(box, sdk):
    code = sdk.qrcode.create(MANY)
    assert re.fullmatch(r"qr_[A-Za-z0-9]{14}", code["id"])
    assert (code["status"], code["close_by"], code["fixed_amount"]) == ("active", None, False)

    first, second = pay(box, code, amount=10000, vpa="ravi@upi"), pay(box, code, amount=20000)

    assert (first["method"], first["order_id"], first["vpa"]) == ("upi", None, "ravi@upi")
    assert (first["status"], first["fee"]) == ("captured", 236)
    found = sdk.qrcode.fetch(code["id"])
    assert (found["payments_amount_received"], found["payments_count_received"]) == (30000, 2)
    assert [one["id"] for one in sdk.qrcode.fetch_all_payments(code["id"])["items"]] == [
        second["id"],
        first["id"],
    ]
    assert sdk.qrcode.all()["items"] == [found]
    closed = sdk.qrcode.close(code["id"])
    assert (closed["status"], closed["close_reason"], closed["closed_at"]) == ("closed", "on_demand", NOON)
    assert produced(box) == ["qr_code.created", "qr_code.credited", "qr_code.credited", "qr_code.closed"]
    body = box.control("GET", "/events", event="qr_code.credited")["items"][0]["body"]
    assert body["contains"] == ["payment", "qr_code"]
    with pytest.raises(RefusedByGateway, match="already closed"):
        sdk.qrcode.close(code["id"])


def test_a_code_for_one_payment_closes_with_it(box, sdk):
    code = sdk.qrcode.create(ONCE)
    assert code["close_by"] == NOON + 7200
    with pytest.raises(AssertionError, match="amount must be the code's"):
        pay(box, code, amount=100)

    assert pay(box, code)["amount"] == 50000

    found = sdk.qrcode.fetch(code["id"])
    assert (found["status"], found["close_reason"]) == ("closed", "paid")
    again = pay(box, code)
    assert (again["status"], again["captured"]) == ("refunded", False)
    assert sdk.qrcode.fetch(code["id"])["payments_count_received"] == 1


def test_a_code_for_one_payment_lives_two_hours(box, sdk):
    code = sdk.qrcode.create(ONCE)
    box.advance("PT1H59M59S")
    assert sdk.qrcode.fetch(code["id"])["status"] == "active"

    box.advance("PT1S")

    assert sdk.qrcode.fetch(code["id"])["close_reason"] == "expired"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "bharat_qr"}, "The selected type is invalid."),
        ({"usage": "never"}, "The selected usage is invalid."),
        ({"payment_amount": None}, "payment_amount: is required."),
        ({"payment_amount": 99}, "at least 100"),
        ({"fixed_amount": False}, "payment_amount is/are not required"),
        ({"close_by": NOON + 60}, "at least 2 minutes ahead"),
        ({"close_by": NOON + 7201}, "at most 2 hours"),
        ({"customer_id": "cust_Qa5T4r3E2w1Q0z"}, "does not exist"),
        ({"name": "x" * 256}, "The name may not be greater"),
        ({"colour": "red"}, "should not be sent"),
    ],
)
def test_a_wrong_code_is_refused(sdk, change, words):
    with pytest.raises(RefusedByGateway, match=words):
        sdk.qrcode.create(ONCE | change)

    assert sdk.qrcode.all()["count"] == 0
