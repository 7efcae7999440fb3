"""What the books say of damaged credit limits: each damage is found, and by its own sentence."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from accounts import approvals
from accounts.models import Account
from billing_portal import books
from billing_portal.unit import unit
from credit import invariants_limits, limits, limits_job, temporary_limits
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
    row = approvals.ask(
        temporary_limits.ACTION,
        third,
        token=uuid.uuid4(),
        payload=temporary_limits.payload(500_000, (LATE + timedelta(days=5)).date()),
        summary="s",
        reason="Trade fair",
        by=build.user(staff=True),
        now=LATE,
    )
    approvals.approve(
        row.pk,
        actor=build.user(staff=True),
        note="n",
        now=LATE,
        carry_out=lambda row: str(temporary_limits.set_temporary(row, now=LATE).amount),
    )


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
