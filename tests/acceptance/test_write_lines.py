"""Each write to the gateway, going wrong in each way, with the thing done and not done: in the end it is done once."""

import time
import uuid
from datetime import timedelta

import pytest

from accounts.models import Entry
from billing_portal import clock
from payments import dispute_answers, dispute_follow_up, mandate_follow, mandates, refund_sending, refunds
from payments import virtual_accounts as virtual
from payments.dispute_answers import NotPossible, Proof
from payments.gateways import GatewayError, gateway
from payments.gateways.mandates import TokenState
from payments.gateways.mandates import mandates as mandates_door
from payments.gateways.refunds import door
from payments.models import Dispute, Mandate, Payment, Refund, VirtualAccount
from tests import build
from tests.acceptance.test_mandate_lines import Lines
from tests.build import paise
from tests.outside import each_failure

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(120)]
PDF = Proof("billing_proof", b"%PDF-1.7 the invoice")
HOUR, DAYS = timedelta(hours=1), timedelta(days=4)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """The gateway has a second to answer."""
    monkeypatch.setattr("payments.gateways.wire.TIMEOUT", (1, 1))


@pytest.fixture
def payment(outside):
    """A recharge of ₹1,500 that has been taken in."""
    started = outside.start()
    outside.pay(started)
    outside.deliver()
    return Payment.objects.get(pk=started.pk)


@pytest.fixture
def staff(db):
    return {"reason": "Letter of the bank", "by": build.user(staff=True), "now": clock.now()}


def tries(call, *errors):
    """Make a call; when it fails as a person or a job may see it, make it again."""
    try:
        return call()
    except errors:
        return call()


@each_failure
def test_a_capture(outside, failure):
    started = outside.start()
    outside.breaks("POST", "/v1/payments/*/capture", failure)

    outside.pay(started, capture=False)
    outside.deliver()
    outside.deliver(later=HOUR)

    started.refresh_from_db()
    assert (started.status, Entry.objects.count()) == (Payment.Status.CAPTURED, 1)
    there = gateway().order_payments(started.gateway_order_id)
    assert [(one.payment_id, one.was_captured) for one in there] == [(started.gateway_payment_id, True)]


@each_failure
def test_a_refund(outside, payment, failure):
    refund = refunds.ask(
        payment.pk, code="advance", amount=paise(400), token=uuid.uuid4(), reason="Left us",
        by=build.user(staff=True), now=clock.now(),
    )  # fmt: skip
    outside.breaks("POST", "/v1/payments/*/refund", failure)

    for hour in range(7):
        refund_sending.send_due(now=clock.now() + hour * HOUR)
        refund.refresh_from_db()
        if refund.status != Refund.Status.ASKED:
            break
        time.sleep(0.4)  # a call that was too slow for us may still be under way there
    outside.box.advance("PT1H")
    outside.deliver()

    refund.refresh_from_db()
    assert (refund.status, Refund.objects.count()) == (Refund.Status.PROCESSED, 1)
    assert [one.amount for one in door().refunds_of(payment.gateway_payment_id)] == [paise(400)]
    sent = outside.calls("POST", "/v1/payments/*/refund")
    assert {(one["idempotency_key"], one["request"]) for one in sent} == {(refund.key, sent[0]["request"])}
    assert Entry.objects.filter(key=refund.cause).count() == 1


@each_failure
def test_a_virtual_account(outside, failure):
    account = build.account()
    outside.breaks("POST", "/v1/virtual_accounts", failure)

    row = tries(lambda: virtual.ensure(account, by=build.owner(account), now=clock.now()), GatewayError)

    assert (row.state, VirtualAccount.objects.count()) == ("active", 1)
    (there,) = gateway().client.virtual_account.all()["items"]
    assert there["id"] == row.gateway_id


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/orders"])
@each_failure
def test_a_registration(outside, path, failure):
    lines, token = Lines(outside), uuid.uuid4()
    outside.breaks("POST", path, failure)

    mandate = tries(lambda: lines.begin("emandate", token=token), GatewayError)

    there = gateway().client.order.all({"receipt": mandate.number})["items"]
    assert [order["id"] for order in there] == [mandate.gateway_order_id]
    assert gateway().client.customer.all()["count"] == 1
    lines.approve(mandate)
    lines.deliver()
    assert (lines.state(mandate), Mandate.objects.count()) == (Mandate.State.ACTIVE, 1)


@each_failure
def test_the_cancelling_of_a_mandate(outside, failure):
    lines = Lines(outside)
    mandate = lines.active("card")
    mandates.cancel(lines.account.pk, mandate.pk, by=build.owner(lines.account), now=clock.now())
    outside.breaks("PUT", "/v1/customers/*/tokens/*/cancel", failure)

    mandate_follow.sweep(now=clock.now())
    mandate_follow.sweep(now=clock.now() + HOUR)
    outside.box.advance("P4D")
    mandate_follow.sweep(now=clock.now() + DAYS)

    there = mandates_door().token(mandate.gateway_customer_id, mandate.gateway_token_id)
    assert (there.state, lines.state(mandate)) == (TokenState.CANCELLED, Mandate.State.CANCELLED)
    assert mandate.next_check_at is None


@pytest.fixture
def dispute(outside, payment):
    outside.box.control("POST", "/disputes", {"payment_id": payment.gateway_payment_id})
    outside.deliver()
    return Dispute.objects.get()


def followed(dispute):
    """What a person sees after the hourly look."""
    dispute_follow_up.run(now=clock.now() + HOUR)
    dispute.refresh_from_db()
    return dispute


@each_failure
def test_giving_a_dispute_up(outside, dispute, failure, staff):
    outside.box.control("POST", "/webhooks/hold")
    outside.breaks("POST", "/v1/disputes/*/accept", failure)

    try:
        dispute_answers.accept(dispute.pk, **staff)
    except NotPossible:
        if followed(dispute).state == Dispute.State.OPEN:
            dispute_answers.accept(dispute.pk, **staff)
    outside.box.control("POST", "/webhooks/release", {})
    outside.deliver()

    assert (followed(dispute).state, dispute.debited) == (Dispute.State.LOST, paise(1500))
    assert Entry.objects.filter(key=dispute.cause).count() == 1
    assert gateway().client.dispute.fetch(dispute.gateway_dispute_id)["status"] == "lost"


@each_failure
def test_contesting_a_dispute(outside, dispute, failure, staff):
    dispute_answers.keep_evidence(dispute.pk, note="Calls of November", proof=PDF, **staff)
    outside.breaks("PATCH", "/v1/disputes/*/contest", failure)

    try:
        dispute_answers.submit(dispute.pk, **staff)
    except NotPossible:
        if followed(dispute).state == Dispute.State.OPEN:
            dispute_answers.submit(dispute.pk, **staff)
    outside.deliver()

    assert (followed(dispute).state, dispute.debited) == (Dispute.State.UNDER_REVIEW, 0)
    there = gateway().client.dispute.fetch(dispute.gateway_dispute_id)
    assert there["evidence"]["billing_proof"] == [one["id"] for one in dispute.proofs]


@each_failure
def test_uploading_a_document(outside, dispute, failure, staff):
    outside.breaks("POST", "/v1/documents", failure)

    tries(
        lambda: dispute_answers.keep_evidence(dispute.pk, note="Calls", proof=PDF, **staff),
        NotPossible,
    )
    sent = dispute_answers.submit(dispute.pk, **staff)

    assert (sent.state, len(sent.proofs)) == (Dispute.State.UNDER_REVIEW, 1)
    there = gateway().client.dispute.fetch(dispute.gateway_dispute_id)
    assert there["evidence"]["billing_proof"] == [sent.proofs[0]["id"]]
