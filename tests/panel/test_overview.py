"""The overview: the balance as sign, colour and word, its equation, what is due when."""

import pytest
from django.urls import reverse

from payments import recharge
from payments.gateways import State
from tests import build

pytestmark = pytest.mark.django_db


def page_of(client, account):
    return client.get(reverse("overview", kwargs={"ban": account.ban})).content.decode()


def test_a_debt_has_sign_colour_word_and_is_spoken(client, account):
    build.charge(account, 1000)

    page = page_of(client, account)

    assert 'class="figure num bad"' in page
    assert "−₹1,180.00" in page
    assert "You owe" in page
    assert "minus one thousand one hundred eighty rupees" in page


def test_a_credit_is_the_net_of_the_advance(client, account):
    build.paid(account, 1500)

    page = page_of(client, account)

    assert "+₹1,271.18" in page
    assert "In credit" in page


def test_the_equation_shows_no_usage_before_there_is_any(client, account):
    page = page_of(client, account)

    assert "Prepaid" in page
    assert "Unpaid invoices" in page
    assert "Current usage" not in page
    assert "Free units" not in page


def test_what_is_due_leads_to_paying_it(client, account):
    invoice = build.charge(account, 1000)

    page = page_of(client, account)

    assert "Pay ₹1,180.00" in page
    assert invoice.number in page


def test_a_new_account_is_welcomed(client, account):
    page = page_of(client, account)

    assert "Welcome, Lotus Diagnostics" in page
    assert "Latest documents" not in page


def test_while_a_payment_is_being_confirmed_nobody_is_asked_to_pay(client, account):
    build.charge(account, 1000)
    payment = build.payment(account, 1180)
    recharge.note(payment.pk, build.report(payment, state=State.AUTHORIZED))

    page = page_of(client, account)

    assert "A payment of ₹1,180.00 is being confirmed" in page
    assert "Pay ₹1,180.00" not in page
