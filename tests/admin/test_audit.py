"""The audit chain: from where, read by staff, verified on demand and each night, and never changed."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import audit, audit_head, invariants, notices
from accounts.models import AuditEvent, BooksCheck, Invitation, Member, Notice
from billing_portal import job_name, staff_subjects, staff_traces
from tests import build

pytestmark = pytest.mark.django_db


def event(action="accounts.test", **words):
    values = {"actor": None, "subject": "thing:1", "reason": "Because", "now": build.NOW}
    return audit.record(action, **{**values, **words})


def damage(sql, *words):
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table accounts_auditevent disable trigger accounts_auditevent_append_only")
        cursor.execute(sql, words)
        cursor.execute("alter table accounts_auditevent enable trigger accounts_auditevent_append_only")


def broken():
    return [what for part in audit.verify() for what in part.broken]


@pytest.mark.parametrize(
    "statement",
    [
        "update accounts_auditevent set reason = 'nothing'",
        "delete from accounts_auditevent",
    ],
)
def test_the_database_refuses_a_change(statement):
    event()

    with pytest.raises(DatabaseError, match="are never changed"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize("column", ["reason", "origin", "subject", "action"])
def test_a_changed_word_breaks_the_chain_at_its_place(column):
    first, second, third = event(), event(), event()
    assert broken() == []

    damage(f"update accounts_auditevent set {column} = 'x' where id = %s", second.pk)

    assert [what.split()[1] for what in broken()] == [str(second.pk)]
    assert first.pk < second.pk < third.pk


def test_a_removed_event_breaks_the_chain(monkeypatch):
    monkeypatch.setattr(audit, "CHUNK", 2)
    events = [event() for _ in range(5)]

    damage("delete from accounts_auditevent where id = %s", events[2].pk)

    assert broken() == [f"event {events[3].pk} does not follow the one before it"]


def test_the_newest_event_is_missed_by_the_head_that_was_kept():
    event()
    BooksCheck.objects.create(at=build.NOW, findings=0, invariants=1, took=1, audit_head=event().hash)
    assert list(invariants.LOST_HEADS(build.NOW)) == []

    damage("delete from accounts_auditevent where id = (select max(id) from accounts_auditevent)")

    assert broken() == []
    assert len(list(invariants.LOST_HEADS(build.NOW))) == 1


def test_from_where_is_the_address_and_page_of_staff(staff, account):
    client = staff("admin")
    page = reverse("admin:accounts_account_change", args=[account.pk])
    form = client.get(page).context["adminform"].form
    data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    rows = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
    data |= {f"{name}-{key}": value for name in ("members", "contacts") for key, value in rows.items()}

    answer = client.post(
        page,
        data | {"name": "Renamed", "reason": "As asked", "minimum_top_up": "1500"},
        REMOTE_ADDR="203.0.113.7",
    )

    assert answer.status_code == 302, answer.context["errors"]
    made = AuditEvent.objects.get(action="accounts.account.change")
    assert made.origin == f"203.0.113.7 POST {page}"
    assert (made.before["name"], made.after["name"]) == ("Lotus Diagnostics", "Renamed")


def test_from_where_is_the_network_of_a_customer(client, account):
    client.force_login(build.owner(account))

    answer = client.post(
        reverse("alert-recipient-add", kwargs={"ban": account.ban}),
        {"name": "Accounts", "email": "accounts@example.in", "phone": "", "wants_email": "on"},
        REMOTE_ADDR="203.0.113.7",
    )

    assert answer.status_code == 302
    assert AuditEvent.objects.get(action="accounts.add_recipient").origin.startswith("203.0.113.x POST /BA-")


def test_from_where_is_the_job():
    with job_name.named("job notices"):
        assert event().origin == "job notices"


def test_staff_read_what_changed_and_from_where(staff):
    made = event(before={"limit": 100, "kept": 1}, after={"limit": 200, "kept": 1})
    client = staff("auditor")

    page = client.get(reverse("admin:accounts_auditevent_change", args=[made.pk])).content.decode()

    assert '<th scope="row">limit</th><td>100</td><td>200</td>' in page
    assert ">kept<" not in page
    assert "as written, after the event before it" in page


@pytest.mark.parametrize("query", ["?part=sign_in.", "?actor=none", "?actor=abc", "?q=thing"])
def test_events_are_filtered(staff, query):
    event("sign_in.done")

    assert staff("auditor").get(reverse("admin:accounts_auditevent_changelist") + query).status_code == 200


def verify(client):
    answer = client.post(reverse("admin:accounts_auditevent_verify"))
    return answer, b"".join(answer.streaming_content).decode() if answer.streaming else ""


def test_verify_streams_that_the_chain_holds(staff, monkeypatch):
    monkeypatch.setattr(audit, "CHUNK", 2)
    client = staff("auditor")
    events = [event() for _ in range(3)]

    answer, page = verify(client)

    assert answer.status_code == 200
    assert "The chain holds" in page
    assert events[-1].hash in page
    assert page.count("as written") >= 2


def test_verify_shows_the_first_broken_link(staff):
    client = staff("auditor")
    first, second = event(), event()
    damage("update accounts_auditevent set reason = 'x' where id in (%s, %s)", first.pk, second.pk)

    _answer, page = verify(client)

    assert "The chain is broken" in page
    assert f"First: event {first.pk} " in page
    assert reverse("admin:accounts_auditevent_change", args=[first.pk]) in page


def test_who_may_not_verify_is_refused(staff):
    assert staff("support").post(reverse("admin:accounts_auditevent_verify")).status_code == 403
    assert staff("auditor").get(reverse("admin:accounts_auditevent_verify")).status_code == 405


def test_each_night_the_newest_hash_is_mailed_once(settings, mailoutbox):
    settings.AUDIT_EMAIL = "keeper@example.com"
    newest = [event() for _ in range(2)][-1]

    assert audit_head.keep(now=build.NOW)
    assert audit_head.keep(now=build.NOW)
    notices.send_due(now=build.NOW)

    assert [message.to for message in mailoutbox] == [["keeper@example.com"]]
    assert newest.hash in mailoutbox[0].body
    assert mailoutbox[0].subject == "Audit chain, newest hash 24 Nov 2026"


def test_a_broken_chain_is_said_in_the_subject(mailoutbox):
    damage("update accounts_auditevent set reason = 'x' where id = %s", event().pk)

    assert not audit_head.keep(now=build.NOW)
    notices.send_due(now=build.NOW)

    assert mailoutbox[0].subject.startswith("The audit chain is BROKEN")


def test_sign_ins_of_staff_are_events_and_those_of_customers_are_not(client):
    colleague, customer = build.user(staff=True), build.user()

    for person in (colleague, customer):
        client.post(reverse("account_login"), {"login": person.email, "password": "wrong"})
        client.post(reverse("account_login"), {"login": person.email, "password": build.PASSWORD})
        client.logout()

    events = AuditEvent.objects.order_by("pk").values_list("action", "actor", "subject")
    subject = f"user:{colleague.pk}"
    assert list(events) == [("sign_in.failed", None, subject), ("sign_in.done", colleague.pk, subject)]
    assert Notice.objects.filter(name="new-device").count() == 2


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("accounts.member.change", "Member: change"),
        ("accounts.stop_lines", "Stop lines"),
        ("payments.auto_pay.limits", "Auto pay: limits"),
        ("sign_in.done", "Sign in: done"),
    ],
)
def test_actions_are_read_in_words(action, said):
    assert staff_traces.act_in_words(action) == said


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("account:BA-100042", ""),  # its page says so
        ("refund:RFD2627-000001", "RFD2627-000001"),
        ("bank-line:98", "bank line 98"),
        ("difference:amount:pay_1", "difference amount pay_1"),
        ("jobs", "jobs"),
    ],
)
def test_subjects_are_read_in_words(subject, said):
    assert staff_traces.in_words(subject) == said


def test_an_event_names_the_person_it_was_about_and_leads_there(staff, account):
    asha = build.user("Asha Rao")
    made = event("accounts.member.remove", subject=f"user:{asha.pk}")

    page = staff("auditor").get(reverse("admin:accounts_auditevent_change", args=[made.pk])).content.decode()

    leads = reverse("admin:accounts_user_change", args=[asha.pk])
    assert f'<a href="{leads}">Asha Rao, {asha.email}</a><small>user:{asha.pk}</small>' in page
    assert "Member: remove<small>accounts.member.remove</small>" in page


def test_what_was_erased_stays_without_a_name(staff):
    made = event(subject="user:987654")

    page = staff("auditor").get(reverse("admin:accounts_auditevent_change", args=[made.pk])).content.decode()

    assert "user 987654<small>user:987654</small>" in page


def test_the_list_names_its_rows_by_one_query_a_kind(staff, account, django_assert_num_queries):
    client, address = staff("auditor"), reverse("admin:accounts_auditevent_changelist")
    asked = Invitation.objects.create(
        account=account, email="new@example.in", role=Member.Role.AGENT, token_hash="x",
        sent_at=build.NOW, expires_at=build.NOW,
    )  # fmt: skip
    event(subject=f"invitation:{asked.pk}")
    event(subject=f"user:{build.user('Asha Rao').pk}")
    with CaptureQueriesContext(connection) as few:
        page = client.get(address).content.decode()
    for number in range(5):
        event(subject=f"user:{build.user(f'Person {number}').pk}")

    with django_assert_num_queries(len(few)):
        assert "Person 4" in client.get(address).content.decode()

    assert "Invitation to new@example.in" in page and "Asha Rao" in page


def test_subjects_of_every_kind_can_be_looked_up(db):
    subjects = [f"{word}:{which}" for word in staff_subjects.KINDS for which in ("1", "x", "")]

    assert staff_subjects.named(subjects, lambda _right: True) == {}
