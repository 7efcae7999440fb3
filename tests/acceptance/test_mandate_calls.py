"""The gateway's calls for mandates through the official SDK: customers, registrations, tokens, recurring charges."""

from datetime import date, timedelta

import pytest

from billing_portal import clock
from payments.gateways import Refused, gateway
from payments.gateways.mandates import BankAccount, Registration, TokenState, mandates
from payments.gateways.razorpay_mandates import plain_name, read_token
from tests.build import paise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(120)]

ICICI = BankAccount("Asha Rao", "50100012345678", "current", "ICIC0000451")
PAYER = {"email": "asha@example.in", "contact": "+919800000001"}


@pytest.fixture
def door(outside):
    return mandates()


def register(door, method="upi", account=None, ceiling="15000"):
    customer = door.make_customer(name="Lotus & Söhne", **PAYER)
    amount = 0 if method == "emandate" else 100
    until = clock.now() + timedelta(days=3650)
    wish = Registration("MND2627-000001", method, amount, paise(ceiling), until, customer, account)
    return customer, door.create_registration(wish)


def approve(outside, order, **wish):
    outside.box.control("POST", f"/orders/{order}/pay", wish)


@pytest.mark.parametrize(
    ("method", "account", "instrument"),
    [
        ("card", None, "···· "),
        ("upi", None, "UPI ····@razorpay"),
        ("emandate", ICICI, "ICIC ···· 5678"),
    ],
)
def test_a_registration_becomes_a_token_that_can_be_charged(outside, door, method, account, instrument):
    customer, order = register(door, method, account)
    assert door.find_order("MND2627-000001") == order
    assert door.receipt_of(order) == "MND2627-000001"
    assert door.attempts(order) == []

    approve(outside, order, method=method)

    (attempt,) = door.attempts(order)
    token = door.token(customer, attempt.token_id)
    assert token.state == TokenState.CONFIRMED
    assert instrument in token.instrument
    assert token.method == method
    assert token.valid_until

    charge = gateway().create_order("DEB2627-000001", 123400)
    payment = door.create_recurring(
        order_id=charge,
        amount=123400,
        customer_id=customer,
        token_id=token.token_id,
        description="Invoice VI/2627/000011",
        **PAYER,
    )
    assert [report.payment_id for report in door.order_payments(charge)] == [payment]


def test_the_card_says_when_it_expires(outside, door):
    customer, order = register(door, "card")
    approve(outside, order, method="card", card_expiry=[5, 2031])

    token = door.token(customer, door.attempts(order)[0].token_id)

    assert token.card_month == date(2031, 5, 31)


def test_a_customer_is_made_once(door):
    made = [door.make_customer(name="Lotus Diagnostics", **PAYER) for _ in range(2)]

    assert made[0] == made[1]
    assert made[0].startswith("cust_")


def test_a_token_is_cancelled_and_may_be_cancelled_again(outside, door):
    customer, order = register(door)
    approve(outside, order, method="upi")
    token = door.attempts(order)[0].token_id

    door.cancel_token(customer, token)
    door.cancel_token(customer, token)
    outside.box.advance("PT2M")
    assert door.token(customer, token).state == TokenState.CANCELLED

    door.cancel_token(customer, token)


def test_a_charge_above_the_ceiling_is_refused(outside, door):
    customer, order = register(door, ceiling="500")
    approve(outside, order, method="upi")
    token = door.attempts(order)[0].token_id
    charge = gateway().create_order("DEB2627-000001", 50_001)

    with pytest.raises(Refused):
        door.create_recurring(
            order_id=charge, amount=50_001, customer_id=customer, token_id=token, description="Bill", **PAYER
        )


BASE = {"id": "token_00000000000001", "method": "card", "recurring": True}
ODD = [
    ({}, TokenState.CONFIRMED),
    ({"recurring": False}, TokenState.INITIATED),
    ({"recurring_details": []}, TokenState.CONFIRMED),
    ({"recurring_details": {"status": "resumed"}}, TokenState.CONFIRMED),
    ({"status": "active", "recurring_details": {"status": "cancelled"}}, TokenState.CANCELLED),
    ({"recurring_details": {"status": "on_the_moon"}}, TokenState.UNKNOWN),
]


@pytest.mark.parametrize(("fields", "state"), ODD)
def test_odd_tokens_are_read_without_a_crash(fields, state):
    assert read_token(BASE | fields).state == state


@pytest.mark.parametrize(
    ("card", "month"),
    [
        ({"expiry_month": "5", "expiry_year": "2031"}, date(2031, 5, 31)),
        ({"expiry_month": 2, "expiry_year": 28}, date(2028, 2, 29)),
        ({"expiry_month": 13, "expiry_year": 2031}, None),
        ({"expiry_month": "x"}, None),
        ({}, None),
    ],
)
def test_the_month_of_a_card_comes_as_number_or_text(card, month):
    assert read_token(BASE | {"card": card}).card_month == month


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Lotus Diagnostics", "Lotus Diagnostics"),
        ("<script>alert(1)</script>", "script alert(1) /script"),
        ("Śrī & Co.", "r Co."),
        ("  --A\x00B--  ", "A B"),
        ("चाय", "Customer"),
        ("A" * 49 + " & Sons", "A" * 49),
        ("O'Neil (India)", "O'Neil (India)"),
    ],
)
def test_a_name_is_sent_as_the_gateway_takes_it(name, plain):
    assert plain_name(name) == plain
