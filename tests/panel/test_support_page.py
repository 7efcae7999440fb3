"""The panel's conversations: asked, answered without a reload, closed; open at every level; hostile words are words."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import restrictions, support, support_desk
from accounts.models import Account, Conversation, Message
from accounts.restrictions import Level, Reason
from accounts.support import Said
from billing_portal.unit import unit
from tests import build
from tests.accounts.test_support import HOSTILE, begun, reply, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return build.user("Sunita Pillai", staff=True)


def page(name, account, **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


def form(**fields):
    return {"subject": "A question", "category": "technical", "text": "Why?", "token": uuid.uuid4()} | fields


def words(response):
    return " ".join(response.content.decode().split())


def news(client, conversation, after, state="open"):
    url = page("conversation", conversation.account, conversation_id=conversation.pk)
    return client.get(url, {"after": after, "state": state}, headers={"HX-Request": "true"})


def test_a_question_about_an_invoice(client, account):
    bill = build.charge(account, 1000)
    asked = client.get(page("support-new", account), {"about": bill.number})
    assert f'<option value="{bill.number}" selected>' in words(asked)

    answer = client.post(
        page("support-new", account), form(reference=bill.number, category="billing"), follow=True
    )

    text = words(answer)
    assert answer.redirect_chain and "Why?" in text and "With us" in text
    assert f'<a class="num" href="{page("document", account, slug=bill.slug)}">{bill.number}</a>' in text


def test_an_older_document_is_offered_where_it_was_asked_about(client, account):
    first = build.charge(account, 10)
    for _ in range(24):
        build.charge(account, 10)

    text = words(client.get(page("support-new", account), {"about": first.number}))

    assert text.count("<option") == 26 and f'<option value="{first.number}" selected>' in text


@pytest.mark.parametrize("about", ["VI/2627/999999", "<script>", "x" * 5000])
def test_a_foreign_or_absent_document_is_no_choice(about, client, account):
    foreign = build.charge(build.account(), 10).number
    build.charge(account, 10)
    for number in (about, foreign):
        text = words(client.get(page("support-new", account), {"about": number}))
        assert "selected" not in text.split('name="reference"')[1] and "<script>alert" not in text

    answer = client.post(page("support-new", account), form(reference=foreign))

    assert answer.status_code == 422 and "no document of that number" in words(answer)
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "complaint"),
    [
        ({"subject": ""}, "subject", "in a few words"),
        ({"subject": "x" * 121}, "subject", "at most 120"),
        ({"category": ""}, "category", "choose what it is about"),
        ({"category": "secret"}, "category", "not one of the available choices"),
        ({"text": "\0\r\n"}, "text", "Please write"),
        ({"text": "x" * 10_000}, "text", "these are 10,000"),
        ({"token": "no"}, "", "send the form again"),
    ],
)
def test_an_error_stands_at_its_field_and_the_words_are_kept(fields, field, complaint, client, account):
    answer = client.post(page("support-new", account), form(**fields))

    text = words(answer)
    assert answer.status_code == 422 and complaint in text
    assert not field or f'id="{field}-error" role="alert"' in text
    assert "text" in fields or ">Why?</textarea>" in text
    assert not Conversation.objects.exists()


def test_answers_come_without_a_reload_and_nothing_is_nothing(client, account, staff):
    made = begun(account)
    first = made.messages.get().pk
    assert news(client, made, first).status_code == 204

    answer = reply(made, staff, "Like <b>this</b>.")
    text = words(news(client, made, first))

    assert f"after={answer.pk}&amp;state=answered" in text
    assert '<ol hx-swap-oob="beforeend:#thread">' in text and "Like &lt;b&gt;this&lt;/b&gt;." in text
    assert "Why?" not in text and "Answered" in text and "<html" not in text
    assert news(client, made, answer.pk, "answered").status_code == 204
    assert Message.objects.get(pk=answer.pk).read_at == build.NOW


@pytest.mark.parametrize("after", ["", "-1", "x", "9" * 30, "१२"])
def test_nonsense_asks_for_everything(after, client, account):
    made = begun(account)

    assert news(client, made, after).status_code == 200


def test_a_colleagues_close_shows_by_itself(client, account, staff):
    made = begun(account)
    support_desk.close(made.pk, actor=staff, now=build.NOW)

    text = words(news(client, made, made.messages.get().pk))

    assert "Closed" in text and "Open again" in text and "beforeend" not in text


def test_a_note_of_staff_is_nowhere(client, account, staff):
    made = begun(account)
    support_desk.note(made.pk, said("He shouts."), actor=staff, now=build.NOW)

    for response in (
        client.get(page("conversation", account, conversation_id=made.pk)),
        client.get(page("support", account)),
        news(client, made, 0),
    ):
        assert "He shouts." not in words(response)


def test_written_closed_and_opened_again(client, account, staff):
    made = begun(account)
    keys = {"conversation_id": made.pk}
    answer = client.post(page("conversation-write", account, **keys), {"text": "More", "token": uuid.uuid4()})
    assert answer.url == f"{page('conversation', account, **keys)}#message-{made.messages.last().pk}"

    client.post(page("conversation-turn", account, **keys), {"close": "1"})
    assert "Writing opens it again" in words(client.get(page("conversation", account, **keys)))
    assert "A question" in words(client.get(page("support", account), {"state": "closed"}))
    assert "A question" not in words(client.get(page("support", account), {"state": "open"}))
    client.post(page("conversation-turn", account, **keys), {"reopen": "1"})

    made.refresh_from_db()
    assert made.state == "open"


def test_too_many_say_when_and_keep_the_text(client, account):
    made = begun(account)
    for _ in range(19):
        support.write(made.pk, said(), by=build.owner(account), now=build.NOW)

    answer = client.post(
        page("conversation-write", account, conversation_id=made.pk),
        {"text": "My words", "token": uuid.uuid4()},
    )

    assert answer.status_code == 422
    assert "20 messages of this account within an hour" in words(answer) and "My words</textarea>" in words(
        answer
    )


@pytest.mark.parametrize("level", [Level.OUTBOUND_BLOCKED, Level.SUSPENDED, Level.ARCHIVED])
@pytest.mark.parametrize("role", ["owner", "admin", "billing", "manager", "agent"])
def test_it_is_open_at_every_level_for_everybody(level, role, account, browse):
    @unit
    def stop():
        reason = Reason.RETENTION if level == Level.ARCHIVED else Reason.MANUAL
        restrictions.impose(Account.objects.lock(account.pk), reason, level, now=build.NOW)

    stop()
    client = browse(build.member(account, role).user)

    answer = client.post(page("support-new", account), form(), follow=True)

    assert answer.status_code == 200 and "Why?" in words(answer)
    assert client.get(page("support", account)).status_code == 200


@pytest.mark.parametrize(
    ("role", "expected"), [("owner", 200), ("admin", 200), ("billing", 200), ("manager", 404), ("agent", 404)]
)
def test_another_persons_question_about_money(role, expected, account, browse):
    made = begun(account)
    client = browse(build.member(account, role).user)
    keys = {"conversation_id": made.pk}

    found = {
        client.get(page("conversation", account, **keys)).status_code,
        client.get(
            page("conversation", account, **keys) + "?after=0", headers={"HX-Request": "true"}
        ).status_code,
    }

    assert found == {expected}
    wrote = client.post(page("conversation-write", account, **keys), {"text": "x", "token": uuid.uuid4()})
    closed = client.post(page("conversation-turn", account, **keys), {"close": "1"})
    assert {wrote.status_code, closed.status_code} == ({302} if expected == 200 else {404})
    assert made.messages.count() == (2 if expected == 200 else 1)


@pytest.mark.parametrize("role", ["manager", "agent"])
def test_who_may_not_see_documents_names_none_and_follows_no_link(role, account, browse):
    bill = build.charge(account, 1000)
    person = build.member(account, role).user
    client = browse(person)
    asked = words(client.get(page("support-new", account), {"about": bill.number}))
    assert bill.number not in asked and "You see" in asked

    client.post(page("support-new", account), form(reference=bill.number))

    made = Conversation.objects.get(opened_by=person)
    assert made.messages.get().reference == ""
    support.write(made.pk, Said("See", uuid.uuid4(), bill.number), by=build.owner(account), now=build.NOW)
    text = words(client.get(page("conversation", account, conversation_id=made.pk)))
    assert bill.number in text and f"/invoices/{bill.slug}/" not in text


def test_the_sidebar_counts_new_answers_until_they_are_read(client, account, staff):
    made = begun(account)
    reply(made, staff)
    reply(made, staff, "And more.")
    assert re.search(
        r'class="count">2<span class="hush"> new answers', words(client.get(page("payments", account)))
    )
    assert "2 new" in words(client.get(page("support", account)))

    client.get(page("conversation", account, conversation_id=made.pk))

    assert "new answer" not in words(client.get(page("payments", account)))


def test_a_long_conversation_is_read_page_by_page(client, account, staff):
    made = begun(account, text="The very first")
    for number in range(120):
        reply(made, staff, f"Answer {number}.")
    url = page("conversation", account, conversation_id=made.pk)

    newest = words(client.get(url))
    older = words(client.get(url, {"before": re.search(r"before=(\d+)", newest)[1]}))

    assert newest.count('id="message-') == 100 and "Answer 119." in newest and "The very first" not in newest
    assert "The very first" in older and "Answer 20." not in older and "Newest messages" in older
    assert 'name="text"' not in older


def test_hostile_words_are_only_words(client, account, staff):
    made = begun(account, text=HOSTILE, subject="<img src=x onerror=alert(1)>")
    reply(made, staff, HOSTILE)

    for response in (
        client.get(page("support", account)),
        client.get(page("conversation", account, conversation_id=made.pk)),
        news(client, made, 0),
    ):
        text = response.content.decode()
        assert "<script>alert(1)" not in text and "<img" not in text
        assert "\u202e" not in text and "\0" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_a_problem_with_an_invoice_is_a_conversation_about_it(client, account, staff):
    bill = build.charge(account, 1000)
    url = page("document-problem", account, slug=bill.slug)

    client.post(url, {"text": "Billed twice.", "token": uuid.uuid4()})

    made = Conversation.objects.get()
    assert (made.subject, made.category) == (f"A problem with {bill.number}", "billing")
    assert made.messages.get().reference == bill.number
    shown = words(client.get(page("document", account, slug=bill.slug)))
    assert page("conversation", account, conversation_id=made.pk) in shown
    assert f"{page('support-new', account)}?about={bill.number}" in shown
    assert not build.NOW - made.opened_at > timedelta(0)


def test_a_reported_problem_counts_among_the_messages_of_an_hour(client, account):
    bill = build.charge(account, 1000)
    for _ in range(20):
        begun(account)

    answer = client.post(
        page("document-problem", account, slug=bill.slug), {"text": "x", "token": uuid.uuid4()}
    )

    assert answer.status_code == 422 and "within an hour" in words(answer)
    assert not account.problem_reports.exists()
