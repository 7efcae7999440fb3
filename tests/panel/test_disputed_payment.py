"""The page of a disputed payment tells what the bank asks, and what was taken."""

import pytest

from payments import disputes
from tests import build
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def disputed(account, world):
    """A payment of ₹1,000 of which ₹590 are used, disputed on 24 November."""
    payment = build.paid(account, 1000)
    build.charge(account, 500)
    report = world.disputed.begin(payment)
    disputes.take(report, now=build.NOW)
    return payment, report


@pytest.fixture
def page(client, disputed):
    return lambda: text(client.get(url("payment", disputed[0].account, number=disputed[0].number)))


def test_an_open_one(page):
    shown = page()

    assert "Disputed With the bank" in shown
    assert "asks for ₹1,000.00 back, since 24 Nov 2026" in shown
    assert "nothing has been taken from your account" in shown


def test_a_question_asks_for_no_money(account, world, client):
    payment = build.paid(account, 1000)
    disputes.take(world.disputed.begin(payment, phase="retrieval"), now=build.NOW)

    assert "has asked us about it" in text(client.get(url("payment", account, number=payment.number)))


@pytest.mark.parametrize(
    ("ends", "tag", "says"),
    [
        (
            ["lost"],
            "Charged back",
            "The bank has given the payer ₹1,000.00 back. It was taken out of your account",
        ),
        (["won"], "Won", "The payment stands; nothing was taken"),
        (["closed"], "Closed", "It was closed without a decision"),
        (["lost", "won"], "Won, given back", "The amount is in your account again since 24 Nov 2026"),
    ],
)
def test_a_decided_one(page, disputed, world, ends, tag, says):
    for end in ends:
        disputes.take(world.disputed.move(disputed[1], end), now=build.NOW)

    shown = page()

    assert f"Disputed on 24 Nov 2026 {tag}" in shown
    assert says in shown
    assert "Received" in shown


def test_a_payment_without_one_says_nothing(client, account):
    payment = build.paid(account, 1000)

    assert "Disputed" not in text(client.get(url("payment", account, number=payment.number)))
