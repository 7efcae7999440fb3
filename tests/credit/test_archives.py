"""Archiving and the way back: nothing is removed before it is verified, and what comes back is what was there."""

import functools
import json

import pytest
from django.db import connection

from accounts.levels import Level
from accounts.models import Account, ApiKey, Notice
from billing_portal import books
from billing_portal.unit import unit
from credit import archive_tables, archives, consequences, milder_policies, policy, returns
from credit.ladder import Action
from credit.models import Archive, OverdueCase, StepTaken
from invoices import billing_run, extras, usage
from invoices.models import Document, UsageKey, UsageRecord
from payments import overdue_runs, take_in
from tests import archived, build, fakes, ladder
from tests.archived import CALLS, archive_of
from tests.ladder import at, case, level
from tests.threads import errors, together

pytestmark = pytest.mark.django_db
STANDING = {"I19", "I24", "I33", "I37"}  # of jobs and PDFs that these tests do not make


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Documents and archives in an empty folder."""
    for name in ("documents", "archives"):
        storage = settings.STORAGES[name] | {"OPTIONS": {"location": str(tmp_path / name)}}
        settings.STORAGES = settings.STORAGES | {name: storage}
    return tmp_path / "archives"


def rows(account):
    with connection.cursor() as cursor:
        cursor.execute(
            "select to_jsonb(t)::text from invoices_usagerecord t where account_id = %s order by id",
            [account.pk],
        )
        return [text for (text,) in cursor.fetchall()]


def findings(now):
    return [one for one in books.look(now=now).findings if one.id not in STANDING]


def test_on_day_60_the_rows_are_in_a_sealed_file_only(files):
    account = archived.account()
    archived.files_are_made()
    before = rows(account)
    ladder.sweep(range(60))
    assert len(rows(account)) == len(before) == CALLS

    ladder.work(60)

    assert level(account) == Level.ARCHIVED
    assert rows(account) == [] and not ApiKey.objects.filter(account=account).exists()
    archive = archive_of(account)
    assert archive.state == Archive.State.MOVED
    part = archive.parts.get(table="invoices_usagerecord")
    assert list(archives.read(part)) == before
    stored = (files / part.file).read_bytes()
    assert b"+919900000001" not in stored and len(stored) == part.size
    assert Notice.objects.filter(account=account, name="archived").exists()
    assert findings(at(60)) == []


def test_a_call_that_is_sent_again_is_still_known():
    account = archived.archived()
    key = UsageKey.objects.filter(is_sealed=True).values_list("record_id", flat=True)
    sent = build.record(account, at=at(-41)) | {"id": key[0]}

    outcome = usage.ingest([sent], source="platform", now=at(-10))

    assert [one.outcome for one in outcome] != ["accepted"]
    assert rows(account) == []


def test_paying_brings_the_fee_and_paying_the_fee_brings_the_data():
    account = archived.account()
    archived.files_are_made()
    before, keys = rows(account), list(ApiKey.objects.filter(account=account).values())
    ladder.sweep(range(61))

    build.paid(account, "59", now=at(62))
    fee = archive_of(account).fee
    assert fee.taxable == policy.RECOVERY_FEE and fee.open_amount == 118_000
    assert level(account) == Level.ARCHIVED
    assert returns.sweep(now=at(62)) == 0

    build.paid(account, "1180", now=at(62, hour=7))
    assert returns.sweep(now=at(62, hour=7)) == 1

    assert level(account) == Level.ACTIVE
    assert rows(account) == before
    assert list(ApiKey.objects.filter(account=account).values()) == keys
    assert not UsageKey.objects.filter(is_sealed=True).exists()
    assert Notice.objects.filter(account=account, name="service-restored").count() == 1
    assert findings(at(62, hour=8)) == []


def test_files_and_keys_are_gone_after_the_return(files):
    account = archived.archived()
    build.paid(account, "1239", now=at(62))
    build.paid(account, "1180", now=at(62))
    returns.sweep(now=at(62))

    parts = archive_of(account).parts.all()
    assert all(part.key is None and part.gone_at for part in parts)
    assert not [one for one in files.rglob("*") if one.is_file()]


def test_the_fee_is_invoiced_once():
    account = archived.archived()
    owner = build.owner(account)
    for _ in range(3):
        returns.ask(account.pk, by=owner, now=at(61))
    build.paid(account, "59", now=at(62))

    assert Document.objects.filter(account=account, lines__description=returns.DESCRIPTION).count() == 1


def test_money_captured_before_the_archive_and_learned_later_costs_no_fee(settings):
    settings.GATEWAY = "tests.fakes.FakeGateway"  # it answers, and knows of nothing yet
    fakes.FakeGateway.world = fakes.World()
    account = archived.account()
    archived.files_are_made()
    ladder.sweep(range(60))
    payment = build.payment(account, "59", now=at(60, hour=1))
    ladder.work(60)
    assert level(account) == Level.ARCHIVED

    take_in.capture(payment.pk, build.report(payment, created_at=at(60, hour=1)), now=at(60, hour=9))
    assert archive_of(account).is_free
    returns.sweep(now=at(60, hour=9))

    assert level(account) == Level.ACTIVE and len(rows(account)) == CALLS
    assert not Document.objects.filter(lines__description=returns.DESCRIPTION).exists()


@pytest.mark.parametrize("place", ["seal", "move", "remove"])
def test_interrupted_anywhere_the_live_tables_are_untouched_and_the_next_run_goes_on(place, monkeypatch):
    account = archived.account()
    archived.files_are_made()
    before = rows(account)
    ladder.sweep(range(60))
    with monkeypatch.context() as patch:
        if place == "seal":
            patch.setattr(archive_tables, "last_on", broken)
        elif place == "move":
            patch.setattr(archives.restrictions, "impose", broken)
        else:
            patch.setattr(archive_tables, "remove", lambda *_a: 1)
        ladder.work(60)
    assert rows(account) == before and level(account) == Level.SUSPENDED

    ladder.work(61)

    assert level(account) == Level.ARCHIVED and rows(account) == []
    assert list(archives.read(archive_of(account).parts.get(table="invoices_usagerecord"))) == before


def broken(*_a, **_k):
    raise OSError("the disk is full")


def test_what_changed_since_it_was_sealed_is_sealed_anew_before_anything_is_removed():
    account = archived.account()
    archived.files_are_made()
    ladder.sweep(range(60))
    archives.make(case(account), at(60))
    UsageRecord.objects.filter(pk=UsageRecord.objects.filter(account=account)[0].pk).update(
        called="+919811111111"
    )
    before = rows(account)

    @unit
    def move():
        return archives.move(Account.objects.lock(account.pk), case(account), at(60))

    assert move() == OverdueCase.Wait.ARCHIVE
    assert rows(account) == before
    archives.make(case(account), at(60))
    assert move() is None
    assert list(archives.read(archive_of(account).parts.get(table="invoices_usagerecord"))) == before


def test_rows_that_come_after_the_archive_get_a_part_of_their_own_and_come_back_too():
    account = archived.account()
    archived.files_are_made()
    build.used(account, 5, now=at(-3), key="open")  # of the cycle that is still open at first
    before = rows(account)
    ladder.sweep(range(61))
    assert len(rows(account)) == 1

    billing_run.bill_chunk([account.pk], now=at(70))
    archived.files_are_made()
    again = archives.make(case(account), at(70))

    @unit
    def move():
        return archives.move(Account.objects.lock(account.pk), case(account), at(70))

    assert move() is None and rows(account) == []
    assert [part.rows for part in again.parts.filter(table="invoices_usagerecord").order_by("number")] == [
        CALLS,
        1,
    ]
    returns.ask(account.pk, by=build.owner(account), now=at(71))
    build.paid(account, "1239", now=at(71))
    assert returns.sweep(now=at(71)) == 1
    assert rows(account) == before


def test_a_bill_s_pdf_that_is_still_to_be_made_holds_the_archive_back():
    account = build.account()
    build.subscribed(account, on=build.plan("free", rental=0), now=at(-45))
    build.used(account, 1100, now=at(-40))  # 100 minutes above the free ones: ₹60 and GST
    billing_run.bill_chunk([account.pk], now=at(-12))
    ladder.watch(at(-12))
    ladder.sweep(range(-5, 62))

    assert level(account) == Level.SUSPENDED
    assert case(account).waits_for == OverdueCase.Wait.ARCHIVE


def test_a_spoiled_file_brings_nothing_back_and_staff_see_why(files):
    account = archived.archived()
    part = archive_of(account).parts.get(table="invoices_usagerecord")
    path = files / part.file
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))
    build.paid(account, "1239", now=at(62))
    build.paid(account, "1180", now=at(62))

    assert returns.sweep(now=at(62)) == 0

    assert level(account) == Level.ARCHIVED and rows(account) == []
    assert archive_of(account).error.startswith("Broken")


@pytest.mark.django_db(transaction=True)
def test_eight_returns_at_once_bring_back_once():
    account = archived.archived()
    returns.ask(account.pk, by=build.owner(account), now=at(61))
    build.paid(account, "1239", now=at(61))
    got = together([functools.partial(returns.sweep, now=at(61))] * 8)

    assert errors(got) == []
    assert len(rows(account)) == CALLS


@pytest.mark.django_db(transaction=True)
def test_payment_and_archive_at_the_same_time_end_free_or_archived_with_a_way_back():
    account = archived.account()
    archived.files_are_made()
    ladder.sweep(range(60))
    got = together(
        [
            functools.partial(build.paid, account, "59", now=at(60)),
            functools.partial(overdue_runs.run, Action.ARCHIVE, now=at(60)),
        ]
    )
    assert errors(got) == []
    returns.sweep(now=at(60))

    assert level(account) in (Level.ACTIVE, Level.ARCHIVED)
    if level(account) == Level.ARCHIVED:
        assert archive_of(account).asked_at
    else:
        assert len(rows(account)) == CALLS


def test_hostile_text_comes_back_as_it_was():
    account = archived.account()
    archived.files_are_made()
    UsageRecord.objects.filter(account=account).update(caller='=1+1"\\', called="<b>'—\u202e")
    before = rows(account)
    ladder.sweep(range(61))
    returns.ask(account.pk, by=build.owner(account), now=at(61))
    build.paid(account, "1239", now=at(61))
    returns.sweep(now=at(61))

    assert rows(account) == before
    assert json.loads(before[0])["caller"] == '=1+1"\\'


def test_an_add_on_costs_nothing_for_the_days_in_the_archive():
    account = archived.account()
    extras.add_on(
        account.pk,
        "Number",
        price=28_000,
        quantity=1,
        starts_on=ladder.today(-12),
        actor=None,
        reason="x",
        now=at(-12),
    )
    archived.files_are_made()
    for day in range(81):
        if day in (16, 47, 78):  # its cycles end the day before
            billing_run.bill_chunk([account.pk], now=at(day))
            archived.files_are_made()
        ladder.work(day)
    assert level(account) == Level.ARCHIVED
    build.paid(account, "5000", now=at(80))
    assert returns.sweep(now=at(80)) == 1

    (invoice,) = billing_run.bill_chunk([account.pk], now=at(106)).documents

    line = invoice.lines.get(description__startswith="Number")
    assert line.description.startswith(
        "Number 13 Feb – 9 Apr 2027: 1 × ₹280.00, 25 of 28 days and 31 of 31 days"
    )
    assert line.taxable == 25_000 + 28_000


def test_paying_the_oldest_bill_alone_brings_nothing_back_and_says_nothing_twice():
    """Day 0 moves to the younger bill; the archive stays, and its steps come again without a word."""
    account = archived.account()
    ladder.bill(account, "50", due=40)
    archived.files_are_made()
    ladder.sweep(range(61))
    build.paid(account, "59", now=at(61))

    foretold = [
        one.action for one in consequences.of(account, today=ladder.today(61)) if not one.has_happened
    ]
    ladder.sweep(range(62, 102))

    assert foretold == ["remind", "delete"]
    past = [one.action for one in consequences.of(account, today=ladder.today(61)) if one.has_happened]
    assert "archive" in past
    assert ladder.level(account) == Level.ARCHIVED
    assert StepTaken.objects.filter(account=account, action="archive", undone_at=None).count() == 1
    for name in ("archived", "suspended"):
        assert Notice.objects.filter(account=account, name=name, channel="email").count() == 1
    assert milder_policies.offered(ladder.case(account)) == []
    found = [one for one in books.look(now=at(101)).findings if one.id in ("I25", "I26", "I27", "I28")]
    assert found == []
