"""What the books say of money moved by hand without a person, a reason or a record: each is found, by its sentence."""

import pytest

from payments import dispute_answers, disputes, parked
from payments import invariants_by_hand as ours
from payments.models import ParkedReport
from tests import build, fakes
from tests.books.test_bank import world as bank_world
from tests.books.test_books import damage, off

pytestmark = pytest.mark.django_db
NOW = build.NOW
__all__ = ["bank_world"]
PARKED, CREDITED, ASIDE, ANSWERED = (one.sentence for one in ours.INVARIANTS)
FORGET = off("accounts_auditevent") + "delete from accounts_auditevent where subject like '{}:%'"
UNSAID = off("accounts_auditevent") + "update accounts_auditevent set reason = '' where subject like '{}:%'"

# fmt: off
DAMAGES = (
    (PARKED,   "update payments_parkedreport set resolved_by_id = null"),
    (PARKED,   "alter table payments_parkedreport drop constraint parked_resolved_has_reason;"
               "update payments_parkedreport set resolution = ''"),
    (PARKED,   FORGET.format("parked")),
    (CREDITED, FORGET.format("bank-line")),
    (CREDITED, UNSAID.format("bank-line")),
    (ASIDE,    FORGET.format("bank-line")),
    (ASIDE,    "alter table payments_bankline drop constraint bank_line_aside_by_two;"
               "update payments_bankline set aside_by_id = aside_asked_by_id where state = 'ignored'"),
    (ASIDE,    "update payments_bankline set note = '' where state = 'ignored'"),
    (ANSWERED, FORGET.format("dispute")),
    (ANSWERED, UNSAID.format("dispute")),
)
# fmt: on


@pytest.fixture
def by_hand(bank_world, settings):
    """Bank money as staff settle it, a parked report that was closed, and a dispute that was given up."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    world = fakes.FakeGateway.world = fakes.World()
    staff = build.user(staff=True)
    row = ParkedReport.objects.create(
        kind="unknown_order",
        gateway_payment_id=build.gateway_id("pay"),
        amount=1,
        currency="INR",
        parked_at=NOW,
    )
    parked.resolve(row.pk, actor=staff, resolution="Of another shop", now=NOW)
    payment = build.paid(build.account(), 1000)
    dispute = disputes.take(world.disputed.begin(payment), now=NOW)
    dispute_answers.accept(dispute.pk, reason="They are right", by=staff, now=NOW)


def said():
    return {one.sentence for one in ours.INVARIANTS if list(one.find(NOW))}


def test_nothing_is_found_where_people_did_it_right(by_hand):
    assert said() == set()


@pytest.mark.parametrize(("sentence", "sql"), DAMAGES)
def test_each_damage_is_found(by_hand, sentence, sql):
    damage(sql)

    assert sentence in said()
