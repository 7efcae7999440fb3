"""Damage to refunds, and what is said of it."""

import pytest
from django.db import Error

from payments import invariants_refunds, refund_sending
from payments.gateways.refunds import RefundState
from payments.models import Refund
from tests import build, fakes
from tests.books.damage import REFUNDS
from tests.books.test_books import LATER, damage, ids, unbroken
from tests.build import NOW
from tests.payments.test_refunds import ask, hear, paid, sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    """A refund on its way, one paid out and one failed."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    world = fakes.FakeGateway.world = fakes.World()
    account = build.account()
    build.account()
    ask(paid(world, account, 1000), 100)
    refund_sending.send_due(now=NOW)
    world.given.comes_as = RefundState.PROCESSED
    ask(paid(world, account, 2000), 200)
    refund_sending.send_due(now=NOW)
    world.given.comes_as = RefundState.FAILED
    ask(paid(world, account, 3000), 300)
    refund_sending.send_due(now=NOW)
    assert set(Refund.objects.values_list("status", flat=True)) == {"sent", "processed", "failed"}
    return world


def test_nothing_is_found_in_what_the_use_cases_wrote(world):
    assert sound() == []


@pytest.mark.parametrize(("id", "sql"), REFUNDS, ids=[f"{n}-{id}" for n, (id, _sql) in enumerate(REFUNDS)])
def test_damage_is_found(world, id, sql):
    damage(sql)

    assert id in ids()


def test_each_sentence_has_a_damage(world):
    assert unbroken(invariants_refunds.INVARIANTS, [sql for _id, sql in REFUNDS], LATER) == set()


def test_a_payment_never_goes_back(world):
    with pytest.raises(Error, match="never goes back"):
        damage("update payments_payment set status = 'failed' where status = 'captured'")


def test_hearing_again_changes_nothing(world):
    refund = Refund.objects.get(status="failed")
    hear(world, "refund.failed", "refund", refund.gateway_refund_id)

    assert sound() == []
