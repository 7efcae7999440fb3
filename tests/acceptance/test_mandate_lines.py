"""The mandate lines of the gateway contract's acceptance list, through the SDK and real HTTP webhooks."""

import uuid
from datetime import timedelta

import pytest

from accounts.models import Entry, Notice
from billing_portal import clock
from payments import mandate_follow, mandate_orders, mandates
from payments.gateways.mandates import BankAccount
from payments.mandates import Consent, Wish
from payments.models import Mandate, ParkedReport, Payment, WebhookEvent
from tests import build
from tests.payments.mandates import UNTIL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(400)]

State = Mandate.State


class Lines:
    """A customer with mandates, and their bank."""

    def __init__(self, outside):
        self.outside, self.account = outside, build.account()
        self.account.contacts.create(name="Desk", email="desk@example.in", phone="+919800000001")

    def begin(self, method="upi", bank="ICIC", ending="5678", token=None):
        account = BankAccount("Asha Rao", f"5010001234{ending}", "current", f"{bank}0000451")
        consent = Consent(build.owner(self.account), "I allow it.", "203.0.113.7")
        wish = Wish(method, 15_000_00, UNTIL)
        token = token or uuid.uuid4()
        mandate = mandates.start(self.account.pk, wish, consent, token=token, now=clock.now())
        given = account if method == "emandate" else None
        return mandate_orders.open_order(mandate, given, now=clock.now())

    def approve(self, mandate, **wish):
        """Approve (or fail to) at the bank; return what the browser would bring back."""
        path = f"/orders/{mandate.gateway_order_id}/pay"
        made = self.outside.box.control("POST", path, {"method": mandate.method, **wish})
        return made["return"]

    def bank(self, mandate, act, **body):
        mandate.refresh_from_db()
        self.outside.box.control("POST", f"/tokens/{mandate.gateway_token_id}/{act}", body)

    def deliver(self, **later):
        self.outside.deliver(later=timedelta(**later))

    def state(self, mandate):
        mandate.refresh_from_db()
        return mandate.state

    def active(self, method="upi"):
        mandate = self.begin(method)
        self.approve(mandate)
        self.deliver()
        assert self.state(mandate) == State.ACTIVE
        return mandate


@pytest.fixture
def lines(outside):
    return Lines(outside)


@pytest.mark.parametrize("method", ["card", "upi", "emandate"])
def test_a_mandate_by_each_method(lines, method):
    mandate = lines.begin(method)

    lines.approve(mandate)
    lines.deliver()

    assert lines.state(mandate) == State.ACTIVE
    assert mandate.instrument
    assert Notice.objects.filter(name="auto-pay-set-up", channel="email").count() == 1
    assert Notice.objects.filter(name="auto-pay-set-up", channel="sms").count() == 1
    assert Entry.objects.count() == Payment.objects.count() == (0 if method == "emandate" else 1)
    assert not ParkedReport.objects.exists()


def test_the_return_leads_to_the_auto_pay_page(lines, outside):
    outside.box.control("DELETE", "/webhooks")
    mandate = lines.begin("card")

    answer = outside.come_back(lines.approve(mandate))

    assert answer.status_code == 303
    assert answer.url == f"/{lines.account.ban}/auto-pay/?from={mandate.number}"
    assert lines.state(mandate) == State.ACTIVE


def test_a_closed_tab_without_webhook_is_found_by_the_sweep(lines, outside):
    outside.box.control("DELETE", "/webhooks")
    mandate = lines.begin()
    lines.approve(mandate)

    mandate_follow.sweep(now=clock.now() + timedelta(minutes=1))

    assert lines.state(mandate) == State.ACTIVE


@pytest.mark.parametrize("order", ["release", "shuffle"])
def test_events_in_any_order(lines, outside, order):
    mandate = lines.begin()
    outside.box.control("POST", "/webhooks/hold")
    lines.approve(mandate)

    outside.box.control("POST", f"/webhooks/{order}", {"order": "reverse"} if order == "release" else {})
    lines.deliver()

    assert lines.state(mandate) == State.ACTIVE
    assert Entry.objects.count() == 1


def test_a_dummy_payment_whose_mandate_holds(lines, outside):
    outside.fault(on="token", do={"kind": "dummy_payment"})
    mandate = lines.begin("upi")

    lines.approve(mandate)
    lines.deliver()

    assert lines.state(mandate) == State.ACTIVE
    assert not Entry.objects.exists()
    assert Notice.objects.filter(name="payment-failed").count() == 0


def test_a_rejected_account(lines):
    mandate = lines.begin("emandate", ending="0001")
    lines.approve(mandate)
    lines.deliver()

    assert lines.state(mandate) == State.FAILED
    assert Notice.objects.filter(name="mandate-failed", channel="email").count() == 1


def test_a_confirmation_on_the_next_working_day(lines, outside):
    mandate = lines.begin("emandate", bank="HDFC")
    lines.approve(mandate)
    lines.deliver()
    assert lines.state(mandate) == State.AWAITING
    assert mandate.gateway_token_id

    outside.box.advance("P4D")
    lines.deliver(days=4)

    assert lines.state(mandate) == State.ACTIVE


def test_the_bank_pauses_resumes_and_cancels(lines):
    mandate = lines.active()

    for act, state in (("pause", State.PAUSED), ("resume", State.ACTIVE), ("cancel", State.CANCELLED)):
        lines.bank(mandate, act)
        lines.deliver()
        assert lines.state(mandate) == state
    assert mandate.reason == "by_bank"


@pytest.mark.parametrize("method", ["card", "emandate"])
def test_our_cancelling_reaches_the_bank(lines, outside, method):
    mandate = lines.active(method)
    mandates.cancel(lines.account.pk, mandate.pk, by=build.owner(lines.account), now=clock.now())

    mandate_follow.sweep(now=clock.now())
    outside.box.advance("P4D")
    lines.deliver(days=4)

    assert lines.state(mandate) == State.CANCELLED
    assert mandate.next_check_at is None


def test_cancelling_while_the_bank_still_thinks(lines, outside):
    mandate = lines.begin("emandate", bank="HDFC")
    lines.approve(mandate)
    mandates.cancel(lines.account.pk, mandate.pk, by=build.owner(lines.account), now=clock.now())
    lines.deliver()

    outside.box.advance("P4D")
    lines.deliver(days=4)

    assert lines.state(mandate) == State.CANCELLED
    assert mandate.next_check_at is None
    assert not Notice.objects.filter(name="auto-pay-set-up").exists()


def test_a_failure_then_an_approval_on_the_same_order(lines):
    mandate = lines.begin()
    lines.approve(mandate, outcome="fail", reason="insufficient_funds")
    lines.deliver()
    assert (lines.state(mandate), mandate.reason) == (State.AWAITING, "insufficient_funds")

    lines.approve(mandate)
    lines.deliver()

    assert lines.state(mandate) == State.ACTIVE


@pytest.mark.parametrize(
    "shape", ["no_recurring_details", "card_expiry_text", "active_all_the_same", "resumed_status"]
)
def test_odd_events_of_tokens(lines, outside, shape):
    outside.fault(on="event", event="token.*", count=None, do={"kind": "shape", "shape": shape})

    lines.active("card")

    assert WebhookEvent.objects.filter(handled_at=None).count() == 0


def test_no_whole_account_number_stays(lines):
    lines.active("emandate")

    bodies = b"".join(bytes(event.body) for event in WebhookEvent.objects.all())
    assert b"50100012345678" not in bodies
    assert WebhookEvent.objects.filter(name="token.confirmed", body=b"").count() == 1
    assert '"account_number":"···· 5678"' in bodies.decode()  # of the payment that approved it
