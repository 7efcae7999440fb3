"""The way to the gateway and the result: never a dead end, never asked to pay twice while an attempt is open."""

from datetime import timedelta

import pytest
from django.urls import reverse

from invoices.models import DocumentFile
from payments import checkout, parked, recharge
from payments.gateways import State
from payments.models import Payment
from tests import build
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def gateway(world):
    return world


def test_the_checkout_form_leads_to_the_gateway_and_its_policy_allows_just_that(client, account):
    payment = build.payment(account, 100)

    response = client.get(url("payment-checkout", account, number=payment.number))

    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["form-action"] == f"'self' {checkout.origin()}"
    assert policy["script-src"] == "'self'"
    assert f'action="{checkout.address()}"' in response.content.decode()
    assert payment.gateway_order_id in response.content.decode()


def test_no_other_page_may_send_forms_away(client, account):
    response = client.get(url("payments", account))

    assert "form-action 'self';" in response["Content-Security-Policy"] + ";"


def test_while_another_request_makes_the_order_the_page_waits_a_while(client, account):
    payment = build.payment(account, 100)
    Payment.objects.filter(pk=payment.pk).update(gateway_order_id=None, order_claimed_at=build.NOW)
    page = url("payment-checkout", account, number=payment.number)

    assert 'data-look-again="?look=1"' in client.get(page).content.decode()
    assert "This takes longer than it should" in text(client.get(page, {"look": 15}))
    assert "This takes longer than it should" in text(client.get(page, {"look": "x"}))


def test_a_gateway_that_is_away_is_said_and_tried_again(client, account, world):
    world.fails += ["create", "find", "create", "find"]
    payment = build.payment(account, 100)
    Payment.objects.filter(pk=payment.pk).update(gateway_order_id=None)

    response = client.get(url("payment-checkout", account, number=payment.number))

    assert response.status_code == 503
    assert "Nothing was charged." in text(response)
    assert "Try again" in text(response)


def test_a_received_payment_has_no_checkout_any_more(client, account):
    payment = build.paid(account, 100)

    response = client.get(url("payment-checkout", account, number=payment.number))

    assert response.url == url("payment-result", account, number=payment.number)


def result(client, payment, **headers):
    return client.get(url("payment-result", payment.account, number=payment.number), headers=headers)


def test_confirming_asks_again_by_itself_and_stays_silent(client, account):
    payment = build.payment(account, 100)

    assert 'hx-trigger="every 2s"' in result(client, payment).content.decode()
    assert result(client, payment, **HTMX).status_code == 204


def test_after_ten_minutes_it_explains_and_asks_no_more(client, account):
    payment = build.payment(account, 100, now=build.NOW - timedelta(minutes=10))
    recharge.note(payment.pk, build.report(payment, state=State.AUTHORIZED))

    response = result(client, payment, **HTMX)

    assert response.status_code == 200
    assert b"hx-trigger" not in response.content
    assert "nothing must be paid again" in text(response)


def test_the_poll_brings_the_receipt(client, account):
    invoice = build.charge(account, 1000)
    payment = build.paid(account, 2680)

    page = text(result(client, payment, **HTMX))

    assert "Payment received" in page
    assert f"Pays invoice {invoice.number} ₹1,180.00" in page
    assert "Added to your balance ₹1,271.18" in page
    assert "You paid ₹2,680.00" in page
    assert "Balance now +₹1,271.18" in page
    assert "<html" not in page


def test_a_failure_is_told_in_plain_words_with_two_ways_on(client, account):
    payment = build.payment(account, 100)
    recharge.note(payment.pk, build.report(payment, state=State.FAILED, reason="incorrect_otp"))

    response = result(client, payment)

    assert "A detail was not accepted" in text(response)
    assert "incorrect_otp" not in text(response)
    assert url("payment-checkout", account, number=payment.number) in response.content.decode()
    assert "Choose another amount" in text(response)


def test_parked_money_is_not_lost_and_not_asked_for_again(client, account):
    payment = build.payment(account, 100)
    parked.park(parked.Kind.AMOUNT, build.report(payment, amount=1), payment=payment, now=build.NOW)

    response = result(client, payment)

    assert "A person is checking this payment" in text(response)
    assert payment.number in text(response)
    assert "checkout" not in response.content.decode()


def test_the_payment_page_stands_as_previewed(client, account):
    invoice = build.charge(account, 1000)
    build.paid(account, 500)
    payment = build.paid(account, 700)

    page = text(client.get(url("payment", account, number=payment.number)))

    assert f"Pays invoice {invoice.number} ₹680.00" in page
    assert "Added to your balance ₹16.94" in page
    assert "You paid ₹700.00" in page


def test_a_part_payment_stays_a_part_payment(client, account):
    invoice = build.charge(account, 1000)
    first = build.paid(account, 500)
    build.paid(account, 700)

    page = text(client.get(url("payment", account, number=first.number)))

    assert f"Pays part of invoice {invoice.number} (₹680.00 stays open) ₹500.00" in page


def test_documents_refresh_until_they_are_ready(client, account):
    payment = build.paid(account, 500)
    page = url("payment", account, number=payment.number)

    waiting = client.get(page, headers=HTMX).content.decode()
    DocumentFile.objects.update(state=DocumentFile.State.READY)
    ready = client.get(page, headers=HTMX).content.decode()

    assert "every 3s" in waiting
    assert "PDF being prepared" in waiting
    assert "every 3s" not in ready
    assert reverse("documents", kwargs={"ban": account.ban}) in ready


def test_money_credited_under_another_number_is_no_failure_to_be_paid_again(client):
    account = build.account()
    payment = build.payment(account, 1500)
    Payment.objects.filter(pk=payment.pk).update(status="failed", failure_reason="credited_elsewhere")
    client.force_login(build.owner(account))

    html = client.get(f"/{account.ban}/payments/{payment.number}/result/").content.decode()

    assert "credited under another number" in html
    assert "did not go through" not in html
    assert "Try another method" not in html
