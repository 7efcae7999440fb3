"""The overview: the balance as sign, colour and word, its equation, what is due when."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billing_portal.templatetags import portal
from credit import exposure
from invoices import usage_page
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


def test_usage_that_is_not_billed_yet_is_no_debt(client, account):
    build.subscribed(account, build.plan(rental=0), now=build.NOW - timedelta(days=9))
    build.used(account, 1250)

    page = page_of(client, account)

    assert "Used, not billed yet" in page and "You owe" not in page


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


@pytest.mark.parametrize(
    ("minutes", "pace"),
    [
        (0, 3_333),  # the rental of 1,000 rupees over 30 days
        (233, 3_333),  # a week's free minutes: 1,000 over 30 days, of which 234 fall on seven
        (234 + 70, 3_333 + 600),  # ten minutes a day beyond them, at 0.60
    ],
)
def test_the_pace_is_rental_and_what_exceeds_free_units(account, minutes, pace, django_assert_num_queries):
    build.subscribed(account, now=build.NOW - timedelta(days=9))
    if minutes:
        build.used(account, minutes)

    with django_assert_num_queries(2):
        assert usage_page.pace(account, build.NOW.date()) == pace


def test_how_long_calls_go_on_is_said_with_its_doubt(client, account):
    build.subscribed(account, build.plan(rental=30_000), now=build.NOW - timedelta(days=9))
    build.paid(account, 2000)
    held = exposure.read(account, now=build.NOW, with_pace=True)

    page = " ".join(page_of(client, account).split())

    assert (
        f'about <b class="num">{held.headroom // 1_000:,} days</b>' in page
        and "bills are paid in time" in page
    )


def test_without_a_plan_there_is_no_pace(account):
    assert usage_page.pace(account, build.NOW.date()) == 0


@pytest.mark.parametrize(
    ("paise", "words"),
    [
        (100, "one rupee"),
        (-83_000, "minus eight hundred thirty rupees"),
        (150, "one rupee and fifty paise"),
        (0, "zero rupees"),
    ],
)
def test_an_amount_is_spoken(paise, words):
    assert portal.spoken(paise) == words


def test_a_negative_balance_is_spoken_wherever_it_stands():
    assert portal.balance(118_000) == "₹1,180.00"
    assert 'aria-hidden="true">−₹1,180.00</span><span class="hush">minus one thousand' in portal.balance(
        -118_000
    )
