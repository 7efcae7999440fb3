"""A write-off and a payment of one bill at once: one after the other under the lock; without it seen to go wrong."""

import threading
import uuid

import pytest
from django.db.models import Sum

from accounts import approvals, ledger
from accounts.ledger import Book
from accounts.models.people import AccountQuerySet
from credit import write_offs
from invoices.models import Allocation, WriteOff
from payments import take_in
from tests import build
from tests.ladder import at, bill
from tests.threads import errors, pause, together

pytestmark = pytest.mark.django_db(transaction=True)


def both_at_once():
    """One bill of ₹59, its write-off approved and its payment captured in the same moment."""
    account = build.account()
    owed = bill(account, due=-15)
    asker, other = build.user("asker"), build.user("other")
    request = write_offs.ask(account.pk, [owed.pk], token=uuid.uuid4(), reason="x", by=asker, now=at(0))
    payment = build.payment(account, "59", now=at(0))
    report = build.report(payment)
    results = together(
        [
            lambda: approvals.approve(
                request.pk, actor=other, note="yes", now=at(0), carry_out=write_offs.carry_out
            ),
            lambda: take_in.capture(payment.pk, report, now=at(0)),
        ]
    )
    return account, owed, results


def settled(owed):
    return Allocation.objects.filter(document=owed).aggregate(total=Sum("amount"))["total"]


def test_the_bill_is_written_off_or_paid_never_both():
    for _ in range(4):
        account, owed, results = both_at_once()

        failed = errors(results)
        assert settled(owed) == owed.total
        assert ledger.balances(account)[Book.RECEIVABLE] == 0
        if failed:  # paid first: nothing was left to write off
            assert [type(one) for one in failed] == [approvals.NotAllowed]
            assert not WriteOff.objects.filter(account=account).exists()
        else:  # written off first: the money is the customer's
            assert account.documents.get(kind="receipt_voucher").total == owed.total


def test_without_the_lock_they_go_wrong(monkeypatch):
    rounds = []

    def unlocked(self, pk):
        account = self.get(pk=pk)
        if threading.current_thread() is not threading.main_thread():
            rounds[-1]()  # one of the two comes here more often than the other
        return account

    monkeypatch.setattr(AccountQuerySet, "lock", unlocked)

    def went_wrong():
        rounds.append(pause(2, patience=2))
        return _wrong(*both_at_once())

    assert any(went_wrong() for _ in range(12))  # one round may happen to go one after the other


def _wrong(_account, owed, results):
    unexpected = [one for one in errors(results) if not isinstance(one, approvals.NotAllowed)]
    return bool(unexpected) or settled(owed) != owed.total
