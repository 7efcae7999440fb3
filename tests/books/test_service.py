"""What the books say of damaged service levels and limits: each damage is found, by its own sentence."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts import invariants_service as levels
from accounts import restrictions
from accounts.restrictions import Level, Reason
from billing_portal import books
from credit import invariants_service as limits
from credit import review
from tests import build
from tests.books.test_books import damage

pytestmark = pytest.mark.django_db
LATER = build.NOW + timedelta(minutes=20)
# fmt: off
DAMAGES = (
    "update accounts_account set wanted_level = 'archived' where wanted_level = 'suspended'",
    "update accounts_restriction set lifted_at = imposed_at",
    "delete from accounts_serviceorder",
    "update accounts_serviceorder set state = 'superseded'",
    "update accounts_serviceorder set next_attempt_at = null",
    "update accounts_restriction set reason = 'overdue' where reason = 'credit'",
)
# fmt: on


@pytest.fixture
def world():
    exceeding, stopped = build.account(), build.account()
    build.charge(exceeding, 1000)
    restrictions.impose(stopped, Reason.MANUAL, Level.SUSPENDED, now=build.NOW)
    review.sweep(now=build.NOW)
    build.account()


def said():
    ours = {one.sentence for one in (*levels.INVARIANTS, *limits.INVARIANTS)}
    return {one.sentence for one in books.look(now=LATER).findings} & ours


def test_nothing_is_found_in_what_was_done(world):
    assert said() == set()


@pytest.mark.parametrize("sql", DAMAGES)
def test_damage_is_found(world, sql):
    damage(sql)

    assert said()


def test_each_sentence_is_broken_by_a_damage(world):
    broken = set()
    for sql in DAMAGES:
        point = transaction.savepoint()
        damage(sql)
        broken |= said()
        transaction.savepoint_rollback(point)

    assert broken >= {one.sentence for one in (*levels.INVARIANTS, *limits.INVARIANTS)}
