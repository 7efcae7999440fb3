"""What the books say of damaged credit limits: each damage is found, and by its own sentence."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import Account
from billing_portal import books
from billing_portal.unit import unit
from credit import invariants_limits, limits, limits_job
from tests import build
from tests.books.damage import LIMITS
from tests.books.test_books import damage

pytestmark = pytest.mark.django_db
LATE = build.NOW + timedelta(days=68)  # a bill of NOW is 61 days past its due date


@unit
def reassess(account, now):
    limits.reassess(Account.objects.lock(account.pk), now=now)


@pytest.fixture(autouse=True)
def world():
    """Two accounts of a customer: one has paid, and is lowered for the other; a third with a temporary limit."""
    account = build.account()
    other = build.account(customer=account.customer)
    build.charge(account, 1000)
    build.paid(account, 20_000)
    build.charge(other, 1000)
    third = build.account()
    for one in (account, other, third):
        reassess(one, build.NOW)
    limits_job.nightly(now=LATE)
    build.limit(third, 5000, days=5, now=LATE)


def said():
    return {one.sentence for one in books.look(now=LATE + timedelta(minutes=5)).findings if one.id == "I34"}


def test_nothing_is_found_in_what_the_use_cases_wrote():
    assert said() == set()


@pytest.mark.parametrize("sql", [sql for _id, sql in LIMITS])
def test_damage_is_found(sql):
    damage(sql)

    assert said()


def test_each_sentence_is_broken_by_a_damage():
    broken = set()
    for _id, sql in LIMITS:
        point = transaction.savepoint()
        damage(sql)
        broken |= said()
        transaction.savepoint_rollback(point)

    assert broken >= {one.sentence for one in invariants_limits.INVARIANTS}
