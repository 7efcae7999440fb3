"""Usage, recharges, bills, notes, refunds and moves to another State in any order: the sums hold after every step."""

import contextlib
import itertools
from collections import Counter
from datetime import timedelta

from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.ledger import Book
from accounts.models import Account, Line
from invoices import (
    billing_run,
    counters,
    credit_notes,
    debit_notes,
    invariants,
    moved_advances,
    plan_changes,
    refund_vouchers,
    upgrades,
    usage,
)
from invoices.models import Document, DocumentLine, UsageCounter, VoucherBalance, VoucherUse
from tests import build
from tests.build import NOW, paise

MONEY = ("taxable", "cgst", "sgst", "igst")
tokens = itertools.count(1)


def use(account, amount, now):
    feature = "sms" if amount % 2 else "click_to_call"
    start = {"sms": build.message, "click_to_call": build.call}[feature]
    more = {"units": amount} if feature == "sms" else {"seconds": amount * 60}
    usage.ingest([start(account, at=now, **more)], source="platform", now=now)


def pay(account, amount, now):
    build.paid(account, amount + 100, now=now)


def charge(account, amount, now):
    build.charge(account, amount, now=now)


def credit(account, amount, now):
    bill = account.documents.bills().order_by("-pk").first()
    left = credit_notes.left_of(bill).taxable if bill else 0
    if left:
        credit_notes.issue_note(
            bill.pk, min(left, amount * 100), "Too much", token=f"c{next(tokens)}", now=now
        )


def debit(account, amount, now):
    bill = account.documents.filter(kind="invoice").order_by("-pk").first()
    if bill:
        words = {"token": f"d{next(tokens)}", "actor": None, "reason": "test", "now": now}
        debit_notes.issue_note(bill.pk, amount * 100, "Too low", **words)


def refund(account, amount, now):
    left = VoucherBalance.objects.left().filter(account=account).first()
    if left:
        total = sum(getattr(left, name) for name in MONEY)
        part = None if amount % 2 or total < 2 * paise(amount) else paise(amount)
        refund_vouchers.issue_voucher(left.voucher_id, part, token=f"r{next(tokens)}", reason="r", now=now)


def upgrade(account, amount, now):
    plan = build.plan(f"p{amount}", rental=100_000 + amount)
    with contextlib.suppress(
        plan_changes.NotPossible
    ):  # the present plan, a smaller one, less left than was paid
        upgrades.upgrade(account.pk, plan.pk, token=f"u{next(tokens)}", actor=None, reason="r", now=now)


def move(account, amount, now):
    """To another State; the job that lets prepaid money follow comes by at once, or only at the end."""
    state = sorted(build.GSTINS)[amount % 3]
    Account.objects.filter(pk=account.pk).update(state=state, gstin=build.GSTINS[state])
    if amount % 2:
        moved_advances.move_due(now=now)


def bill(account, amount, now):
    billing_run.bill_chunk([account.pk], now=now)


STEPS = (use, use, pay, charge, credit, debit, refund, upgrade, move, bill)


def check(account):
    """Lines are totals; tax of advances is received − used − refunded, place by place; counters are records."""
    documents = Document.objects.filter(account=account)
    for document in documents:
        sums = DocumentLine.objects.filter(document=document).aggregate(
            **{name: Sum(name, default=0) for name in MONEY}
        )
        assert sums == {name: getattr(document, name) for name in MONEY}, document.number
        assert document.total == sum(sums.values()) + document.rounding, document.number
    _check_advances(account)
    assert counters.differences([account.pk]) == []
    assert UsageCounter.objects.filter(account=account, unrated__gt=0).count() == 0


def _check_advances(account):
    received, left, booked = Counter(), Counter(), Counter()
    for voucher in Document.objects.filter(account=account, kind="receipt_voucher"):
        for name in MONEY:
            received[voucher.left.treatment, name] += getattr(voucher, name)
            left[voucher.left.treatment, name] += getattr(voucher.left, name)
    for one in VoucherUse.objects.filter(voucher__account=account):  # bills, and refund vouchers
        for name in MONEY:
            received[one.voucher.left.treatment, name] -= getattr(one, name)
    assert +received == +left and not -received
    for balance in account.balances.filter(book=Book.ADVANCES):
        booked[balance.treatment, "taxable"] += balance.amount
    assert +booked == Counter({key: value for key, value in left.items() if key[1] == "taxable" and value})
    entries = Line.objects.filter(entry__account=account)
    assert entries.aggregate(sum=Sum("amount", default=0))["sum"] == 0


class AnyOrder(TestCase):
    @settings(
        max_examples=8,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    @given(
        state=st.sampled_from(("29", "27")),
        steps=st.lists(
            st.tuples(st.sampled_from(STEPS), st.integers(1, 900), st.integers(0, 12)),
            min_size=3,
            max_size=7,
        ),
    )
    def test_the_sums_hold(self, state, steps):
        account, now = build.account(state=state), NOW
        build.subscribed(account, now=now)
        for step, amount, days in steps:
            now += timedelta(days=days)
            step(account, amount, now)
            account.refresh_from_db()
            check(account)

        moved_advances.move_due(now=now)
        check(account)
        found = [what for one in invariants.INVARIANTS for what in one.find(now + timedelta(minutes=1))]
        assert [what for what in found if "PDF is not made" not in str(what)] == []
