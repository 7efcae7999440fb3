"""The main job in a real browser: log in, type an amount, see what it will do, pay, and hold the PDF."""

import re
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from playwright.sync_api import expect

from accounts import notices
from billing_portal import clock
from invoices import pdf, render
from payments import webhooks
from payments.models import Payment
from tests import build
from tests.browser import NARROW
from tests.outside import outside, sandbox_process

__all__ = ["outside", "sandbox_process"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]


@pytest.fixture
def worker(outside, tmp_path):
    """The three loops of a worker, on a connection of their own, mailing into the sandbox."""
    stop = threading.Event()

    def loop():
        while not stop.wait(0.2):
            webhooks.handle_due(now=clock.now())
            render.render_due(pdf.make, now=clock.now())
            notices.send_due(now=clock.now())
        connection.close()

    mail = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": outside.box.smtp_port,
    }
    with override_settings(**mail):
        thread = threading.Thread(target=loop)
        thread.start()
        yield
        stop.set()
        thread.join()


def until(fact, seconds=20):
    """Wait for something that a worker does."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def sign_in(page, server, person):
    page.goto(f"{server.url}/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def pay_by_upi(page, vpa="success@razorpay"):
    expect(page).to_have_url(
        re.compile("/v1/checkout/"), timeout=15_000
    )  # a second click aborts the first way there
    page.wait_for_load_state()
    if not page.get_by_label("UPI ID").is_visible():
        page.get_by_text("Any UPI app").click()
    page.get_by_label("UPI ID").fill(vpa)
    page.locator("form", has=page.get_by_label("UPI ID")).get_by_role("button").click()


@pytest.fixture
def person(transactional_db):
    cache.clear()
    account = build.account(state="27", name="Lotus Diagnostics")
    build.charge(account, 500)
    return build.owner(account)


def test_from_the_first_click_to_the_opened_pdf(
    page, live_server, outside, worker, person, screenshot, no_axe_violations
):
    account = person.memberships.get().account
    page.goto(f"{live_server.url}/")
    no_axe_violations(page)
    screenshot(page, "1-sign-in")
    sign_in(page, live_server, person)
    page.get_by_role("heading", name="Overview").wait_for()
    no_axe_violations(page)
    screenshot(page, "2-overview")

    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_label("Own amount").last.fill("2,000")
    page.get_by_text("₹1,194.92").first.wait_for()  # 2,000 − 590 = 1,410, less 215.08 of GST
    no_axe_violations(page)
    screenshot(page, "3-payments")
    page.get_by_role("button", name="Pay ₹2,000.00").click()

    page.wait_for_url("**/v1/checkout/**")
    no_axe_violations(page)
    screenshot(page, "4-checkout")
    pay_by_upi(page)

    page.wait_for_url("**/result/")
    page.get_by_text("Received").first.wait_for()
    no_axe_violations(page)
    screenshot(page, "5-received")
    payment = Payment.objects.get()
    assert payment.status == Payment.Status.CAPTURED

    page.goto(f"{live_server.url}/{account.ban}/payments/{payment.number}/")
    page.get_by_text("₹1,194.92").first.wait_for()
    no_axe_violations(page)
    screenshot(page, "6-payment")
    page.goto(f"{live_server.url}/{account.ban}/invoices/")
    page.get_by_text("RV/2627/000001", exact=True).wait_for()
    no_axe_violations(page)
    screenshot(page, "7-documents")
    mails = lambda: outside.box.control("GET", "/mail", to=person.email)["items"]  # noqa: E731
    until(lambda: any("₹2,000.00" in mail["subject"] for mail in mails()))  # the receipt waits for its PDF

    answer = page.request.get(f"{live_server.url}/{account.ban}/invoices/RV-2627-000001.pdf")
    again = page.request.get(f"{live_server.url}/{account.ban}/invoices/RV-2627-000001.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body()[:5] == b"%PDF-"
    assert answer.body() == again.body()


def test_a_failed_attempt_never_is_a_dead_end(
    page, live_server, outside, worker, person, screenshot, no_axe_violations
):
    sign_in(page, live_server, person)
    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_role("button", name="Pay ₹").click()
    pay_by_upi(page, "failure@razorpay")
    page.get_by_role("alert").first.wait_for()
    screenshot(page, "1-gateway-failure")
    page.locator("form.back button").click()

    page.wait_for_url("**/result/")
    page.get_by_role("link", name="Try another method").wait_for()
    no_axe_violations(page)
    screenshot(page, "2-failed")
    page.get_by_role("link", name="Try another method").click()
    pay_by_upi(page)

    page.wait_for_url("**/result/")
    page.get_by_text("Received").first.wait_for()
    assert Payment.objects.get().status == Payment.Status.CAPTURED


def test_a_customer_who_closes_the_tab_finds_the_money_later(
    page, live_server, outside, worker, person, screenshot
):
    sign_in(page, live_server, person)
    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_role("button", name="Pay ₹").click()
    page.wait_for_url("**/v1/checkout/**")
    payment = Payment.objects.get()
    page.goto(f"{live_server.url}/")

    outside.pay(payment)
    until(lambda: Payment.objects.get().is_received)

    page.goto(f"{live_server.url}/{payment.account.ban}/payments/")
    screenshot(page, "found-later")
    page.get_by_role("table").get_by_text("Received").first.wait_for()


def test_on_a_phone_without_javascript_one_can_pay_and_read(browser, live_server, outside, worker, person):
    context = browser.new_context(viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in(page, live_server, person)
    ban = person.memberships.get().account.ban
    page.goto(f"{live_server.url}/{ban}/payments/")
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Go on to pay").click()
    pay_by_upi(page)
    page.locator("form.back button").click()

    page.wait_for_url("**/result/")

    assert urlsplit(page.url).netloc == urlsplit(live_server.url).netloc
    assert Payment.objects.get().status == Payment.Status.CAPTURED
    page.get_by_text("Received").first.wait_for()
    context.close()


def test_a_gateway_that_is_away_says_so_and_charges_nothing(
    page, live_server, outside, person, screenshot, no_axe_violations
):
    outside.fault(
        on="request", method="*", path="/v1/orders*", count=None, do={"kind": "answer", "status": 503}
    )
    sign_in(page, live_server, person)
    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_role("button", name="Pay ₹").click()

    page.get_by_text("Nothing", exact=False).first.wait_for()
    no_axe_violations(page)
    screenshot(page, "gateway-away")
    outside.box.control("DELETE", "/faults")
    page.get_by_role("link", name="Try again").click()

    page.wait_for_url("**/v1/checkout/**")
    assert Payment.objects.count() == 1


def test_a_slow_gateway_still_ends_in_one_payment(page, live_server, outside, worker, person):
    outside.fault(
        on="request", method="POST", path="/v1/orders", do={"kind": "delay", "seconds": 2, "commit": True}
    )
    sign_in(page, live_server, person)
    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_role("button", name="Pay ₹").dblclick()
    pay_by_upi(page)

    page.wait_for_url("**/result/")
    page.get_by_text("Received").first.wait_for()
    assert Payment.objects.count() == 1
    assert Payment.objects.get().settled_at - Payment.objects.get().started_at < timedelta(minutes=1)


def test_the_return_from_another_site_works_without_our_session(page, live_server, outside, worker, person):
    assert "localhost" in live_server.url and "127.0.0.1" in outside.box.url  # two sites for a browser
    posts = []
    page.on("request", lambda request: posts.append(request) if "/gateway/return/" in request.url else None)
    sign_in(page, live_server, person)
    page.get_by_role("link", name="Payments", exact=True).first.click()
    page.get_by_role("button", name="Pay ₹").click()
    pay_by_upi(page)

    page.wait_for_url("**/result/")

    page.get_by_text("Received").first.wait_for()
    assert posts[0].method == "POST"
    assert "sessionid" not in posts[0].all_headers().get("cookie", "")
