"""Refunds over the real wire: the SDK to the sandbox and its signed calls to us, with every way it can go wrong."""

import uuid
from datetime import timedelta

import pytest

from accounts import approvals, ledger
from accounts.ledger import Book
from accounts.models import Approval, Entry
from billing_portal import books, clock
from payments import parked_refunds, refund_sending, refunds
from payments.gateways import gateway
from payments.gateways.refunds import door
from payments.models import ParkedReport, Payment, Refund
from payments.refund_plan import NotPossible
from tests import build
from tests.build import paise
from tests.threads import errors, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(240)]
Status = Refund.Status


@pytest.fixture
def payment(outside):
    """A recharge of ₹1,500 by card that has been taken in."""
    started = outside.start()
    outside.pay(started, method="card")
    outside.deliver()
    return Payment.objects.get(pk=started.pk)


def ask(payment, rupees=400):
    return refunds.ask(
        payment.pk, code="advance", amount=paise(rupees), token=uuid.uuid4(), reason="Left us",
        by=build.user(staff=True), now=clock.now(),
    )  # fmt: skip


def agreed(asked):
    """The refund that was asked for; beyond what one person may give back of a payment another one agrees."""
    if not isinstance(asked, Approval):
        return asked
    words = {"actor": build.user(staff=True), "note": "Agreed", "now": clock.now()}
    approvals.approve(asked.pk, **words, carry_out=refunds.carry_out)
    return Refund.objects.get(key=asked.token.hex)


def send(minutes=0):
    return refund_sending.send_due(now=clock.now() + timedelta(minutes=minutes))


def read(refund):
    return Refund.objects.get(pk=refund.pk)


def sound():
    return [str(one) for one in books.look(now=clock.now()).findings if one.id not in ("I15", "I37")]


def test_asked_sent_and_paid_out_by_the_gateways_calls(outside, payment):
    refund = ask(payment)

    assert send() == 1
    assert read(refund).status == Status.SENT
    outside.box.advance("PT1H")
    outside.deliver()

    refund = read(refund)
    assert (refund.status, refund.reference) == (Status.PROCESSED, "")
    outside.box.advance("PT2H")
    refund_sending.look_due(now=clock.now() + timedelta(hours=3))
    assert read(refund).reference
    assert Payment.objects.get(pk=payment.pk).status == Payment.Status.PARTLY_REFUNDED
    assert sound() == []


def test_the_whole_of_a_payment(outside, payment):
    asked = ask(payment, 1500)
    words = {"note": "Yes", "now": clock.now(), "carry_out": refunds.carry_out}
    approvals.approve(asked.pk, actor=build.user(staff=True), **words)
    refund = Refund.objects.get()

    send()
    outside.box.advance("PT1H")
    outside.deliver()

    assert read(refund).status == Status.PROCESSED
    assert Payment.objects.get(pk=payment.pk).status == Payment.Status.REFUNDED
    assert gateway().client.payment.fetch(payment.gateway_payment_id)["status"] == "refunded"
    assert ledger.balances(payment.account)[Book.ADVANCES] == 0
    assert sound() == []


def test_in_parts_until_nothing_is_left(outside, payment):
    parts = [agreed(ask(payment, rupees)) for rupees in (400, 600, 500)]

    send()
    outside.box.advance("PT1H")
    outside.deliver()

    assert {read(one).status for one in parts} == {Status.PROCESSED}
    assert Payment.objects.get(pk=payment.pk).status == Payment.Status.REFUNDED
    with pytest.raises(NotPossible):
        ask(payment, 1)
    assert sound() == []


def test_more_than_there_is_we_refuse(outside, payment):
    ask(payment, 1000)

    with pytest.raises(NotPossible):
        ask(payment, "500.01")

    send()
    assert [one.amount for one in door().refunds_of(payment.gateway_payment_id)] == [paise(1000)]


def test_more_than_is_left_at_the_gateway_the_gateway_refuses_and_a_person_looks(outside, payment):
    """Somebody gave a part back on the gateway's own page, and no call has told us of it yet."""
    outside.box.control("DELETE", "/webhooks")
    door().refund(payment.gateway_payment_id, paise(1200), number="BY-HAND-1", key="by-hand-0001")
    refund = ask(payment, 400)

    send()

    refund = read(refund)
    assert (refund.status, refund.next_at) == (Status.ASKED, None)
    assert refund.parked_at and "400" in refund.error
    assert [one.amount for one in door().refunds_of(payment.gateway_payment_id)] == [paise(1200)]


def test_a_double_click_is_one_refund(outside, payment):
    token, by = uuid.uuid4(), build.user(staff=True)
    words = {"code": "advance", "amount": paise(400), "token": token, "reason": "Left us", "by": by}
    both = together([lambda: refunds.ask(payment.pk, **words, now=clock.now())] * 4)

    together([send] * 4)
    outside.box.advance("PT1H")
    outside.deliver()

    assert not errors(both) and len({one.pk for one in both}) == 1
    assert [one.amount for one in door().refunds_of(payment.gateway_payment_id)] == [paise(400)]
    assert Refund.objects.get().status == Status.PROCESSED
    assert sound() == []


def test_two_workers_with_the_same_key_make_one_refund(outside, payment):
    """The first one's lease ran out while it was waiting for the answer."""
    refund = ask(payment)

    together([lambda: refund_sending._send(read(refund), clock.now())] * 2)
    send(minutes=60)

    sent = outside.calls("POST", "/v1/payments/*/refund")
    assert len(sent) >= 2 and {one["idempotency_key"] for one in sent} == {refund.key}
    assert len(door().refunds_of(payment.gateway_payment_id)) == 1
    assert read(refund).status == Status.SENT
    assert sound() == []


def test_without_any_call_the_looks_find_out(outside, payment):
    outside.box.control("DELETE", "/webhooks")
    refund = ask(payment)
    send()
    outside.box.advance("PT1H")

    refund_sending.look_due(now=clock.now() + timedelta(hours=1))

    assert read(refund).status == Status.PROCESSED
    assert sound() == []


def test_processed_in_the_answer_already(outside, payment):
    outside.fault(on="refund", do={"kind": "processed_at_once"})
    refund = ask(payment)

    send()
    outside.deliver()

    assert read(refund).status == Status.PROCESSED
    assert Entry.objects.filter(key=refund.cause).count() == 1


def test_failed_at_the_bank_the_money_is_on_the_account_again(outside, payment):
    outside.fault(on="refund", do={"kind": "fail"})
    refund = ask(payment)
    send()
    outside.box.advance("PT1H")
    outside.deliver()

    assert read(refund).status == Status.FAILED
    assert ledger.balances(payment.account)[Book.ADVANCES] == 93_220 + 33_898
    assert sound() == []


# Each leaves it open whether the gateway has made the refund.
# fmt: off
UNKNOWN = (
    {"kind": "answer", "status": 500, "body": "json", "commit": False},
    {"kind": "answer", "status": 503, "body": "html", "commit": True},
    {"kind": "reset", "commit": True},
    {"kind": "reset", "commit": False},
    {"kind": "truncate"},
)
# fmt: on


@pytest.mark.parametrize("do", UNKNOWN, ids=[f"{n}-{do['kind']}" for n, do in enumerate(UNKNOWN)])
def test_after_an_unknown_outcome_the_same_key_makes_one_refund(outside, payment, do):
    refund = ask(payment)
    outside.fault(on="request", method="POST", path="/v1/payments/*/refund", do=do)

    send()
    assert read(refund).status == Status.ASKED
    send(minutes=60)

    assert read(refund).status == Status.SENT
    assert len(door().refunds_of(payment.gateway_payment_id)) == 1
    outside.box.advance("PT1H")
    outside.deliver()
    assert Refund.objects.get().status == Status.PROCESSED
    assert sound() == []


def test_too_little_money_at_the_gateway_waits_for_a_person(outside, payment):
    outside.box.control("POST", "/switches", {"merchant_balance": 100})
    refund = ask(payment)

    send()

    refund = read(refund)
    assert (refund.status, refund.next_at) == (Status.ASKED, None)
    assert "enough balance" in refund.error
    assert refund.parked_at


def test_a_refund_made_on_the_gateways_own_page_is_followed(outside, payment):
    door().refund(payment.gateway_payment_id, paise(500), number="BY-HAND-1", key="by-hand-0001")
    outside.box.advance("PT1H")
    outside.deliver()

    refund = Refund.objects.get()
    assert (refund.source, refund.status) == (Refund.Source.TAKEN, Status.PROCESSED)
    assert sound() == []


def test_a_second_payment_that_the_gateway_gives_back_is_written_down(outside, payment):
    outside.pay(payment, method="card")
    outside.deliver()

    found = Refund.objects.all()
    assert [one.source for one in found] in ([], [Refund.Source.GATEWAY])
    assert Payment.objects.get(pk=payment.pk).status == Payment.Status.CAPTURED
    assert sound() == []


def test_parked_money_goes_back(outside):
    started = outside.start(500)
    outside.fault(on="payment", do={"kind": "amount", "amount": 60_000})
    outside.pay(started)
    outside.deliver()
    row = ParkedReport.objects.get()

    refund = parked_refunds.send_back(
        row, token=uuid.uuid4(), reason="Wrong sum", by=build.user(staff=True), now=clock.now()
    )
    send()
    outside.box.advance("PT1H")
    outside.deliver()

    assert read(refund).status == Status.PROCESSED
    assert not Entry.objects.exists()
