"""Refunds as the customer sees them: on the payment's page, in the history and on the statement."""

from datetime import timedelta

import pytest

from accounts import notices
from accounts.models import Notice
from payments import refund_desk, refund_sending
from payments.gateways.refunds import RefundState
from payments.models import Refund
from tests import build
from tests.build import NOW, paise
from tests.panel.test_payments_page import text, url
from tests.payments.test_refunds import ask, lose, paid
from tests.payments.test_take_back import back

pytestmark = pytest.mark.django_db


def shown(client, account, payment):
    return text(client.get(url("payment", account, number=payment.number)))


def test_a_refund_is_followed_from_its_start_to_the_banks_reference(client, account, world):
    payment = paid(world, account, 1000)
    refund = ask(payment, 400)

    assert "Being sent Started on 24 Nov 2026; with your bank in 5 to 7 working days" in shown(
        client, account, payment
    )
    refund_sending.send_due(now=NOW)
    assert "On its way" in shown(client, account, payment)
    refund.refresh_from_db()
    world.given.change(refund.gateway_refund_id, state=RefundState.PROCESSED)
    refund_sending.look_due(now=NOW + timedelta(hours=1))
    page = shown(client, account, payment)
    assert "Partly refunded" in page
    assert "Paid out on 24 Nov 2026" in page
    assert "Your bank's reference will stand here" in page
    assert "Refund voucher RF/2627/000001" in page
    Refund.objects.update(reference="74332747287")
    assert "Bank reference 74332747287." in shown(client, account, payment)
    history = text(client.get(url("payments", account)))
    assert "Refund ₹400.00 (paid out)" in history


def test_a_failed_refund_says_where_the_money_is(client, account, world):
    payment = paid(world, account, 1000)
    world.given.comes_as = RefundState.FAILED
    ask(payment, 400)
    refund_sending.send_due(now=NOW)

    assert "the money is on your account again" in shown(client, account, payment)


@pytest.mark.parametrize(("disputed", "rest"), [(1000, False), (700, True)])
def test_a_failed_refund_of_money_taken_back_says_that_it_is_not_credited_twice(
    disputed, rest, client, account, world
):
    payment = paid(world, account, 1000)
    refund = ask(payment, 400)
    lose(world, payment, disputed)
    refund_desk.give_up(refund.pk, reason="Charged back", by=build.user(staff=True), now=NOW)

    page = shown(client, account, payment)

    kept = "₹100.00" if rest else "₹400.00"
    assert f"you have {kept} of it by another way, as the payment was taken back" in page
    assert ("the rest is on your account again" in page) is rest


def test_what_a_payment_had_paid_and_is_open_again_is_told(client, account, world):
    bill = build.charge(account, 500)
    payment = paid(world, account, 590)
    back(account, payment, 590)

    page = shown(client, account, payment)

    assert f"so what it had paid was open again. {bill.number} ₹590.00 is to pay now ₹590.00" in page
    assert f"{bill.number} open again by ₹590.00" in text(client.get(url("payments", account)))


def test_the_mails_of_a_refund_say_what_happened(account, world):
    payment = paid(world, account, 1000)
    world.given.comes_as = RefundState.PROCESSED
    ask(payment, 400)
    refund_sending.send_due(now=NOW)
    world.given.comes_as = RefundState.FAILED
    ask(payment, 300)
    refund_sending.send_due(now=NOW)
    Notice.objects.update(attachments=[])  # the files are made by another job

    for _ in range(3):
        notices.send_due(now=NOW + timedelta(minutes=1))

    sent = {one.name: one for one in Notice.objects.filter(name__startswith="refund", state="sent")}
    assert set(sent) == {"refund-started", "refund-processed", "refund-failed"}
    assert sent["refund-processed"].subject == "Your refund of ₹400.00 has been paid out"
    assert "it is on your account again" in sent["refund-failed"].text
    assert "5 to 7 working days" in sent["refund-started"].text
    assert all(payment.number in one.text for one in sent.values())


def test_the_statement_tells_refunds(client, account, world):
    payment = paid(world, account, 1000)
    world.given.comes_as = RefundState.PROCESSED
    refund = ask(payment, 400)
    refund_sending.send_due(now=NOW)

    page = text(client.get(url("statement", account)))

    assert f"Refund {refund.number} paid out" in page
    assert paise(400) == refund.amount
