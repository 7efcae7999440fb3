"""Many at once: one comparison, one posting of a settlement, one use of a bank line."""

from datetime import timedelta

import pytest

from accounts import house
from accounts.ledger import Book
from accounts.models import Entry, JobRun
from payments import recharge, reconcile, settlement_bank, settlements
from payments.models import BankLine, BankUse, Settlement
from tests import build
from tests.threads import errors, together

pytestmark = [pytest.mark.django_db(transaction=True)]

NOW, NIGHT = build.NOW, build.NOW + timedelta(days=1)


@pytest.fixture
def settled(world):
    payment = build.payment(build.account(), 1000)
    report = world.pays(payment)
    recharge.settle(payment.pk, now=NOW)
    return world.listed.settle(report)


def test_of_comparisons_started_at_once_one_runs_and_the_others_leave(settled):
    reconcile.run(now=NOW - timedelta(days=1))  # its row of yesterday is there

    done = together([lambda: reconcile.run(now=NIGHT)] * 4)

    assert not errors(done)
    assert sum(bool(one) for one in done) == 1
    assert JobRun.objects.filter(business_date=NIGHT.date()).count() == 1
    assert Entry.objects.filter(key__startswith="settlement:").count() == 1


def test_a_settlement_is_posted_once(settled):
    settlements.keep(settled, now=NOW)
    settlements.keep_rows([], now=NOW)
    pk = Settlement.objects.get().pk

    done = together([lambda: settlements.post(pk, now=NIGHT + timedelta(days=1))] * 5)

    assert sorted(done) == [False] * 4 + [True]
    assert Entry.objects.filter(key__startswith="settlement:").count() == 1


def test_a_bank_line_is_used_once(settled):
    reconcile.run(now=NIGHT)
    line = BankLine.objects.create(
        bank="1", source="import", direction="in", amount=settled.amount, open_amount=settled.amount,
        value_on=NOW.date(), utr=settled.utr, narration="NEFT", row_hash="x", entered_at=NOW,
    )  # fmt: skip
    house.post(line.cause, {Book.BANK: -line.amount, Book.SUSPENSE: line.amount}, now=NOW)

    done = together([lambda: settlement_bank.match(now=NIGHT)] * 5)

    assert not errors(done)
    assert sum(done) == 1
    assert BankUse.objects.count() == 1
