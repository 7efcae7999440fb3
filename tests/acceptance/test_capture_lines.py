"""Money that the bank has authorised and nobody has taken: taken by us, or gone back and never credited."""

from datetime import timedelta

import pytest

from accounts.models import Entry, Notice
from billing_portal import books, clock
from payments import outcome
from payments.gateways import State, gateway
from payments.models import Payment
from payments.policy import GIVEN_BACK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(120)]
DAYS = timedelta(days=1)


def test_what_waits_for_us_is_taken_once(outside):
    payment = outside.start()

    back = outside.pay(payment, capture=False)
    outside.come_back(back)
    outside.deliver()

    payment.refresh_from_db()
    assert (payment.status, Entry.objects.count()) == (Payment.Status.CAPTURED, 1)
    assert len(outside.calls("POST", "/v1/payments/*/capture")) == 1


@pytest.fixture
def lapsed(outside):
    """An authorised payment that could not be captured until the gateway gave it back."""
    payment = outside.start()
    rule = outside.fault(
        on="request",
        method="POST",
        path="/v1/payments/*/capture",
        count=None,
        do={"kind": "answer", "status": 503},
    )
    outside.pay(payment, capture=False)
    outside.deliver()
    for hours in (1, 24, 48):
        outside.deliver(later=timedelta(hours=hours))
        outside.sweep(later=timedelta(hours=hours))
    assert outside.calls("POST", "/v1/payments/*/capture")
    outside.box.advance("P4D")
    outside.box.control("DELETE", f"/faults/{rule['id']}")
    (there,) = gateway().order_payments(payment.gateway_order_id)
    assert (there.state, there.was_captured) == (State.REFUNDED, False)
    return payment


def given_back(payment):
    """Nothing is credited, nothing is open, and the customer reads in plain words what became of the money."""
    payment.refresh_from_db()
    assert (payment.status, payment.failure_reason) == (Payment.Status.FAILED, GIVEN_BACK)
    assert not Entry.objects.exists()
    (said,) = outcome.read([payment])
    assert said.is_decided and "is yours again" in said.reason
    mail = Notice.objects.get(name="payment-failed")
    assert "is yours again" in mail.context["reason"]
    found = books.look(now=clock.now() + 4 * DAYS).findings
    assert not [str(one) for one in found if one.id in ("I09", "I10", "I11", "I12", "I14")]


def test_what_lapsed_is_no_credit_and_is_said(outside, lapsed):
    outside.deliver(later=4 * DAYS)
    outside.sweep(later=4 * DAYS)

    given_back(lapsed)


def test_what_lapsed_without_any_call_is_found_by_the_follow_up(outside):
    outside.box.control("DELETE", "/webhooks")
    payment = outside.start()
    outside.fault(
        on="request",
        method="POST",
        path="/v1/payments/*/capture",
        count=None,
        do={"kind": "answer", "status": 503},
    )
    outside.pay(payment, capture=False)
    outside.sweep()
    outside.box.advance("P4D")

    outside.sweep(later=4 * DAYS)

    given_back(payment)


def test_another_attempt_on_the_same_order_counts(outside, lapsed):
    outside.sweep(later=4 * DAYS)
    outside.pay(lapsed)

    outside.deliver(later=4 * DAYS)

    lapsed.refresh_from_db()
    assert (lapsed.status, Entry.objects.count()) == (Payment.Status.CAPTURED, 1)
