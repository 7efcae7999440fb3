"""What the books say of a damaged overdue ladder: each damage is found, by its own sentence."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing_portal import books
from credit import invariants_overdue
from tests import build
from tests.books.test_books import damage
from tests.ladder import at, bill, sweep

pytestmark = pytest.mark.django_db
LATER = at(31) + timedelta(minutes=16)
STOOD = "update accounts_restriction set lifted_at = null where reason = 'overdue' and level = 'suspended'"
# ruff: noqa: E501 - a table, one damage a row
# fmt: off
DAMAGES = (
    ("I25", "update accounts_restriction set level = 'deleted' where reason = 'overdue' and lifted_at is null"),
    ("I25", "update credit_steptaken set undone_at = taken_at where action = 'suspend'"),
    ("I25", "alter table invoices_document disable trigger user; update invoices_document set due_on = due_on + 5 where open_amount > 0"),
    ("I26", "update credit_steptaken set day = 31 where action = 'suspend'"),
    ("I26", "update credit_steptaken set due = 0 where action = 'remind'"),
    ("I26", "alter table credit_steptaken drop constraint step_once_a_day; update credit_steptaken set taken_on = '2026-12-24' where action <> 'remind'"),
    ("I26", "update credit_steptaken set action = 'remind' where action = 'block-outbound'"),
    ("I26", "update credit_steptaken s set announced_by_id = (select max(id) from credit_steptaken where account_id = s.account_id) where action = 'block-outbound'"),
    ("I27", "update credit_steptaken set announced_by_id = null where action = 'suspend'"),
    ("I27", "update accounts_notice set state = 'parked', sent_at = null where name = 'outbound-blocked'"),
    ("I27", "update accounts_notice set sent_at = sent_at + interval '60 days' where name = 'overdue-reminder'"),
    ("I28", STOOD),
    ("I28", "update credit_steptaken set undone_at = null where action = 'suspend'"),
)
# fmt: on


@pytest.fixture
def world():
    """One suspended since day 30, one that paid on day 31, one that pays each bill."""
    owing, late, good = build.account(), build.account(), build.account()
    bill(owing)
    owed, prompt = bill(late), bill(good)
    build.paid(good, prompt.total // 100, now=at(-3))
    sweep(range(31))
    build.paid(late, owed.total // 100 + 1, now=at(31))


def said():
    ours = {(one.id, one.sentence) for one in invariants_overdue.INVARIANTS}
    return {(one.id, one.sentence) for one in books.look(now=LATER).findings} & ours


def test_nothing_is_found_in_what_the_jobs_did(world):
    assert said() == set()


@pytest.mark.parametrize(("id", "sql"), DAMAGES, ids=[f"{n}-{id}" for n, (id, _) in enumerate(DAMAGES)])
def test_damage_is_found(world, id, sql):
    damage(sql)

    assert id in {one for one, _sentence in said()}


def test_each_sentence_is_broken_by_a_damage(world):
    broken = set()
    for _id, sql in DAMAGES:
        point = transaction.savepoint()
        damage(sql)
        broken |= said()
        transaction.savepoint_rollback(point)

    assert broken == {(one.id, one.sentence) for one in invariants_overdue.INVARIANTS}
