"""The run beside itself, beside payments, and killed anywhere: each cycle once, numbers without a gap."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from accounts.models import Account
from billing_portal import books
from invoices import billing_run, bills
from invoices.models import Cycle, Document, NumberSeries
from payments import take_in
from tests import build
from tests.build import NOW
from tests.payments.test_kill import dies_at
from tests.threads import errors, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
AFTER = NOW + timedelta(days=30)


def accounts(number):
    made = [build.account() for _ in range(number)]
    for account in made:
        build.subscribed(account)
    return [account.pk for account in made]


def unsound():
    return [str(finding) for finding in books.look(now=AFTER).findings if finding.id not in ("I24", "I37")]


def test_the_same_chunk_from_six_workers_is_billed_once():
    ids = accounts(4)

    results = together([lambda: billing_run.bill_chunk(ids, now=AFTER)] * 6)

    assert not errors(results)
    assert sum(len(done.documents) for done in results) == 4
    assert sum(done.failed for done in results) == 0
    assert Document.objects.filter(cause__startswith="cycle:").count() == 4
    assert unsound() == []


def test_overlapping_chunks_do_not_block_each_other_for_ever():
    ids = accounts(6)
    parts = [ids[:4], ids[2:], list(reversed(ids)), ids[1:5]]

    results = together([lambda part=part: billing_run.bill_chunk(part, now=AFTER) for part in parts])

    assert not errors(results)
    assert sum(len(done.documents) for done in results) == 6
    assert unsound() == []


def bill_and_pay(monkeypatch):
    """Let a payment come between what a bill was planned from and its writing, if it can."""
    (pk,) = accounts(1)
    account = Account.objects.get(pk=pk)
    build.paid(account, 1180)  # the rental billed with the activation
    payment = build.payment(account, 1180)
    planned, paid = threading.Event(), threading.Event()
    real = bills.plan_many

    def plan_many(asked, **more):
        found = real(asked, **more)
        planned.set()
        with suppress(Exception):
            paid.wait(timeout=2)
        return found

    def pay():
        planned.wait(timeout=5)
        try:
            return take_in.capture(payment.pk, build.report(payment), now=AFTER)
        finally:
            paid.set()

    monkeypatch.setattr(bills, "plan_many", plan_many)
    return together([lambda: billing_run.bill_chunk([pk], now=AFTER), pay])


def test_a_payment_while_a_bill_is_written_finds_the_bill(monkeypatch):
    results = bill_and_pay(monkeypatch)

    assert not errors(results) and results[0].failed == 0
    bill = Document.objects.get(cause__startswith="cycle:")
    assert bill.open_amount == 0
    assert not Document.objects.filter(kind="receipt_voucher").exists()


def test_without_the_lock_a_payment_while_a_bill_is_written_goes_wrong(monkeypatch):
    real = QuerySet.select_for_update
    monkeypatch.setattr(
        QuerySet,
        "select_for_update",
        lambda self, **words: self if words.get("of") == ("self",) else real(self, **words),
    )

    results = bill_and_pay(monkeypatch)

    went_wrong = errors(results) or results[0].failed
    assert went_wrong or Document.objects.filter(kind="receipt_voucher").exists()


def test_killed_anywhere_a_chunk_is_billed_whole_or_not_at_all():
    for number in range(1, 120):
        ids = accounts(2)
        before = Document.objects.count()

        killed = dies_at(number, lambda ids=ids: billing_run.bill_chunk(ids, now=AFTER))

        made = Document.objects.count() - before
        assert made in (0, 2), f"half a chunk after moment {number}"
        closed = Cycle.objects.filter(account__in=ids).exclude(closed_at=None)
        assert closed.count() == made
        billing_run.bill_chunk(ids, now=AFTER)
        assert Document.objects.count() - before == 2
        if not killed:
            break
    else:
        pytest.fail("never came through")

    assert number > 15
    series = NumberSeries.objects.get(series="VI")
    numbers = Document.objects.filter(kind="invoice").order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"VI/2627/{place:06}" for place in range(1, series.last + 1)]
    assert unsound() == []
