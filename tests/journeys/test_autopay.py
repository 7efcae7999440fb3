"""Auto-pay in a real browser: set up, announced, debited, failed, tried again, stopped, and cancelled."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from accounts.models import Notice
from payments import debit_plan, debit_raise, mandate_follow, webhooks
from payments.models import Debit, Mandate
from tests import build
from tests.browser import NARROW
from tests.journeys.test_recharge import sign_in
from tests.outside import outside, sandbox_process

__all__ = ["outside", "sandbox_process"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Days:
    """The portal's clock, the gateway's beside it, and what the jobs do meanwhile."""

    def __init__(self, outside, monkeypatch):
        self.outside, self.now = outside, build.NOW
        monkeypatch.setattr("billing_portal.clock.now", lambda: self.now)

    def until(self, moment):
        """Let the time pass in steps of three hours."""
        while self.now < moment:
            self.outside.box.advance("PT3H")
            self.now += 3 * HOUR
            self.work()

    def work(self):
        """The jobs, once; the messages go out at once."""
        self.outside.box.drain()
        webhooks.handle_due(now=self.now)
        mandate_follow.sweep(now=self.now)
        debit_plan.plan_due(now=self.now)
        debit_raise.step_due(now=self.now)
        Notice.objects.filter(state=Notice.State.OWED).update(state=Notice.State.SENT, sent_at=self.now)

    def raised(self, debit):
        """Let a debit be announced and handed to its bank at its own moment."""
        self.until(debit.raise_at - 3 * HOUR)
        self.now = debit.raise_at
        self.work()
        debit.refresh_from_db()
        assert debit.state == Debit.State.RAISED


@pytest.fixture
def days(outside, monkeypatch):
    return Days(outside, monkeypatch)


def approve_by_upi(page):
    page.wait_for_url("**/v1/checkout/**")
    page.get_by_label("UPI ID").fill("success@razorpay")
    page.locator("form.approve button.primary").click()
    page.wait_for_url("**/auto-pay/?from=*")  # the gateway's page leads back by itself


def test_a_year_of_auto_pay_in_small(
    page, live_server, outside, days, monkeypatch, screenshot, no_axe_violations, transactional_db
):
    cache.clear()
    account = build.account(name="Lotus Diagnostics")
    account.contacts.create(name="Asha", email="asha@lotus.example", phone="+919800000001")
    bill = build.charge(account, 1000)
    sign_in(page, live_server, build.owner(account))
    address = f"{live_server.url}/{account.ban}/auto-pay/"

    # set up
    page.get_by_role("link", name="Auto-pay", exact=True).first.click()
    page.get_by_role("heading", name="Set up auto-pay").wait_for()
    no_axe_violations(page)
    screenshot(page, "1-off")
    page.get_by_role("link", name="Choose UPI AutoPay").click()
    page.get_by_label("Highest amount of a debit").fill("5,000")
    page.locator("#id_agreed").check()
    no_axe_violations(page)
    screenshot(page, "2-terms")
    page.get_by_role("button", name="Go on to approve it").click()
    approve_by_upi(page)
    days.work()
    page.goto(address)
    page.get_by_text("Active", exact=True).first.wait_for()
    mandate = Mandate.objects.get()
    assert (mandate.state, mandate.ceiling) == ("active", build.paise(5000))
    assert mandate.started_by == build.owner(account)

    # announced, and debited
    debit = Debit.objects.get()
    page.goto(address)
    page.get_by_text(debit.number).first.wait_for()
    no_axe_violations(page)
    screenshot(page, "3-planned")
    days.until(debit.notify_at + HOUR)
    page.goto(address)
    page.get_by_text("Announced", exact=True).first.wait_for()
    days.raised(debit)
    page.goto(address)
    page.get_by_text("With your bank", exact=True).first.wait_for()
    screenshot(page, "4-with-the-bank")
    days.until(debit.debit_at + 6 * HOUR)
    page.goto(address)
    page.get_by_text("Debited", exact=True).first.wait_for()
    no_axe_violations(page)
    bill.refresh_from_db()
    assert bill.open_amount == 0

    # failed, and tried again; then stopped by the customer
    outside.fault(on="debit", do={"kind": "fail", "reason": "insufficient_funds"})
    second = build.charge(account, 1200, now=days.now)
    days.work()
    debit = Debit.objects.open().get()
    days.raised(debit)
    days.until(debit.debit_at + 6 * HOUR)
    page.goto(address)
    page.get_by_text("Failed", exact=True).first.wait_for()
    page.get_by_text("attempt 2").wait_for()
    page.set_viewport_size(NARROW)
    no_axe_violations(page)
    screenshot(page, "5-tried-again-narrow")
    again = Debit.objects.open().get()
    assert (again.attempt, list(again.bills.all())) == (2, [second])
    page.get_by_text(f"Stop this debit {again.number}").click()
    page.get_by_role("button", name="Yes, stop it").click()
    page.get_by_text("Stopped by you", exact=True).first.wait_for()
    days.until(again.debit_at + DAY)
    again.refresh_from_db()
    assert (again.state, again.payment) == (Debit.State.OPTED_OUT, None)

    # cancelled, at any time
    page.goto(address)
    page.get_by_text("Cancel auto-pay").click()
    page.get_by_role("button", name="Yes, cancel it now").click()
    page.get_by_text("You cancelled it.").first.wait_for()
    no_axe_violations(page)
    screenshot(page, "6-cancelled-narrow")
    days.until(days.now + 2 * DAY)
    token = outside.box.control("GET", "/log", count="1000")["items"]
    assert any(entry["path"].endswith("/cancel") for entry in token)
    assert account.notices.filter(name="auto-pay-cancelled").exists()
    assert Debit.objects.open().count() == 0
