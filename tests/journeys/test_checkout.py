"""To the gateway's page and back: what was previewed is what happens, and no way ends in a dead end."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from payments.models import Payment
from sandbox.testing import running
from tests import build
from tests.journeys.test_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def box():
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def payments_page(box, page, live_server, settings):
    """An account that owes ₹1,180.00, its owner on the Payments page."""
    settings.RAZORPAY_URL, settings.SITE_URL = box.url, live_server.url
    account = build.account()
    build.charge(account, 1000, now=build.NOW)
    sign_in(page, live_server, build.owner(account))
    page.goto(live_server.url + reverse("payments", kwargs={"ban": account.ban}))
    return page


def to_the_gateway(page):
    page.get_by_role("button", name="Pay ₹2,680.00").click()
    page.wait_for_url("**/v1/checkout/**")


def pay_by_upi(page, upi_id):
    page.get_by_label("UPI ID").fill(upi_id)
    page.get_by_role("button", name="Pay ₹2,680.00").first.click()


def test_what_was_previewed_is_what_happens(payments_page):
    page = payments_page
    preview = page.locator("#preview .split tr").all_inner_texts()[:-1]
    to_the_gateway(page)

    pay_by_upi(page, "success@razorpay")

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert page.locator(".split tr").all_inner_texts()[:-1] == preview
    assert Payment.objects.get().is_received


def test_leaving_the_gateway_charges_nothing_and_can_be_continued(payments_page):
    page = payments_page
    to_the_gateway(page)

    page.get_by_text("Cancel", exact=True).click()

    expect(page.get_by_text("You left the payment page. Nothing was charged.")).to_be_visible()
    page.get_by_role("link", name="Continue it").click()
    page.wait_for_url("**/v1/checkout/**")
    assert Payment.objects.count() == 1


def test_a_declined_attempt_is_followed_by_a_good_one_of_the_same_payment(payments_page):
    page = payments_page
    to_the_gateway(page)
    pay_by_upi(page, "failure@razorpay")
    page.get_by_text("Return to the merchant").click()
    page.wait_for_url(re.compile("/BA-"))

    payment = Payment.objects.get()
    page.goto(re.sub(r"payments/.*", f"payments/{payment.number}/checkout/", page.url))
    page.wait_for_url("**/v1/checkout/**")
    pay_by_upi(page, "success@razorpay")

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert Payment.objects.count() == 1


def test_the_browsers_arrow_leads_back_to_the_choice_and_not_into_a_loop(payments_page):
    page = payments_page
    to_the_gateway(page)

    page.go_back()

    expect(page.get_by_role("heading", name="Payments")).to_be_visible()
