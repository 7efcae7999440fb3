"""Settlements at the bank: the line with their UTR takes them out of suspense; what does not fit is named."""

import json
from datetime import timedelta

import pytest

from accounts import house
from accounts.ledger import Book
from accounts.models import Line
from payments import recharge, reconcile, settlement_bank, settlements, webhooks
from payments.models import BankLine, BankUse, Difference, Settlement
from tests import build, fakes

pytestmark = pytest.mark.django_db

NOW = build.NOW
DAY = timedelta(days=1)


@pytest.fixture
def settled(world):
    """A settlement of one payment of ₹1,000."""
    payment = build.payment(build.account(), 1000)
    report = world.pays(payment)
    recharge.settle(payment.pk, now=NOW)
    return world.listed.settle(report)


def bank_line(utr, amount, on=NOW):
    """A line of the imported statement, posted as imports post them."""
    line = BankLine.objects.create(
        bank="1", source="import", direction="in", amount=amount, open_amount=amount, value_on=on.date(), utr=utr,
        narration=f"NEFT {utr}", row_hash=f"{utr}{amount}", entered_at=on,
    )  # fmt: skip
    house.post(line.cause, {Book.BANK: -amount, Book.SUSPENSE: amount}, now=on)
    return line


def suspense():
    return Line.objects.filter(book="suspense").total()


def test_the_line_with_its_utr_and_amount_takes_it_out_of_suspense(settled):
    line = bank_line(settled.utr, settled.amount)
    reconcile.run(now=NOW + DAY)

    line.refresh_from_db()
    assert (line.state, line.open_amount, suspense()) == ("settled", 0, 0)
    assert BankUse.objects.get().cause == f"settlement:{settled.settlement_id}"
    assert settlement_bank.match(now=NOW + DAY) == 0


def test_a_line_that_comes_days_later_is_matched_too(settled):
    reconcile.run(now=NOW + DAY)
    assert suspense() == -settled.amount
    bank_line(settled.utr, settled.amount)

    assert settlement_bank.match(now=NOW + 3 * DAY) == 1

    assert suspense() == 0


def test_a_line_of_another_amount_is_named_and_left_alone(settled):
    line = bank_line(settled.utr, settled.amount - 500)

    reconcile.run(now=NOW + DAY)

    line.refresh_from_db()
    one = Difference.objects.get()
    assert (one.kind, one.ours, one.theirs) == ("bank_amount", settled.amount, settled.amount - 500)
    assert line.state == "unmatched"


@pytest.mark.parametrize(
    ("days", "statement_until", "is_named"), [(1, 0, False), (3, 0, False), (9, 0, True)]
)
def test_one_that_the_bank_does_not_show_is_named(settled, days, statement_until, is_named):
    reconcile.run(now=NOW + days * DAY)

    found = set(Difference.objects.values_list("kind", flat=True))
    assert ("bank_missing" in found) is is_named


def test_a_failed_one_gives_its_bank_line_back(world, settled):
    line = bank_line(settled.utr, settled.amount)
    reconcile.run(now=NOW + DAY)
    world.listed.change(settled, status="failed")

    settlements.hear(settled.settlement_id, now=NOW + DAY)

    line.refresh_from_db()
    assert (line.state, line.open_amount, BankUse.objects.count()) == ("unmatched", line.amount, 0)
    assert suspense() == line.amount


def test_the_call_about_a_settlement_posts_it_at_once(settled):
    payload = {"settlement": {"entity": {"id": settled.settlement_id}}}
    body = json.dumps({"entity": "event", "event": "settlement.processed", "payload": payload}).encode()

    webhooks.store(body, fakes.sign(body), "e1", now=NOW)
    webhooks.handle_due(now=NOW)

    assert Settlement.objects.get().posted_at == NOW
    assert Line.objects.filter(book="gateway").total() == 0
