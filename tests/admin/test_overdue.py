"""The overdue ladder as staff see and steer it: cases, promises, holds, outages, jobs, archives and deletions."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import approvals
from accounts.levels import Level
from accounts.models import Approval, AuditEvent, JobRun, Notice
from billing_portal import dashboard
from credit import deletion, extensions, outages, overdue_jobs
from credit.ladder import Action
from credit.models import Archive, Deletion, Extension, OutageCredit, OverdueCase
from payments import deletions, overdue_runs
from tests import archived, build, ladder
from tests.ladder import at, bill, case, level, sweep

pytestmark = pytest.mark.django_db
ROLES = ("support", "finance", "manager", "auditor", "admin")


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Archives in an empty folder."""
    storage = settings.STORAGES["archives"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"archives": storage}


@pytest.fixture
def behind(account):
    """An account whose bill was due nine days ago."""
    bill(account, due=-9)
    sweep([-9, -2])
    return account


# fmt: off
PAGES = (  # page                          who sees it
    ("credit_overduecase_changelist",      "support finance manager auditor admin"),
    ("credit_archive_changelist",          "support finance manager auditor admin"),
    ("credit_deletion_changelist",         "support finance manager auditor admin"),
    ("credit_outagecredit_changelist",     "support finance manager auditor admin"),
    ("accounts_jobpause_changelist",       "support finance manager auditor admin"),
    ("credit_jobs",                        "support finance manager auditor admin"),
    ("credit_policyversion_changelist",    "support finance manager auditor admin"),
    ("credit_policy_publish",              "manager admin"),
    ("credit_outage_declare",              "manager admin"),
)
ACTS = (  # act, on a case                 who may
    ("credit_case_extend",                 "support finance manager admin"),
    ("credit_case_decide",                 "manager admin"),
)
# fmt: on


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_and_does_what(role, staff, behind):
    client, pk = staff(role), case(behind).pk

    seen = {name for name, _who in PAGES if client.get(page(name)).status_code == 200}
    acts = {name for name, _who in ACTS if client.get(page(name, pk)).status_code == 200}
    paused = client.get(page("credit_job_pause", "suspend")).status_code == 200

    assert seen == {name for name, who in PAGES if role in who.split()}
    assert acts == {name for name, who in ACTS if role in who.split()}
    assert paused is (role in ("manager", "admin"))
    assert client.get(page("credit_overduecase_change", pk)).status_code == 200


def test_the_list_of_cases_leads_to_each_case(staff, behind):
    text = staff("support").get(page("credit_overduecase_changelist")).content.decode()

    assert f'<a href="{page("credit_overduecase_change", case(behind).pk)}">15 Nov 2026</a>' in text


def extend(client, account, days, *, kind="promise", confirm=True):
    data = {
        "kind": kind,
        "until_on": (date(2026, 11, 24) + timedelta(days=days)).isoformat(),
        "reason": "Asked by phone",
    }
    data |= {"token": uuid.uuid4()} | ({"confirm": "1"} if confirm else {})
    return client.post(page("credit_case_extend", case(account).pk), data)


def test_a_promise_is_previewed_then_granted_and_moves_what_comes(staff, behind):
    client = staff("support")
    text = extend(client, behind, 6, confirm=False).content.decode()
    assert "1 Dec 2026" not in text or "30 Nov 2026" in text
    assert "7 Dec 2026" in text and not Extension.objects.exists()

    extend(client, behind, 6)

    row = Extension.objects.get()
    assert (row.kind, row.until_on, row.granted_by.name) == ("promise", date(2026, 11, 30), "support")
    assert case(behind).next_step_on == date(2026, 12, 7)
    assert AuditEvent.objects.filter(action="credit.extension.grant").exists()
    extend(client, behind, 6)
    assert Extension.objects.count() == 1


def test_what_was_changed_since_it_was_shown_is_shown_again(staff, behind):
    client = staff("manager")
    shown = extend(client, behind, 6, confirm=False)
    seen = shown.context["shown"]
    assert f'name="shown" value="{seen}"' in shown.content.decode()
    data = {
        "kind": "promise",
        "until_on": "2026-11-29",
        "reason": "Asked",
        "token": uuid.uuid4(),
        "confirm": "1",
    }

    other = client.post(page("credit_case_extend", case(behind).pk), data | {"shown": seen})

    assert other.status_code == 200 and other.context["futures"] and not Extension.objects.exists()


@pytest.mark.parametrize(("role", "days"), [("support", 8), ("finance", 16), ("manager", 31)])
def test_beyond_the_role_s_days_a_second_person_approves(role, days, staff, behind):
    extend(staff(role), behind, days)
    row = Approval.objects.get()
    assert not Extension.objects.exists()

    other = staff("manager")
    other.post(page("accounts_approval_approve", row.pk), {"note": "ok"})

    assert Extension.objects.get().approval == row
    row.refresh_from_db()
    shown = other.get(page("credit_overduecase_change", Extension.objects.get().case_id)).content.decode()
    by = reverse("admin:accounts_user_change", args=[row.decided_by_id])
    assert f'field-approved_by"><a href="{by}">' in shown


@pytest.mark.parametrize(("days", "button"), [(7, "Grant it"), (8, "Ask a second person")])
def test_before_it_is_granted_the_page_says_whether_a_second_person_is_asked(days, button, staff, behind):
    shown = extend(staff("support"), behind, days, confirm=False).content.decode()

    assert button in shown and not Extension.objects.exists() and not Approval.objects.exists()


def test_who_asked_cannot_approve(staff, behind):
    client = staff("manager")
    extend(client, behind, 31)

    client.post(page("accounts_approval_approve", Approval.objects.get().pk), {"note": "ok"})

    assert not Extension.objects.exists()


def test_what_is_granted_in_a_row_counts_together_on_a_case(staff, behind):
    client = staff("support")
    extend(client, behind, 4, kind="hold")
    extend(client, behind, 7, kind="promise")
    assert Extension.objects.count() == 2 and not Approval.objects.exists()

    extend(client, behind, 8, kind="hold")

    assert Extension.objects.count() == 2 and Approval.objects.count() == 1


@pytest.mark.parametrize(("role", "kind", "at_once"), [
    ("support", "hold", False), ("finance", "hold", False), ("manager", "hold", True), ("support", "promise", True),
])  # fmt: skip
def test_a_hold_is_ended_by_a_manager_or_with_a_second_person(role, kind, at_once, staff, behind):
    row = extensions.grant(
        behind.pk,
        Extension.Kind(kind),
        date(2026, 12, 1),
        by=build.user(staff=True),
        reason="x",
        now=build.NOW,
    )
    data = {"reason": "Settled", "token": uuid.uuid4()}
    staff(role).post(page("credit_extension_end", row.pk), data)
    row.refresh_from_db()
    assert bool(row.ended_on) is at_once

    if not at_once:
        staff("manager").post(page("accounts_approval_approve", Approval.objects.get().pk), {"note": "ok"})
        row.refresh_from_db()
    assert row.ended_on == date(2026, 11, 24) and row.ended_by.name == role


@pytest.mark.parametrize("days", [-1, 91])
def test_days_out_of_reason_are_refused_with_the_field_named(days, staff, behind):
    answer = extend(staff("admin"), behind, days)

    assert answer.status_code == 422 and "within 90 days" in answer.content.decode()


def test_a_hold_keeps_harm_away_and_can_be_ended(staff, behind):
    client = staff("manager")
    extend(client, behind, 20, kind="hold")
    sweep(range(1, 10))
    assert level(behind) == Level.ACTIVE

    row = Extension.objects.get()
    client.post(page("credit_extension_end", row.pk), {"reason": "Settled"})
    row.refresh_from_db()
    assert row.ended_on == date(2026, 11, 24)
    sweep([10])
    assert level(behind) == Level.OUTBOUND_BLOCKED


def test_a_restriction_by_hand_stays_when_the_overdue_is_paid_under_a_hold(staff, behind):
    extend(staff("manager"), behind, 20, kind="hold")
    build.paid(behind, "59", now=at(0))

    assert case(behind).closed_why == OverdueCase.Closed.PAID
    assert Extension.objects.get().ended_on is None


def test_a_person_lets_a_step_be_taken_without_its_message(staff, behind):
    Notice.objects.filter(name="overdue-reminder").update(state="parked", sent_at=None, next_attempt_at=None)
    sweep(range(6, 11), sent=False)
    assert case(behind).waits_for == OverdueCase.Wait.PERSON
    client = staff("manager")
    assert (
        "Go on without the message"
        in client.get(page("credit_overduecase_change", case(behind).pk)).content.decode()
    )

    client.post(page("credit_case_decide", case(behind).pk), {"reason": "He knows: spoke to him"})
    again = client.post(page("credit_case_decide", case(behind).pk), {"reason": "Twice"})
    assert again.status_code == 422 and "has decided it already" in again.content.decode()
    sweep([11], sent=False)

    assert level(behind) == Level.OUTBOUND_BLOCKED


def test_outage_days_move_every_case_and_can_be_withdrawn(staff, behind):
    client = staff("manager")
    before = case(behind).next_step_on
    data = {"from_on": "2026-11-23", "until_on": "2026-11-24", "reason": "Gateway down"}

    shown = client.post(page("credit_outage_declare"), data).content.decode()
    assert behind.ban in shown and "Whom it moves: 1 account" in shown and not OutageCredit.objects.exists()
    client.post(page("credit_outage_declare"), data | {"confirm": "1"})
    assert case(behind).next_step_on == before + timedelta(days=2)
    row = OutageCredit.objects.get()
    shown = client.post(page("credit_outage_withdraw", row.pk), {"reason": "It was up"}).content.decode()
    assert behind.ban in shown
    client.post(page("credit_outage_withdraw", row.pk), {"reason": "It was up", "confirm": "1"})

    assert case(behind).next_step_on == before
    assert client.post(page("credit_outage_declare"), data | {"until_on": "2026-12-24"}).status_code == 422


def test_a_paused_job_rests_until_it_is_resumed(staff, behind):
    client = staff("manager")
    client.post(page("credit_job_pause", "block-outbound"), {"reason": "Holiday"})
    assert "Holiday" in client.get(page("credit_jobs")).content.decode()
    overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(6))
    assert level(behind) == Level.ACTIVE

    client.post(page("credit_job_resume", "block-outbound"), {"reason": "Over"})
    overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(6))

    assert level(behind) == Level.OUTBOUND_BLOCKED


def test_a_stopped_run_names_whom_it_would_harm_and_goes_on_after_a_yes(staff, behind, monkeypatch):
    monkeypatch.setattr(overdue_jobs, "ALONE", 0)
    monkeypatch.setattr(overdue_jobs, "cap", lambda: 0)
    sweep([-1])
    OverdueCase.objects.update(next_step_on=date(2026, 11, 24))
    overdue_runs.run(Action.BLOCK_OUTBOUND, now=at(0))
    run = JobRun.objects.get(job="overdue-block-outbound", business_date=date(2026, 11, 24))
    client = staff("manager")
    assert "stopped" in client.get(page("credit_jobs")).content.decode()
    assert behind.ban in client.get(page("credit_run_confirm", run.pk)).content.decode()

    client.post(page("credit_run_confirm", run.pk), {"reason": "Looked at it"})

    run.refresh_from_db()
    assert run.confirmed_by.name == "manager"
    assert overdue_runs.go_on(now=at(0, hour=17)) == 1  # whatever the hour
    assert overdue_runs.go_on(now=at(0, hour=17)) == 0
    run.refresh_from_db()
    assert run.finished_at == at(0, hour=17)


def test_a_run_of_yesterday_is_neither_counted_nor_confirmed(staff):
    run = JobRun.objects.create(
        job="overdue-suspend", business_date=date(2026, 11, 23), started_at=at(-1), stopped_at=at(-1),
        counts={"would_harm": 30},
    )  # fmt: skip

    answer = staff("manager").post(page("credit_run_confirm", run.pk), {"reason": "Late"})

    assert answer.status_code == 422 and "is over" in answer.content.decode()
    assert dashboard.read(now=build.NOW).stopped_runs == 0


def test_a_deletion_is_asked_for_and_approved_by_another(staff):
    account = archived.archived()
    sweep(range(61, 84))
    row = Deletion.objects.get(account=account)
    asker, other = staff("manager"), staff("finance")
    asker.post(page("credit_deletion_ask", row.pk), {"reason": "Unpaid", "token": uuid.uuid4()})
    request = Approval.objects.get(action=deletion.ACTION)
    asker.post(page("accounts_approval_approve", request.pk), {"note": "mine"})
    row.refresh_from_db()
    assert row.approval is None

    other.post(page("accounts_approval_approve", request.pk), {"note": "yes"})

    row.refresh_from_db()
    assert row.approval == request
    assert "12" in other.get(page("credit_archive_change", row.archive_id)).content.decode()
    assert other.get(page("credit_deletion_change", row.pk)).status_code == 200


def test_the_recovery_fee_is_waived_by_two_people(staff):
    account = archived.archived()
    archive = Archive.objects.get(account=account)
    staff("finance").post(
        page("credit_archive_waive", archive.pk), {"reason": "Our error", "token": uuid.uuid4()}
    )
    staff("manager").post(page("accounts_approval_approve", Approval.objects.get().pk), {"note": "yes"})

    build.paid(account, "59", now=at(61))

    archive.refresh_from_db()
    assert archive.is_free and archive.fee is None and archive.asked_at


def test_the_account_s_case_says_what_comes_if_nothing_is_paid(staff, behind):
    text = staff("support").get(page("credit_account_case", behind.pk)).content.decode()

    for words in (
        "If nothing is paid",
        "Block outbound",
        "30 Nov 2026",
        "not before 13 Feb 2027",
        "Promise or hold",
    ):
        assert words in text


ALL = "support finance manager auditor admin"
# fmt: off
ADDRESSES = (  # every address of a row, and who may use it
    ("credit_case_extend",           "case",      "support finance manager admin"),
    ("credit_case_decide",           "case",      "manager admin"),
    ("credit_case_policy",           "case",      "manager admin"),
    ("credit_extension_end",         "extension", "support finance manager admin"),
    ("credit_outage_withdraw",       "outage",    "manager admin"),
    ("credit_job_pause",             "job",       "manager admin"),
    ("credit_job_resume",            "job",       "manager admin"),
    ("credit_run_confirm",           "run",       "manager admin"),
    ("credit_archive_waive",         "archive",   "finance manager admin"),
    ("credit_deletion_ask",          "deletion",  "manager admin"),
    ("credit_deletion_certificate",  "deletion",  ALL),
    ("credit_deletion_signed",       "deletion",  ALL),
    ("credit_write_off_ask",         "account",   "finance manager admin"),
    ("credit_account_case",          "account",   ALL),
    ("credit_overduecase_change",    "case",      ALL),
    ("credit_archive_change",        "archive",   ALL),
    ("credit_deletion_change",       "deletion",  ALL),
    ("credit_outagecredit_change",   "outage",    ALL),
)
# fmt: on


@pytest.fixture
def things(settings, tmp_path):
    """One of everything; the deletion is finished, so that its certificate is there."""
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path / "documents")}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}
    account, boss = archived.archived(), build.user(staff=True)
    sweep(range(61, 84))
    words = {"reason": "x", "now": at(84)}
    asked = deletion.ask(account.pk, token=uuid.uuid4(), by=boss, **words)
    approvals.approve(asked.pk, actor=build.user(staff=True), note="", now=at(84), carry_out=deletion.approve)
    sweep(range(84, 91))
    deletions.finish_due(now=at(91))
    other = build.account()
    bill(other, due=-9)
    sweep([92])
    granted = extensions.grant(
        other.pk, Extension.Kind.HOLD, ladder.today(95), by=boss, reason="x", now=at(92)
    )
    outage = outages.declare(ladder.today(1), ladder.today(2), by=boss, reason="x", now=at(3))
    return {
        "account": other.pk, "case": case(other).pk, "extension": granted.pk, "outage": outage.pk,
        "archive": Archive.objects.get().pk, "deletion": Deletion.objects.get().pk, "job": "suspend",
        "run": JobRun.objects.filter(job="overdue-suspend").latest("pk").pk,
    }  # fmt: skip


def test_every_address_by_every_role(staff, things):
    for role in ("customer", *ROLES):
        client = staff(role)
        for name, of, who in ADDRESSES:
            answer = client.get(page(name, things[of]))
            status = answer.status_code
            for file in answer._resource_closers if answer.streaming else ():
                file()  # closing the answer itself would close the test's connection
            expected = 200 if role in who.split() else 302 if role == "customer" else 403
            assert status == expected, (name, role, status)


@pytest.mark.parametrize("of", ["case", "extension", "outage", "archive", "deletion", "account", "run"])
def test_an_absent_row_is_not_found(of, staff, db):
    client = staff("admin")
    for name in {name for name, row, _who in ADDRESSES if row == of}:
        answer = client.get(page(name, 999_999))
        assert answer.status_code in (302, 404), (
            name,
            answer.status_code,
        )  # Django's own pages lead to the index


def test_a_row_s_page_with_no_number_is_no_error(staff):
    assert staff("admin").get("/admin/credit/overduecase/abc/change/").status_code == 302
