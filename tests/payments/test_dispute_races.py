"""The same news of a dispute at the same time debits once; the control takes the lock away and sees it go wrong."""

import threading

import pytest

from accounts.ledger import Book
from accounts.models import Entry, Line
from accounts.models.people import AccountQuerySet
from invoices.models import AllocationReversal, Document
from payments import disputes, take_in
from payments.models import Dispute
from tests import build
from tests.build import NOW, paise
from tests.threads import errors, pause, together

pytestmark = pytest.mark.django_db(transaction=True)


def spent(world):
    """A lost dispute of a payment of which ₹590 of ₹1,000 are used."""
    account = build.account()
    payment = build.paid(account, 1000)
    build.charge(account, 500)
    return payment, world.disputed.move(world.disputed.begin(payment), "lost")


def test_eight_calls_at_once_debit_once(world):
    payment, lost = spent(world)

    results = together([lambda: disputes.take(lost, now=NOW)] * 8)

    assert not errors(results)
    assert Dispute.objects.get().debited == paise(1000)
    assert Entry.objects.filter(key=f"dispute:{lost.dispute_id}").count() == 1
    assert Line.objects.filter(account=payment.account, book=Book.GATEWAY).total() == 0
    assert AllocationReversal.objects.get().amount == Document.objects.get(kind="invoice").open_amount


def test_won_and_lost_at_once_end_as_won_with_the_money_there(world):
    payment, lost = spent(world)
    won = world.disputed.move(lost, "won", deducted=0)

    results = together([lambda report=r: disputes.take(report, now=NOW) for r in (lost, won) * 4])

    row = Dispute.objects.get()
    assert not errors(results)
    assert (row.state, bool(row.debited_at)) == ("won", bool(row.returned_at))
    assert Line.objects.filter(account=payment.account, book=Book.GATEWAY).total() == -paise(1000)


def test_a_debit_beside_a_new_payment_keeps_the_bill_right(world):
    payment, lost = spent(world)
    other = build.payment(payment.account, 590)

    results = together(
        [
            lambda: disputes.take(lost, now=NOW),
            lambda: take_in.capture(other.pk, build.report(other), now=NOW),
        ]
    )

    assert not errors(results)
    assert Document.objects.get(kind="invoice").open_amount == 0


def test_without_the_account_lock_calls_at_once_go_wrong(world, monkeypatch):
    _payment, lost = spent(world)
    wait = pause(2)

    def unlocked(self, pk):
        account = self.get(pk=pk)
        if threading.current_thread() is not threading.main_thread():
            wait()
        return account

    monkeypatch.setattr(AccountQuerySet, "lock", unlocked)
    monkeypatch.setattr("payments.disputes._payment", lambda pk: disputes.Payment.objects.get(pk=pk))

    results = together([lambda: disputes.take(lost, now=NOW)] * 2)

    assert errors(results)
