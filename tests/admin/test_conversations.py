"""Conversations as staff see them: the longest waiting on top, found by words, answered, noted, taken, closed."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import support, support_desk
from accounts.models import AuditEvent, Conversation, Notice
from invoices import problems
from tests import build
from tests.accounts.test_support import HOSTILE, begun, reply, said

pytestmark = pytest.mark.django_db
LIST = reverse("admin:accounts_conversation_changelist")


def one(row):
    return reverse("admin:accounts_conversation_change", args=[row.pk])


def form(row, text="We credit it.", **more):
    seen = row.messages.shown().order_by("-pk")[0].pk
    return {"text": text, "token": uuid.uuid4(), "seen": seen, "reply": "1"} | more


def told(row):
    return Notice.objects.filter(name="support-reply", account=row.account).count()


@pytest.mark.parametrize("role", ["customer", "support", "finance", "manager", "auditor", "admin"])
def test_who_may_read_and_who_may_answer(role, staff, account):
    row, client = begun(account), staff(role)

    reads = client.get(one(row)).status_code == 200
    client.post(one(row), form(row))

    assert reads is (role != "customer")
    assert bool(told(row)) is (role in ("support", "finance", "manager", "admin"))
    if role == "auditor":
        assert "Send the answer" not in client.get(one(row)).content.decode()
        assert not row.messages.filter(read_at__isnull=False).exists()


def test_the_longest_waiting_stands_on_top(staff, account):
    late, soon = (
        begun(account, subject=s, now=build.NOW - timedelta(hours=h)) for s, h in (("Late", 30), ("Soon", 2))
    )
    done = begun(account, subject="Done", now=build.NOW - timedelta(hours=50))
    reply(done, build.user(staff=True))
    client = staff("support")

    rows = list(client.get(LIST).context["cl"].result_list)

    assert rows == [late, soon, done]
    assert '<span class="tag bad">Waits 1 day</span>' in client.get(LIST).content.decode().replace(
        "\xa0", " "
    )


def test_it_is_found_by_turn_by_who_took_it_by_words_and_person(staff, account):
    client = staff("support")
    me = client.get(LIST).wsgi_request.user
    mine, other = (
        begun(account, subject="Mine"),
        begun(build.account(name="Zebra"), subject="Other", text="A rare word"),
    )
    support_desk.assign(mine.pk, me, actor=me, now=build.NOW)
    reply(other, build.user(staff=True))

    def found(**query):
        return list(client.get(LIST, query).context["cl"].result_list)

    assert found(turn="ours") == [mine] and found(turn="theirs") == [other] and found(turn="closed") == []
    assert found(taken="me") == [mine] and found(taken="nobody") == []
    assert found(category__exact="technical") == []
    for query in ("Zebra", other.account.ban, "rare word", build.owner(other.account).email, "Other"):
        assert found(q=query) == [other]


def test_a_long_list_costs_no_more(staff, account):
    client, counts = staff("support"), []
    for number in (1, 12):
        for _ in range(number):
            begun(build.account())
        client.get(LIST)
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_long_conversation_costs_no_more(staff, account):
    row, client, counts = begun(account), staff("support"), []
    for number in (1, 15):
        for _ in range(number):
            reply(row, build.user(staff=True))
        client.get(one(row))
        with CaptureQueriesContext(connection) as captured:
            client.get(one(row))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_answered_noted_taken_closed(staff, account):
    row, client = begun(account), staff("support")

    page = client.post(one(row), form(row), follow=True).content.decode()
    assert "Answered. The customer gets a mail." in page and "not read yet" in page
    page = client.post(
        one(row), form(row, "Calls back at five", note="1") | {"reply": ""}, follow=True
    ).content.decode()
    assert "Noted." in page and "Note, staff only" in page
    for act in ("leave", "take", "close"):
        client.post(one(row), {act: "1"})

    row.refresh_from_db()
    assert (row.state, row.assigned_to.name) == ("closed", "support")
    acts = (
        AuditEvent.objects.filter(subject=f"conversation:{row.pk}")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert [act.rpartition(".")[2] for act in acts] == ["reply", "note", "assign", "assign", "close"]
    assert told(row) == 1
    assert row.messages.order_by("pk")[0].read_at == build.NOW


def test_what_crossed_is_shown_before_the_answer_goes(staff, account):
    row, client = begun(account), staff("support")
    written = form(row)
    support.write(row.pk, said("Forget it!"), by=build.owner(account), now=build.NOW)

    answer = client.post(one(row), written)

    text = answer.content.decode()
    assert answer.status_code == 422 and "Something was written since" in text
    assert "Forget it!" in text and "We credit it." in text and told(row) == 0
    client.post(one(row), written | {"seen": str(row.messages.last().pk)})
    assert told(row) == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"text": " \n"}, "required"),
        ({"text": "x" * 5001}, "5,001"),
        ({"token": "x"}, "valid UUID"),
        ({"text": ""}, "required"),
    ],
)
def test_what_cannot_be_sent_says_why(fields, complaint, staff, account):
    row = begun(account)

    answer = staff("support").post(one(row), form(row) | fields)

    assert answer.status_code == 422 and complaint in answer.content.decode() and told(row) == 0


def test_absent_is_absent(staff):
    for pk in ("999999999", "x", "9" * 30):
        assert staff("support").get(f"{LIST}{pk}/change/").status_code == 404


def test_hostile_words_are_only_words(staff, account):
    row, client = begun(account, text=HOSTILE, subject="=1+1<script>alert(1)</script>"), staff("support")

    for url in (LIST, one(row)):
        text = client.get(url).content.decode()
        assert "<script>alert(1)" not in text and "\u202e" not in text
    listed = staff("finance").post(LIST, {"action": "export_csv", "_selected_action": [row.pk]})
    table = listed.getvalue().decode()
    assert "'=1+1" in table and ",=1+1" not in table


def test_an_answer_to_a_reported_problem_stands_in_its_conversation_and_is_one_mail(staff, account):
    bill = build.charge(account, 1000)
    report = problems.report(bill, "Twice.", token=uuid.uuid4(), by=build.owner(account), now=build.NOW)
    client = staff("support")

    client.post(reverse("admin:invoices_problem_answer", args=[report.pk]), {"answer": "We credit it."})

    row = Conversation.objects.get()
    assert row.state == "answered" and row.messages.last().text == "We credit it."
    names = Notice.objects.filter(account=account).values_list("name", flat=True)
    assert "problem-answered" in names and "support-reply" not in names


def test_a_problem_that_is_answered_in_its_conversation_waits_no_more(staff, account):
    bill = build.charge(account, 1000)
    problems.report(bill, "Twice.", token=uuid.uuid4(), by=build.owner(account), now=build.NOW)
    begun(account)
    client = staff("support")
    before = client.get(reverse("admin:index")).context["page"]
    assert (before.problems, before.conversations) == (1, 1)

    row = Conversation.objects.get(problem__isnull=False)
    client.post(one(row), form(row))

    after = client.get(reverse("admin:index")).context["page"]
    assert (after.problems, after.conversations) == (0, 1)
    shown = client.get(reverse("admin:invoices_problemreport_changelist")).content.decode()
    assert "Answered in the conversation" in shown


def test_the_accounts_page_leads_to_its_conversations(staff, account):
    row = begun(account, subject="The bill of May", text="It is twice.")
    support_desk.note(row.pk, said("Look at the plan"), actor=build.user(staff=True), now=build.NOW)

    page = staff("support").get(reverse("admin:account_page", args=[account.pk]))

    text = page.content.decode()
    assert f"{LIST}?account__id__exact={account.pk}" in text and "1 conversation<" in text
    assert "Customer: The bill of May" in text and "It is twice." in text
    assert "Note of staff: The bill of May" in text and "Look at the plan" in text
