"""What the books say of a damaged comparison with the gateway: each damage is found, and nothing without one."""

from datetime import timedelta

import pytest

from accounts import house
from accounts.ledger import Book
from billing_portal import books
from payments import invariants_bank, invariants_reconciliation, recharge, reconcile
from payments.models import BankLine, Difference
from tests import build, fakes
from tests.books.test_books import damage, off, unbroken

pytestmark = pytest.mark.django_db
NIGHT = build.NOW + timedelta(days=1)
LATER = NIGHT + timedelta(days=2)
SENTENCES = (*invariants_reconciliation.INVARIANTS, *invariants_bank.INVARIANTS)

# fmt: off
DAMAGES = (
    "delete from payments_differenceevent; delete from payments_difference where kind = 'payment_missing_here'",
    "update payments_gatewayrecord set amount = amount + 1 where gateway_id in"
    " (select gateway_payment_id from payments_payment)",
    "update payments_difference set owner_id = null",
    "alter table payments_dayclose drop constraint day_close_rest_known; update payments_dayclose set rest = 1",
    "delete from payments_dayclose where day = '2026-11-20'",
    "update payments_dayclose set received_ledger = received_ledger + 1",
    "update payments_settlement set amount = amount + 1",
    "update payments_settlementline set fee = fee + 1",
    "update payments_settlementline set tax = tax + 1",
    "update payments_settlement set posted_at = null",
    "update payments_settlement set utr = 'ANOTHER'",
    off("accounts_line") + "update accounts_line set amount = amount - 1 where book = 'suspense'",
    "update payments_bankuse set cause = 'settlement:setl_another'",
)
# fmt: on


@pytest.fixture
def compared(settings):
    """A night with a settlement at the bank, and one payment of nobody's."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    world = fakes.FakeGateway.world = fakes.World()
    payment, stranger = build.payment(build.account(), 1000), build.payment(build.account(), 700)
    report = world.pays(payment)
    recharge.settle(payment.pk, now=build.NOW)
    told = world.listed.settle(report)
    world.pays(stranger, order_id=build.gateway_id("order"))
    world.receipts.clear()
    line = BankLine.objects.create(
        bank="1", source="import", direction="in", amount=told.amount, open_amount=told.amount,
        value_on=build.NOW.date(), utr=told.utr, narration="NEFT", row_hash="x", entered_at=build.NOW,
    )  # fmt: skip
    house.post(line.cause, {Book.BANK: -told.amount, Book.SUSPENSE: told.amount}, now=build.NOW)
    reconcile.run(now=NIGHT)
    Difference.objects.update(owner=build.user(staff=True))


def said():
    return [what for one in SENTENCES for what in one.find(LATER)]


def test_nothing_is_found_in_a_comparison_that_was_not_damaged(compared):
    assert said() == []
    assert not [
        one for one in books.look(now=build.NOW + timedelta(minutes=5)).findings if one.id in ("I10", "I15")
    ]


@pytest.mark.parametrize("sql", DAMAGES)
def test_each_damage_is_found(compared, sql):
    damage(sql)

    assert said()


def test_each_sentence_has_a_damage(compared):
    assert unbroken(invariants_reconciliation.INVARIANTS, DAMAGES, LATER) == set()
