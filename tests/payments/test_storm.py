"""A thousand payments, each event three times, shuffled, returns in between, eight threads: one credit each."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import notices
from accounts.models import Entry, Notice
from invoices.models import Document
from payments import webhooks
from payments.models import Payment, WebhookEvent
from tests import build, fakes
from tests.build import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PAYMENTS, ACCOUNTS, THREADS = 1000, 20, 8
NAMES = ("payment.authorized", "payment.captured", "order.paid")


def started(world):
    accounts = [build.account() for _ in range(ACCOUNTS)]
    payments = [build.payment(accounts[number % ACCOUNTS], 100 + number) for number in range(PAYMENTS)]
    return [(payment, world.pays(payment)) for payment in payments]


def deliveries(paid):
    """What arrives: each of three events three times, under the same id or a new one, and the browser."""
    for number, (payment, report) in enumerate(paid):
        for name in NAMES:
            for copy in range(3):
                yield "event", fakes.event(report, name), f"evt_{number}_{name}_{copy % 2}"
        yield "return", payment.gateway_order_id, report.payment_id


def deliver(client, kind, first, second):
    if kind == "event":
        headers = {"X-Razorpay-Signature": fakes.sign(first), "X-Razorpay-Event-Id": second}
        return client.post("/gateway/webhook/", first, content_type="application/json", headers=headers)
    fields = {
        "razorpay_order_id": first,
        "razorpay_payment_id": second,
        "razorpay_signature": fakes.sign_return(first, second),
    }
    return client.post(reverse("gateway-return"), fields)


def test_a_thousand_payments_in_a_storm_are_a_thousand_credits(world, settings, monkeypatch, mailoutbox):
    monkeypatch.setattr("billing_portal.nudge.wake", lambda *_args: None)
    monkeypatch.setattr("accounts.channels.storages", {"documents": Everything()})
    todo = list(deliveries(started(world)))
    random.Random(11).shuffle(todo)
    wrong = []

    def work(mine):
        client = Client()
        try:
            for number, delivery in enumerate(mine):
                if deliver(client, *delivery).status_code not in (200, 303):
                    wrong.append(delivery)
                if number % 50 == 0:
                    webhooks.handle_due(now=NOW + timedelta(days=1))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(todo[number::THREADS],)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while webhooks.handle_due(now=NOW + timedelta(days=1)):
        pass
    while notices.send_due(now=NOW + timedelta(days=1), limit=500):
        pass

    assert not wrong
    assert Payment.objects.filter(status=Payment.Status.CAPTURED).count() == PAYMENTS
    assert Entry.objects.count() == PAYMENTS
    assert Notice.objects.filter(name="payment-received", state="sent").count() == PAYMENTS
    assert WebhookEvent.objects.filter(handled_at=None).count() == 0
    numbers = (
        Document.objects.filter(kind="receipt_voucher").order_by("number").values_list("number", flat=True)
    )
    assert list(numbers) == [f"RV/2627/{number:06}" for number in range(1, PAYMENTS + 1)]


class Everything:
    """A storage in which every document is there: the PDFs have tests of their own."""

    def exists(self, _name):
        return True

    def open(self, _name):
        import io

        return io.BytesIO(b"%PDF-1.7")
