"""Debits that the gateway refuses at the door: no payment is made."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.mandates import Mandates


@pytest.fixture
def mandates(box, sdk):
    return Mandates(box, sdk)


@pytest.mark.parametrize(
    "name", ["email", "contact", "amount", "order_id", "customer_id", "token", "recurring"]
)
def test_each_field_is_needed(mandates, sdk, name):
    wish = mandates.wish(mandates.confirmed(), mandates.charge_order())

    with pytest.raises(RefusedByGateway) as refusal:
        sdk.payment.createRecurring(wish | {name: None})

    assert (refusal.value.status, refusal.value.error["field"]) == (400, name)


@pytest.mark.parametrize(
    ("change", "words", "reason"),
    [
        ({"amount": 123401}, "different from the order amount", "order_amount_mismatch"),
        ({"amount": 123400.0}, "must be an integer", "input_validation_failed"),
        ({"currency": "USD"}, "currency", "input_validation_failed"),
        ({"recurring": False}, "recurring field must be true", "input_validation_failed"),
        ({"token": "token_AAAAAAAAAAAAAA"}, "does not exist", "input_validation_failed"),
        ({"token": "x"}, "not a valid id", "input_validation_failed"),
        ({"order_id": "order_AAAAAAAAAAAAAA"}, "does not exist", "input_validation_failed"),
        ({"colour": 1}, "colour is/are not required", "extra_field_sent"),
    ],
)
def test_a_wrong_debit_is_refused_and_makes_no_payment(mandates, sdk, change, words, reason):
    order = mandates.charge_order()

    with pytest.raises(RefusedByGateway) as refusal:
        sdk.payment.createRecurring(mandates.wish(mandates.confirmed(), order) | change)

    assert words in refusal.value.error["description"]
    assert refusal.value.error["reason"] == reason
    assert sdk.order.payments(order["id"])["count"] == 0


def test_a_mandate_belongs_to_its_customer(mandates, sdk):
    other = sdk.customer.create({"name": "Ravi Kumar"})["id"]

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(mandates.confirmed(), customer_id=other)

    assert refusal.value.error["reason"] == "invalid_token"


def test_a_deleted_token_cannot_be_charged(mandates, sdk):
    token = mandates.confirmed()
    sdk.token.delete(mandates.customer, token["id"])

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == "invalid_token"


@pytest.mark.parametrize(
    ("method", "step", "reason"),
    [
        ("upi", "pause", "mandate_paused"),
        ("upi", "cancel", "mandate_cancelled"),
        ("card", "cancel", "mandate_cancelled"),
    ],
)
def test_only_a_confirmed_mandate_is_charged(mandates, method, step, reason):
    token = mandates.confirmed(method)
    mandates.steer(token, step)

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == reason


@pytest.mark.parametrize("rejected", [False, True])
def test_a_mandate_that_waits_or_was_rejected_is_not_charged(mandates, rejected):
    payment = mandates.pay(mandates.order("emandate", mandates.at("HDFC")))
    token = mandates.token_of(payment)
    if rejected:
        mandates.steer(token, "reject")

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == "mandate_not_active"


def test_a_resumed_mandate_is_charged_again(box, mandates):
    token = mandates.confirmed()
    mandates.steer(token, "pause")
    mandates.steer(token, "resume")

    payment = mandates.debit(token)
    box.advance("PT25H")

    assert mandates.status(payment) == ("captured", None)


def test_an_expired_mandate_is_not_charged(box, mandates):
    token = mandates.confirmed("upi", {"expire_at": NOON + 3600})
    payment = mandates.debit(token)
    box.advance("PT25H")
    assert mandates.status(payment) == ("failed", "mandate_expired")

    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(token)

    assert refusal.value.error["reason"] == "mandate_expired"


def test_nothing_above_the_ceiling_is_taken(mandates):
    token = mandates.confirmed("upi", {"max_amount": 200000})

    with pytest.raises(RefusedByGateway, match=r"Amount exceeds maximum amount allowed\."):
        mandates.debit(token, 200001)

    assert mandates.debit(token, 200000)["status"] == "created"


def test_one_charge_at_a_time_by_a_mandate(box, mandates):
    token = mandates.confirmed()
    mandates.debit(token)

    with pytest.raises(RefusedByGateway, match="another payment operation is in progress"):
        mandates.debit(token)

    box.advance("PT25H")
    assert mandates.debit(token)["status"] == "created"


def test_one_charge_at_a_time_of_an_order(box, mandates):
    order = mandates.charge_order()
    first, second = mandates.confirmed("upi"), mandates.confirmed("card")
    mandates.debit(first, order=order)

    with pytest.raises(RefusedByGateway, match="another payment operation is in progress"):
        mandates.debit(second, order=order)

    box.advance("PT25H")
    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(second, order=order)
    assert refusal.value.error["reason"] == "order_already_paid"


def test_a_registration_order_takes_no_debit(mandates):
    with pytest.raises(RefusedByGateway) as refusal:
        mandates.debit(mandates.confirmed(), 100, order=mandates.order("upi"))

    assert refusal.value.error["reason"] == "invalid_order_id"


def test_a_method_that_was_switched_off_does_not_exist(box, mandates):
    token = mandates.confirmed("card")
    box.control("POST", "/switches", {"recurring_card": "off"})

    with pytest.raises(RefusedByGateway, match="The requested URL was not found"):
        mandates.debit(token)
