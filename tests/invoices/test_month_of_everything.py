"""A month of everything in any order, and moves to another State: sums, taxes, counters and books hold."""

import itertools
from datetime import timedelta

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Account, Line
from billing_portal import books
from credit import review
from invoices import billing_run, credit_notes, features, moved_advances, refund_vouchers
from invoices.models import Document, DocumentLine, UsageCounter, UsageRecord, VoucherBalance, VoucherUse
from tests import build
from tests.build import NOW

PARTS = ("taxable", "cgst", "sgst", "igst")
PLACES = {"29": build.GSTINS["29"], "27": build.GSTINS["27"], "07": build.GSTINS["07"]}
ACTS = ("pay", "use", "charge", "bill", "credit", "refund", "move")
tokens = itertools.count()
acts = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 300_000)), max_size=16)


def sums(rows):
    found = rows.aggregate(**{name: Sum(name, default=0) for name in PARTS})
    return tuple(found[name] for name in PARTS)


class AnyOrder(TestCase):
    @settings(max_examples=20, deadline=None)
    @given(acts)
    def test_what_was_taken_in_is_accounted_for(self, told):
        features.set_up()
        account, now = build.account(), NOW
        build.subscribed(account, now=now - timedelta(days=31))  # its first cycle ended yesterday
        for act, amount in told:
            now += timedelta(hours=2)
            getattr(self, act)(account, amount, now)

        moved_advances.move_due(now=now)
        review.sweep(now=now)
        self.every_document_is_the_sum_of_its_lines()
        self.tax_in_vouchers_is_what_came_less_what_went(account)
        self.counters_are_the_records()
        assert [str(one) for one in books.look(now=now).findings if one.id != "I37"] == []

    def every_document_is_the_sum_of_its_lines(self):
        for document in Document.objects.all():
            assert sums(DocumentLine.objects.filter(document=document)) == tuple(
                getattr(document, name) for name in PARTS
            )

    def tax_in_vouchers_is_what_came_less_what_went(self, account):
        """Advances received, less set off, less given back, are what is left, for each place and each tax."""
        for treatment in VoucherBalance.objects.values_list("treatment", flat=True).distinct():
            place, supply = treatment.split(":")
            vouchers = Document.objects.filter(kind="receipt_voucher", place_of_supply=place, supply=supply)
            went = VoucherUse.objects.filter(voucher__in=vouchers)
            left = sums(VoucherBalance.objects.filter(treatment=treatment))
            pairs = zip(sums(vouchers), sums(went), strict=True)
            assert left == tuple(received - used for received, used in pairs)
            held = Line.objects.filter(account=account, book="advances", treatment=treatment)
            assert held.aggregate(sum=Sum("amount", default=0))["sum"] == left[0]
        assert (
            Line.objects.filter(book="refunds", entry__key__startswith="received-again").aggregate(
                sum=Sum("amount", default=0)
            )["sum"]
            == -(
                Document.objects.filter(cause__startswith="moved:").aggregate(sum=Sum("total", default=0))[
                    "sum"
                ]
            )
        )

    def counters_are_the_records(self):
        counted = {
            (row["cycle"], row["feature"]): (row["units"], row["records"])
            for row in UsageCounter.objects.values("cycle", "feature", "units", "records")
        }
        found: dict = {}
        for row in UsageRecord.objects.all():
            units, records = found.get((row.cycle_id, row.feature_id), (0, 0))
            found[row.cycle_id, row.feature_id] = units + row.units, records + 1
        assert counted == found

    def pay(self, account, amount, now):
        build.paid(account, f"{max(amount, 100) // 100}.{amount % 100:02}", now=now)

    def use(self, account, amount, now):
        build.used(account, amount % 1500 + 1, now=now, key=f"k{next(tokens)}")

    def charge(self, account, amount, now):
        build.charge(account, f"{amount // 100}.{amount % 100 or 1:02}", now=now)

    def bill(self, account, amount, now):
        billing_run.bill_chunk([account.pk], now=now)

    def credit(self, account, amount, now):
        bill = account.documents.filter(kind="invoice").order_by("-pk")[0]
        left = credit_notes.left_of(bill).taxable
        if left:
            credit_notes.issue_note(bill.pk, min(amount, left), "Too much", token=f"c{next(tokens)}", now=now)

    def refund(self, account, amount, now):
        left = account.vouchers_left.left().first()
        if left:
            refund_vouchers.issue_voucher(
                left.voucher_id, None, token=f"r{next(tokens)}", reason="r", now=now
            )

    def move(self, account, amount, now):
        state = list(PLACES)[amount % 3]
        Account.objects.filter(pk=account.pk).update(state=state, gstin=PLACES[state])
        if amount % 2:  # or the job comes by only later
            moved_advances.move_due(now=now)
