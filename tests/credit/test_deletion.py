"""Deletion: everything it needs before it, what it destroys and keeps, and that it goes on wherever it stopped."""

import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.utils.module_loading import import_string

from accounts import approvals, restrictions, support, support_desk
from accounts.levels import Level
from accounts.models import Account, Approval, AuditEvent, Contact, Member, Notice, User
from accounts.restrictions import Reason
from accounts.support import Said
from billing_portal import books
from billing_portal.unit import unit
from credit import archives, certificates, deletion, erasures, finishing, returns
from credit.models import Deletion, OverdueCase
from invoices import exports, problems
from invoices.models import Document, Export, ProblemReport, Subscription
from payments import deletions, erasure, take_in
from payments.models import ParkedReport, Payment, WebhookEvent
from tests import archived, build, fakes, ladder
from tests.ladder import at, case, level

pytestmark = pytest.mark.django_db
Wait = OverdueCase.Wait
State = Approval.State
MARK = "Zweigstelle"  # in all that is of a person
STANDING = {"I19", "I24", "I33", "I37"}  # of jobs and PDFs that these tests do not make
# where the law keeps what the mark was written into: documents as issued, and the edit log of the books
KEEP_LIST = {"invoices_document", "invoices_documentline", "accounts_auditevent"}


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Documents and archives in an empty folder."""
    for name in ("documents", "archives"):
        storage = settings.STORAGES[name] | {"OPTIONS": {"location": str(tmp_path / name)}}
        settings.STORAGES = settings.STORAGES | {name: storage}
    return tmp_path


def approve(account, *, now):
    asked = deletion.ask(account.pk, token=uuid.uuid4(), reason="unpaid", by=build.user(staff=True), now=now)
    return approvals.approve(
        asked.pk, actor=build.user(staff=True), note="yes", now=now, carry_out=deletion.approve
    )


def marked(**fields):
    """An account on day 83: archived, told for the last time, marked."""
    account = archived.archived(**fields)
    ladder.sweep(range(61, 84))
    return account


def deleted(**fields):
    account = marked(**fields)
    approve(account, now=at(84))
    ladder.sweep(range(84, 91))
    return account


def test_the_whole_way():
    account = marked()
    row = Deletion.objects.get(account=account)
    assert row.marked_at == at(83)
    approve(account, now=at(84))
    ladder.sweep(range(84, 90))
    assert level(account) == Level.ARCHIVED

    ladder.work(90)

    assert level(account) == Level.DELETED
    closed = case(account)
    assert (closed.closed_why, closed.next_action) == (OverdueCase.Closed.DELETED, "")
    assert Notice.objects.filter(account=account, name="deleted").exists()
    assert deletions.finish_due(now=at(90)) == 1
    assert deletions.finish_due(now=at(90)) == 0
    ladder.sweep(range(91, 95))
    assert [one for one in books.look(now=at(94)).findings if one.id not in STANDING] == []
    assert not OverdueCase.objects.standing().filter(account=account).exists()


@pytest.mark.parametrize("missing", ["approval", "week", "last-notice", "payment", "hold"])
def test_it_waits_for_each_thing_it_needs(missing):
    account = marked()
    waits = {
        "approval": Wait.APPROVAL,
        "week": Wait.MARKED,
        "last-notice": Wait.NOTICE,
        "payment": Wait.PAYMENT,
    }
    if missing != "approval":
        approve(account, now=at(84))
    if missing == "week":
        Deletion.objects.update(marked_at=at(86))
    if missing == "last-notice":
        Notice.objects.filter(name="last-notice").update(sent_at=at(89, hour=7))
    ladder.sweep(range(84, 90))
    if missing == "payment":
        payment = build.payment(account, "59", now=at(89))
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.UNKNOWN, gateway_order_id=None)
    if missing == "hold":
        case(account).extensions.create(
            account=account, kind="hold", from_on=ladder.today(89), until_on=ladder.today(95), reason="legal",
            granted_by=build.user(staff=True), granted_at=at(89),
        )  # fmt: skip
    ladder.work(90)

    assert level(account) == Level.ARCHIVED
    assert case(account).waits_for == waits.get(missing, "")
    assert archives.storage().exists(archived.archive_of(account).parts.first().file)


def test_a_payment_shields_from_deletion_however_often():
    account = marked()
    approve(account, now=at(84))
    payment = build.payment(account, "59", now=at(89))
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.UNKNOWN, gateway_order_id=None)
    ladder.sweep(range(84, 94))

    assert level(account) == Level.ARCHIVED
    ladder.sweep(range(94, 96))  # five days after it was started it is given up
    assert level(account) == Level.DELETED


def test_a_payment_that_the_gateway_cannot_be_asked_about_shields_from_deletion(settings):
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = world = fakes.World()
    account = marked()
    approve(account, now=at(84))
    ladder.sweep(range(84, 90))
    world.pays(build.payment(account, "59", now=at(89)))  # and its webhook is lost
    world.fails += ["payments"] * 99

    ladder.sweep(range(90, 93))
    assert (level(account), case(account).waits_for) == (Level.ARCHIVED, Wait.PAYMENT)

    world.fails.clear()
    ladder.work(93)
    assert not OverdueCase.objects.standing().filter(account=account).exists()


def test_paying_at_the_last_moment_stops_it():
    account = marked()
    approve(account, now=at(84))
    ladder.sweep(range(84, 90))
    build.paid(account, "59", now=at(89, hour=18))
    build.paid(account, "1180", now=at(89, hour=18))
    returns.sweep(now=at(89, hour=18))
    ladder.work(90)

    assert level(account) == Level.ACTIVE
    assert not Deletion.objects.filter(account=account).exists()


def test_an_approval_is_gone_with_the_case_that_was_paid():
    """A customer who has paid is not deleted on what was approved before."""
    account = marked()
    request = approve(account, now=at(84))
    build.paid(account, "59", now=at(85))
    assert not Deletion.objects.filter(account=account).exists()

    ladder.sweep(range(85, 200))  # the recovery fee stays unpaid

    assert level(account) == Level.ARCHIVED
    assert not OverdueCase.objects.standing().filter(account=account).exists()
    with pytest.raises(approvals.NotAllowed):
        deletion.approve(request)
    assert [one for one in books.look(now=at(200)).findings if one.id not in STANDING] == []


def ask(account, *, now):
    return deletion.ask(account.pk, token=uuid.uuid4(), reason="unpaid", by=build.user(staff=True), now=now)


def promise(account, until):
    case(account).extensions.create(
        account=account, kind="promise", from_on=ladder.today(85), until_on=ladder.today(until), reason="x",
        granted_by=build.user(staff=True), granted_at=at(85),
    )  # fmt: skip
    Account.objects.filter(pk=account.pk).update(review_at=at(85))
    ladder.watch(at(85))


@pytest.mark.parametrize("how", ["paid", "moved away"])
def test_a_request_that_waits_is_withdrawn_with_its_mark(how):
    account = marked()
    request = ask(account, now=at(84))
    if how == "paid":
        build.paid(account, "59", now=at(85))
    else:
        promise(account, 110)
        ladder.work(86)

    request.refresh_from_db()
    assert (request.state, request.decided_by, bool(request.note)) == (State.WITHDRAWN, None, True)
    assert not Deletion.objects.filter(account=account).exists()
    assert (
        AuditEvent.objects.filter(subject=f"approval:{request.pk}", action__endswith="revoked").count() == 1
    )
    with pytest.raises(approvals.NotAllowed, match="withdrawn"):
        approvals.approve(
            request.pk, actor=build.user(staff=True), note="y", now=at(87), carry_out=deletion.approve
        )


def test_a_deletion_that_moves_away_is_marked_and_asked_for_anew():
    account = marked()
    approve(account, now=at(84))
    promise(account, 110)
    ladder.sweep(range(85, 120))

    assert level(account) == Level.ARCHIVED
    row = Deletion.objects.get(account=account)
    assert row.approval is None and row.marked_at > at(85)


def test_it_is_asked_for_once_at_a_time():
    account = marked()
    deletion.ask(account.pk, token=uuid.uuid4(), reason="a", by=build.user(staff=True), now=at(84))

    with pytest.raises(approvals.NotAllowed):
        deletion.ask(account.pk, token=uuid.uuid4(), reason="b", by=build.user(staff=True), now=at(84))


def test_nothing_is_billed_after_it():
    account = deleted()

    assert not Subscription.objects.filter(account=account, ended_on=None).exists()


def test_nobody_approves_what_they_asked_for_and_nothing_is_asked_of_an_account_that_is_not_marked():
    account = marked()
    staff = build.user(staff=True)
    asked = deletion.ask(account.pk, token=uuid.uuid4(), reason="unpaid", by=staff, now=at(84))
    with pytest.raises(approvals.NotAllowed):
        approvals.approve(asked.pk, actor=staff, note="yes", now=at(84), carry_out=deletion.approve)
    with pytest.raises(approvals.NotAllowed):
        deletion.ask(build.account().pk, token=uuid.uuid4(), reason="no", by=staff, now=at(84))


def write_marks(account, person):
    """Let the mark stand in everything that a person has written or is."""
    Contact.objects.create(account=account, name=MARK, email=f"{MARK}@example.in", phone="+919800000009")
    member = build.member(account, Member.Role.BILLING)
    User.objects.filter(pk=member.user_id).update(name=MARK, email=f"{MARK}2@example.in")
    invoice = account.documents.bills().newest_first()[0]
    ProblemReport.objects.create(
        token=uuid.uuid4(), document=invoice, account=account, reported_by=person, text=MARK, reported_at=at(0),
        answer=MARK, answered_at=at(0), answered_by=person,
    )  # fmt: skip
    problems.report(invoice, MARK, token=uuid.uuid4(), by=person, now=at(0))
    talk = support.begin(account.pk, MARK, "general", Said(MARK, uuid.uuid4()), by=person, now=at(0))
    staff = build.user(staff=True)
    support_desk.note(talk.pk, Said(MARK, uuid.uuid4()), actor=staff, now=at(0))
    seen = talk.messages.latest("pk").pk
    support_desk.reply(talk.pk, Said(MARK, uuid.uuid4()), seen=seen, actor=staff, now=at(0))
    export = exports.ask(
        "documents-zip", token=uuid.uuid4(), account=account, user=person, parameters={"q": MARK}, now=at(0)
    )
    Export.objects.filter(pk=export.pk).update(name="exports/one.zip", state="ready")
    storages["documents"].save("exports/one.zip", ContentFile(MARK.encode()))
    payment = build.paid(account, "1", now=at(-1))
    Payment.objects.filter(pk=payment.pk).update(instrument=f"UPI {MARK}")
    WebhookEvent.objects.create(
        body_hash="x" * 64, name="payment.captured", received_at=at(0), next_attempt_at=at(0), handled_at=at(0),
        body=f'{{"id": "{payment.gateway_payment_id}", "email": "{MARK}@example.in"}}'.encode(),
    )  # fmt: skip


@unit
def stop_by_hand(account):
    restrictions.impose(
        Account.objects.lock(account.pk), Reason.MANUAL, Level.OUTBOUND_BLOCKED, now=at(1), note=MARK
    )
    restrictions.lift(Account.objects.lock(account.pk), Reason.MANUAL, now=at(2))


def tables_with_the_mark():
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"select exists (select 1 from {table} t where t::text ilike %s)", [f"%{MARK}%"])
            if cursor.fetchone()[0]:
                found.add(table)
            encoded = MARK.encode().hex()  # bytes are shown in hex
            cursor.execute(
                f"select exists (select 1 from {table} t where t::text ilike %s)", [f"%{encoded}%"]
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_no_mark_of_a_person_is_left_outside_the_keep_list(files, caplog):
    account = archived.account(name=MARK, billing_name=MARK, address=MARK, city=MARK, owner=build.user(MARK))
    account.customer.name = MARK
    account.customer.save()
    archived.files_are_made()
    write_marks(account, build.owner(account))
    stop_by_hand(account)
    documents = dict(account.documents.values_list("number", "hash"))
    ladder.sweep(range(84))
    before = tables_with_the_mark()
    assert {
        "accounts_user",
        "accounts_contact",
        "accounts_notice",
        "payments_webhookevent",
        "accounts_message",
    } <= before
    approve(account, now=at(84))
    ladder.sweep(range(84, 91))
    ladder.hand_over(at(90))

    assert deletions.finish_due(now=at(90)) == 1

    assert tables_with_the_mark() <= KEEP_LIST
    assert dict(account.documents.values_list("number", "hash")) == documents
    for path in files.rglob("*"):
        if path.is_file() and path.suffix != ".pdf":
            assert MARK.encode() not in path.read_bytes(), path
    assert MARK not in caplog.text
    assert not account.members.exists() and not account.contacts.exists()
    assert [one for one in books.look(now=at(91)).findings if one.id not in STANDING] == []


def test_a_person_of_another_account_stays_a_person():
    person = build.user("Two accounts")
    other = build.account(owner=person)
    account = deleted(owner=person)
    ladder.hand_over(at(90))
    deletions.finish_due(now=at(90))

    person.refresh_from_db()
    assert person.is_active and person.name == "Two accounts"
    assert other.members.filter(user=person).exists() and not account.members.exists()


def test_call_records_stay_sealed_for_two_years_and_the_rest_is_destroyed(files):
    account = deleted()
    ladder.hand_over(at(90))
    deletions.finish_due(now=at(90))
    records, keys = (
        archived.archive_of(account).parts.get(table=name)
        for name in ("invoices_usagerecord", "accounts_apikey")
    )
    assert keys.key is None and keys.gone_at and not archives.storage().exists(keys.file)
    assert len(list(archives.read(records))) == archived.CALLS
    assert records.kept_until == records.last_on.replace(year=records.last_on.year + 2)

    assert finishing.purge(now=at(90) + timedelta(days=600)) == 0
    assert finishing.purge(now=at(90) + timedelta(days=731)) == archived.CALLS
    records.refresh_from_db()
    assert records.key is None and not archives.storage().exists(records.file)


@pytest.mark.parametrize("stage", [*deletions.stages(), "certificate"])
def test_interrupted_in_any_stage_it_goes_on(stage, monkeypatch):
    account = deleted()
    ladder.hand_over(at(90))
    real = deletions.stages()

    def broken(*_a, **_k):
        raise OSError("killed")

    with monkeypatch.context() as patch:
        if stage == "certificate":
            patch.setattr(certificates, "page", broken)
        else:
            patch.setattr(deletions, "stages", lambda: {**real, stage: broken})
        assert deletions.finish_due(now=at(90)) == 0
    assert Deletion.objects.get(account=account).finished_at is None

    assert deletions.finish_due(now=at(90)) == 1
    row = Deletion.objects.get(account=account)
    assert set(row.done) == set(real) and row.done["people"]["members"] == 1


def test_the_people_stay_until_their_last_message_has_left():
    account = deleted()
    Notice.objects.filter(account=account, name="deleted").update(
        state="owed", sent_at=None, next_attempt_at=at(90)
    )
    assert deletions.finish_due(now=at(90)) == 0
    assert account.members.exists()

    assert deletions.finish_due(now=at(94)) == 1  # three days are enough
    assert not account.members.exists()


def test_the_certificate_says_what_is_destroyed_and_kept_and_is_genuine():
    account = deleted()
    ladder.hand_over(at(90))
    deletions.finish_due(now=at(90))
    row = Deletion.objects.get(account=account)
    said = row.certificate

    assert certificates.is_genuine(said, row.signature)
    assert not certificates.is_genuine({**said, "account": "BA-1"}, row.signature)
    with storages["documents"].open(row.file) as file:
        assert file.read().startswith(b"%PDF")
    assert {"what": "members", "rows": 1} in said["destroyed"]
    assert any(one["until"] == "2035-03-31" and "Companies Act" in one["why"] for one in said["kept"])
    assert any("telecom licence" in one["why"] for one in said["kept"])
    assert all(one["sha256"] for one in said["archives"])


def test_the_week_counts_by_dates():
    account = marked()
    Deletion.objects.update(marked_at=at(83, hour=12))
    approve(account, now=at(84))
    ladder.sweep(range(84, 90))

    ladder.work(90)  # six days and eighteen hours later

    assert level(account) == Level.DELETED


def test_deleted_again_the_first_line_and_certificate_stay(files):
    account = deleted()
    ladder.hand_over(at(90))
    deletions.finish_due(now=at(90))
    before = Deletion.objects.get(account=account)
    first = {path: path.read_bytes() for path in files.rglob(f"{account.ban}.*") if path.is_file()}
    assert len(first) == 2
    back = archived.account()  # as a backup from before all this brings it back, under the same number
    archived.files_are_made()
    Account.objects.filter(pk=account.pk).update(ban="BA-000000")
    Account.objects.filter(pk=back.pk).update(ban=account.ban)

    assert deletions.reapply(now=at(120)) == 1
    assert deletions.finish_due(now=at(120)) == 1

    row = Deletion.objects.get(account=back)
    assert {path: path.read_bytes() for path in first} == first
    assert len([path for path in files.rglob(f"{account.ban}.*") if path.is_file()]) == 4
    assert row.file != before.file and storages["documents"].exists(row.file)
    said, was = row.certificate, before.certificate
    for name in ("marked_at", "approved_at", "deleted_at"):
        assert said[name] == was[name]
    assert said["deleted_again_at"] == at(120).isoformat() and certificates.is_genuine(said, row.signature)
    assert erasures.listed() == [account.ban]


def test_later_money_is_parked_for_a_refund_and_revives_nothing():
    account = marked()
    payment = build.payment(account, "59", now=at(82))
    approve(account, now=at(84))
    ladder.sweep(range(84, 91))

    take_in.capture(payment.pk, build.report(payment, created_at=at(91)), now=at(91))

    assert level(account) == Level.DELETED
    parked = ParkedReport.objects.get(payment=payment)
    assert parked.kind == ParkedReport.Kind.DELETED
    assert Document.objects.filter(account=account, open_amount__gt=0).exists()


def test_every_model_and_personal_field_is_declared():
    declared = {
        app: import_string(f"{app}.retention.MODELS")
        for app in ("accounts", "invoices", "credit", "payments")
    }
    for label, models in declared.items():
        there = {model.__name__: model for model in apps.get_app_config(label).get_models()}
        assert set(models) == set(there), label
        for name, rule in models.items():
            fields = {field.name for field in there[name]._meta.fields}
            assert set(rule.fields) <= fields, name


def call(about, *, body="{}", **fields):
    """A stored call of the gateway that names a payment."""
    values = {
        "body": body.format(f'{{"id": "{about.gateway_payment_id}", "email": "{MARK}"}}').encode(),
        "body_hash": uuid.uuid4().hex, "name": "payment.captured", "received_at": at(89), "next_attempt_at": at(89),
    }  # fmt: skip
    return WebhookEvent.objects.create(**(values | fields))


def is_erased(row):
    row.refresh_from_db()
    return bytes(row.body) == b""


def test_calls_that_were_never_handled_are_erased_too_and_late_ones_when_they_are_done():
    account, other = archived.account(), build.account()
    mine = build.paid(account, "1", now=at(-1))
    archived.files_are_made()
    ladder.sweep(range(84))
    theirs = build.paid(other, "10", now=at(1))
    parked, old, waits = call(mine, parked_at=at(89)), call(mine, received_at=at(80)), call(mine)
    foreign = call(theirs, parked_at=at(89))
    approve(account, now=at(84))
    ladder.sweep(range(84, 91))
    ladder.hand_over(at(90))

    assert deletions.finish_due(now=at(90)) == 1
    assert [is_erased(one) for one in (parked, old, waits, foreign)] == [True, True, False, False]
    assert parked.handled_at and parked.error == "erased"

    late = call(mine, received_at=at(91))
    assert erasure.late_calls(now=at(91)) == 0
    WebhookEvent.objects.filter(pk=waits.pk).update(handled_at=at(91))
    assert erasure.late_calls(now=at(91)) == 1 and is_erased(waits) and not is_erased(late)
    assert erasure.late_calls(now=at(99)) == 1 and is_erased(late)
    assert erasure.late_calls(now=at(99)) == 0 and not is_erased(foreign)


def test_the_erasure_list_names_an_account_as_soon_as_its_destruction_has_begun():
    account = marked()
    ladder.sweep(range(84, 91))
    assert erasures.listed() == []  # not approved: nothing is destroyed

    approve(account, now=at(91))
    ladder.work(91)

    assert level(account) == Level.DELETED and not Deletion.objects.get().done
    assert erasures.listed() == [account.ban]


def test_a_list_that_cannot_be_written_keeps_the_rest_from_being_destroyed(monkeypatch):
    account = deleted()
    ladder.hand_over(at(90))
    archives.storage().delete(f"{erasures.FOLDER}/{account.ban}.json")

    with monkeypatch.context() as patch:
        patch.setattr(erasures, "note", lambda _row: 1 / 0)
        assert deletions.finish_due(now=at(90)) == 0
    assert account.members.exists()

    assert deletions.finish_due(now=at(90)) == 1 and erasures.listed() == [account.ban]


def test_a_restored_backup_is_erased_again(monkeypatch):
    account = deleted()
    ladder.hand_over(at(90))
    deletions.finish_due(now=at(90))
    back = archived.account()  # as a backup from before all this brings it back, under the same number
    archived.files_are_made()
    Account.objects.filter(pk=account.pk).update(ban="BA-000000")
    Account.objects.filter(pk=back.pk).update(ban=account.ban)

    assert deletions.reapply(now=at(95)) == 1
    assert level(back) == Level.DELETED
    assert deletions.finish_due(now=at(95)) == 1
    assert not back.members.exists()
    assert deletions.reapply(now=at(95)) == 0
