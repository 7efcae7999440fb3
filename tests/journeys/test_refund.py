"""A refund from the staff's asking to the customer's screen: through the second person, the gateway and its bank."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts import ledger
from accounts.ledger import Book
from billing_portal import books
from payments import refund_sending, webhooks
from payments.models import Payment, Refund
from tests import build
from tests.journeys.desks import desk, look, sign_in
from tests.outside import outside, sandbox_process

__all__ = ["desk", "look", "outside", "sandbox_process"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]


@pytest.fixture
def payment(outside, transactional_db):
    """A recharge of ₹5,000.00 by UPI, paid at the gateway and taken in."""
    account = build.account()
    account.contacts.create(name="Asha", email="accounts@lotus.example")
    started = outside.start(5000, account)
    outside.pay(started)
    outside.deliver()
    started.refresh_from_db()
    assert started.is_received
    return started


def shown(live_server, payment):
    return live_server.url + reverse("payment", args=[payment.account.ban, payment.number])


def ask(page, live_server, payment, rupees):
    """Ask for a refund on the payment's page of the staff: what it does is shown first."""
    page.goto(live_server.url + reverse("admin:payments_payment_change", args=[payment.pk]))
    page.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("Amount").fill(rupees)
    page.locator("#id_reason").fill("The customer asked by mail")
    page.get_by_role("button", name="Show what it will do").click()
    page.locator(".preview").first.wait_for()


def agree(page, live_server, refund_of):
    """Approve what waits in the queue, as the second person."""
    page.goto(live_server.url + reverse("admin:accounts_approval_changelist"))
    page.get_by_role("link", name=refund_of.number).first.click()
    page.get_by_role("link", name="Approve", exact=True).click()
    page.locator("main textarea").fill("Checked against the mail")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved").first.wait_for()


def test_above_a_thousand_a_second_person_sends_it_and_the_customer_follows_it(
    page, desk, look, outside, payment, live_server, screenshot
):
    sign_in(page, live_server, build.owner(payment.account))

    # one asks; nothing moves before another has agreed
    finance = desk("finance")
    ask(finance, live_server, payment, "1,200")
    screenshot(finance, "1-what-it-will-do")
    finance.locator("button[name=confirm]").click()
    finance.get_by_text("second person").first.wait_for()
    screenshot(finance, "2-asked-for")
    assert not Refund.objects.exists()
    manager = desk("manager")
    agree(manager, live_server, payment)
    screenshot(manager, "3-approved")
    page.goto(shown(live_server, payment))
    expect(page.get_by_text("Being sent", exact=True)).to_be_visible()
    look(page, "4-being-sent")

    # it goes to the gateway, and its bank pays it out
    refund_sending.send_due(now=build.NOW)
    refund = Refund.objects.get()
    page.reload()
    expect(page.get_by_text("On its way", exact=True)).to_be_visible()
    outside.box.control("POST", f"/refunds/{refund.gateway_refund_id}/process")
    outside.deliver()
    page.reload()
    expect(page.get_by_text("Paid out", exact=True)).to_be_visible()
    look(page, "5-paid-out")

    # its reference comes some days after
    outside.box.advance("P3D")
    Refund.objects.update(next_at=build.NOW)
    refund_sending.look_due(now=build.NOW)
    refund.refresh_from_db()
    page.reload()
    assert refund.reference
    expect(page.get_by_text(f"Bank reference {refund.reference}.")).to_be_visible()
    expect(page.get_by_text("Partly refunded", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Refund voucher")).to_be_visible()
    look(page, "6-with-its-reference")
    page.goto(live_server.url + reverse("payments", args=[payment.account.ban]))
    row = page.get_by_role("row", name=payment.number)
    expect(row.get_by_text("Refund ₹1,200.00 (paid out)")).to_be_visible()
    manager.goto(live_server.url + reverse("admin:payments_refund_change", args=[refund.pk]))
    screenshot(manager, "7-staff")
    assert set(payment.account.notices.values_list("name", flat=True)) >= {
        "refund-started",
        "refund-processed",
    }
    assert not books.look(now=build.NOW).findings


def test_a_refund_that_fails_at_the_bank_is_on_the_account_again(
    page, desk, look, outside, payment, live_server, screenshot
):
    sign_in(page, live_server, build.owner(payment.account))
    before = ledger.balances(payment.account)[Book.ADVANCES]
    finance = desk("finance")
    ask(finance, live_server, payment, "900")
    finance.locator("button[name=confirm]").click()
    finance.get_by_text("RFD2627-").first.wait_for()
    refund_sending.send_due(now=build.NOW)
    refund = Refund.objects.get()
    assert ledger.balances(payment.account)[Book.ADVANCES] < before

    outside.box.control("POST", f"/refunds/{refund.gateway_refund_id}/fail")
    outside.deliver()

    refund.refresh_from_db()
    assert refund.status == Refund.Status.FAILED
    assert ledger.balances(payment.account)[Book.ADVANCES] == before
    page.goto(shown(live_server, payment))
    expect(page.get_by_text("the money is on your account again")).to_be_visible()
    look(page, "1-failed")
    page.goto(live_server.url + reverse("statement", args=[payment.account.ban]))
    screenshot(page, "2-statement")
    finance.goto(live_server.url + reverse("admin:payments_refund_change", args=[refund.pk]))
    screenshot(finance, "3-staff")
    assert payment.account.notices.filter(name="refund-failed").count() == 1
    assert Payment.objects.get().status == Payment.Status.CAPTURED
    assert webhooks.handle_due(now=build.NOW) == 0 and not books.look(now=build.NOW).findings
