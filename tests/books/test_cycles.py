"""What the books say of damaged cycles: each damage is found, and by its own sentence."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing_portal import books
from invoices import billing_job, invariants_billing
from invoices.models import OneTimeCharge
from tests import build
from tests.books.damage import CYCLES
from tests.books.test_books import damage

pytestmark = pytest.mark.django_db
AFTER = build.NOW + timedelta(days=30)
MUCH_LATER = AFTER + timedelta(days=40)  # the second cycle has ended too, and waits for its run


@pytest.fixture
def world():
    account = build.account()
    build.subscribed(account)
    OneTimeCharge.objects.create(account=account, description="Porting", amount=25_000, added_at=build.NOW)
    assert billing_job.run(lambda done: None, now=AFTER) == 1
    return account


def said():
    return {one.sentence for one in books.look(now=MUCH_LATER).findings if one.id == "I22"}


def test_nothing_is_found_in_what_the_run_wrote(world):
    assert said() == set()


@pytest.mark.parametrize("sql", [sql for _id, sql in CYCLES])
def test_damage_is_found(world, sql):
    damage(sql)

    assert said()


def test_each_sentence_is_broken_by_a_damage(world):
    broken = set()
    for _id, sql in CYCLES:
        point = transaction.savepoint()
        damage(sql)
        broken |= said()
        transaction.savepoint_rollback(point)

    assert broken >= {one.sentence for one in invariants_billing.INVARIANTS}
