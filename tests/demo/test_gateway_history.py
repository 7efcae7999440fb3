"""The sandbox's gateway knows the demo's story: what was paid in it can be given back, as a payment of today."""

import pytest

from billing_portal import demo_gateway
from payments.gateways import Refused
from payments.gateways.refunds import door
from payments.models import Dispute, ParkedReport, Payment, Refund


@pytest.fixture
def told(seeded, sandbox_process, settings):
    box = sandbox_process
    box.reset()
    settings.RAZORPAY_URL = settings.SANDBOX_URL = box.url
    settings.SANDBOX_CONTROL_TOKEN = box.control_token
    demo_gateway.connect()
    yield box
    box.reset()


def test_every_payment_refund_and_dispute_of_the_story_is_known_there(told, seeded):
    online = Payment.objects.received().filter(gateway_payment_id__isnull=False)
    assert online.count() > 50

    for payment in online.order_by("-captured_at")[:5]:
        entity = door().client.payment.fetch(payment.gateway_payment_id)
        assert (entity["amount"], entity["order_id"]) == (payment.amount, payment.gateway_order_id)
    for refund in Refund.objects.filter(gateway_refund_id__isnull=False):
        assert door().client.refund.fetch(refund.gateway_refund_id)["receipt"] == refund.number
    for dispute in Dispute.objects.all():
        assert door().client.dispute.fetch(dispute.gateway_dispute_id)["status"] == dispute.state
    stray = ParkedReport.objects.get(state="open", kind="unknown_order")
    assert door().client.payment.fetch(stray.gateway_payment_id)["amount"] == stray.amount


def test_a_payment_of_the_story_can_be_given_back(told, seeded):
    payment = (
        Payment.objects.received().filter(channel="online", refunds=None, disputes=None).latest("captured_at")
    )

    made = door().refund(payment.gateway_payment_id, 10_000, number="RFD2627-900001", key="a" * 32)

    assert made.amount == 10_000


def test_telling_again_changes_nothing(told, seeded):
    assert demo_gateway.connect() == 0


def test_without_it_the_gateway_does_not_know_them(seeded, sandbox_process, settings):
    sandbox_process.reset()
    settings.RAZORPAY_URL = sandbox_process.url
    payment = Payment.objects.received().filter(channel="online").latest("captured_at")

    with pytest.raises(Refused):
        door().refund(payment.gateway_payment_id, 10_000, number="RFD2627-900001", key="a" * 32)
