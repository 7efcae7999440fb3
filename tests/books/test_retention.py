"""What the books say of damaged archives, deletions and runs: each damage is found, by its own sentence."""

import uuid

import pytest
from django.db import transaction

from accounts import approvals
from billing_portal import books
from credit import deletion
from credit import invariants_retention as ours
from payments import deletions
from tests import archived, build, ladder
from tests.books.test_books import damage
from tests.ladder import at

pytestmark = pytest.mark.django_db
GONE = "(select account_id from credit_deletion where finished_at is not null)"
# ruff: noqa: E501 - a table, one damage a row
# fmt: off
DAMAGES = (
    ("I30", "update credit_deletion set marked_at = begun_at where begun_at is not null"),
    ("I30", "update credit_archive set state = 'returned' where state = 'destroyed'"),
    ("I31", f"insert into accounts_contact (account_id, category, name, email, phone) select account_id, 'accounts', 'A', 'a@example.in', '' from credit_deletion where account_id in {GONE}"),
    ("I31", f"insert into accounts_conversation (account_id, subject, category, state, opened_by_id, opened_at, last_message_at, waits_since) select account_id, 'A', 'general', 'open', (select min(id) from accounts_user), now(), now(), now() from credit_deletion where account_id in {GONE}"),
    ("I31", f"update accounts_notice set recipient = 'a@example.in' where id = (select min(id) from accounts_notice where account_id in {GONE})"),
    ("I32", "update credit_archivepart set key = null where gone_at is null and archive_id in (select id from credit_archive where state = 'moved')"),
    ("I32", "update credit_archivepart set sha256 = ''"),
    ("I32", "update credit_archivepart set rows = rows + 1"),
    ("I32", "update credit_archivepart set file = 'lost' where moved_at is not null and gone_at is null"),
    ("I33", "delete from accounts_jobrun where id = (select id from accounts_jobrun where job = 'overdue-remind' order by business_date offset 3 limit 1)"),
)
# fmt: on


@pytest.fixture
def world(settings, tmp_path):
    """An account that was deleted, and one that is archived."""
    for name in ("documents", "archives"):
        storage = settings.STORAGES[name] | {"OPTIONS": {"location": str(tmp_path / name)}}
        settings.STORAGES = settings.STORAGES | {name: storage}
    gone = archived.archived()
    ladder.sweep(range(61, 84))
    asked = deletion.ask(gone.pk, token=uuid.uuid4(), reason="x", by=build.user(staff=True), now=at(84))
    approvals.approve(asked.pk, actor=build.user(staff=True), note="", now=at(84), carry_out=deletion.approve)
    ladder.sweep(range(84, 91))
    deletions.finish_due(now=at(91))
    other = archived.account()
    archived.files_are_made()
    ladder.watch(at(91))
    for day in range(91, 97):
        ladder.work(day)
    return other


def said():
    sentences = {one.sentence for one in ours.INVARIANTS}
    return {one.sentence for one in books.look(now=at(97)).findings} & sentences


def test_nothing_is_found_then_each_sentence_by_its_damage(world):
    assert said() == set()
    broken = set()
    for id, sql in DAMAGES:
        point = transaction.savepoint()
        damage(sql)
        found = said()
        assert {one.id for one in ours.INVARIANTS if one.sentence in found} >= {id}, sql
        broken |= found
        transaction.savepoint_rollback(point)

    assert broken == {one.sentence for one in ours.INVARIANTS}
