"""Conversations: what is kept, who is told, whose turn it is, how much one may write; what staff do."""

import threading
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts import erasure, notices, support, support_desk
from accounts.models import Account, AuditEvent, Contact, Conversation, Member, Message, Notice, Reading
from accounts.models.support import visible
from accounts.support import NotUsable, Said, TooMany
from tests import build
from tests.threads import errors, together

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert(1)</script>\n=HYPERLINK("http://x")\r\n\u202eevil\u2069\0 \x07end'
KEPT = '<script>alert(1)</script>\n=HYPERLINK("http://x")\nevil end'


@pytest.fixture
def account(db):
    return build.account()


@pytest.fixture
def staff(db):
    return build.user("Sunita Pillai", staff=True)


def said(text="How is this counted?", reference=""):
    return Said(text, uuid.uuid4(), reference)


def begun(
    account, *, by=None, category="billing", text="How is this counted?", now=build.NOW, subject="A question"
):
    return support.begin(account.pk, subject, category, said(text), by=by or build.owner(account), now=now)


def reply(conversation, staff, text="Like this.", *, seen=None, now=build.NOW):
    newest = conversation.messages.order_by("-pk")[0].pk
    return support_desk.reply(conversation.pk, said(text), seen=seen or newest, actor=staff, now=now)


def unread(account, person):
    return Message.objects.unread_by(person).filter(conversation__account=account).count()


def test_a_question_waits_and_staff_get_a_mail_of_it(account, settings):
    settings.SUPPORT_EMAIL = "desk@example.in"

    made = begun(account, text="Why twice?\n\nIt is ₹500.")

    assert (made.state, made.waits_since) == ("open", build.NOW)
    notices.send_due(now=build.NOW)
    (message,) = mail.outbox
    assert message.to == ["desk@example.in"]
    assert message.subject == f"{account.ban}: A question"
    assert "Why twice?\n\nIt is ₹500." in message.body
    assert f"/admin/accounts/conversation/{made.pk}/change/" in message.body


def test_the_same_form_is_one_message_and_other_words_are_not_lost(account):
    words, by = said(), build.owner(account)
    first = support.begin(account.pk, "A question", "billing", words, by=by, now=build.NOW)

    again = support.begin(account.pk, "A question", "billing", words, by=by, now=build.NOW)

    assert again == first and Message.objects.count() == 1
    more = said("And this?")
    assert support.write(first.pk, more, by=by, now=build.NOW) == support.write(
        first.pk, more, by=by, now=build.NOW
    )
    assert Notice.objects.filter(name="support-asked").count() == 2
    for other in (Said("Other words", more.token), Said("And this?", words.token)):
        with pytest.raises(NotUsable, match="sent already"):
            support.write(first.pk, other, by=by, now=build.NOW)
    with pytest.raises(NotUsable, match="sent already"):
        support.write(first.pk, more, by=build.member(account, "admin").user, now=build.NOW)
    with pytest.raises(NotUsable, match="sent already"):
        support.begin(build.account().pk, "A question", "billing", words, by=by, now=build.NOW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Please write"),
        (" \r\n\u202e\0", "Please write"),
        ("x" * 5001, "at most 5,000 characters; these are 5,001"),
    ],
)
def test_what_cannot_be_kept_says_why(text, words, account):
    with pytest.raises(NotUsable, match=words):
        begun(account, text=text)

    assert not Conversation.objects.exists() and not Notice.objects.exists()


def test_five_thousand_characters_are_kept_whatever_the_browser_makes_of_line_breaks(account):
    made = begun(account, text="\r\n".join(["x" * 49] * 100) + "y")

    assert len(made.messages.get().text) == 5000


@pytest.mark.parametrize(("subject", "field"), [(" \u202e ", "subject"), ("x" * 121, "subject")])
def test_a_subject_is_one_short_line(subject, field, account):
    with pytest.raises(NotUsable) as refused:
        begun(account, subject=subject)

    assert refused.value.field == field
    assert begun(account, subject="Two\nlines\u202e").subject == "Two lines"


def test_a_category_is_one_of_three(account):
    with pytest.raises(NotUsable, match="choose what it is about"):
        begun(account, category="secret")


def test_hidden_characters_are_left_out_and_the_rest_stays_as_it_was(account):
    assert begun(account, text=HOSTILE).messages.get().text == KEPT


def test_twenty_messages_an_hour_and_then_it_says_when(account):
    made = begun(account, now=build.NOW - timedelta(minutes=50))
    for minute in range(19):
        support.write(
            made.pk, said(), by=build.owner(account), now=build.NOW - timedelta(minutes=49 - minute)
        )

    with pytest.raises(TooMany, match="please send it in 10 minutes"):
        support.write(made.pk, said(), by=build.member(account, "agent").user, now=build.NOW)
    begun(build.account())
    support.write(made.pk, said(), by=build.owner(account), now=build.NOW + timedelta(minutes=10))


def test_an_answer_ends_the_waiting_and_the_opener_reads_it_in_a_mail(account, staff):
    agent = build.member(account, "agent").user
    made = begun(account, by=agent, category="technical")

    reply(made, staff, "Please call <b>this</b>\nnumber.", now=build.NOW + timedelta(hours=1))

    made.refresh_from_db()
    assert (made.state, made.waits_since, made.assigned_to) == ("answered", None, staff)
    Notice.objects.exclude(name="support-reply").delete()
    notices.send_due(now=build.NOW + timedelta(hours=1))
    (message,) = mail.outbox
    assert message.to == [agent.email] and message.subject == "Our answer: A question"
    assert "Sunita has answered" in message.body and "Please call <b>this</b>\nnumber." in message.body
    html = message.alternatives[0][0]
    assert "&lt;b&gt;this&lt;/b&gt;<br>number." in html and "<b>this" not in html
    assert f"/{account.ban}/support/{made.pk}/" in message.body


def test_about_money_the_billing_contacts_are_told_too_and_each_once(account, staff):
    Contact.objects.create(account=account, name="Desk", email="desk@example.in")
    made = begun(account)

    answer = said("Like this.")
    for _ in range(2):
        support_desk.reply(made.pk, answer, seen=made.messages.first().pk, actor=staff, now=build.NOW)

    told = Notice.objects.filter(name="support-reply").values_list("recipient", flat=True)
    assert sorted(told) == sorted(["desk@example.in", build.owner(account).email])


def test_who_has_left_the_account_is_told_nothing_any_more(account, staff):
    leaver = build.member(account, "manager")
    made = begun(account, by=leaver.user, category="technical")
    leaver.delete()

    reply(made, staff)

    assert Notice.objects.get(name="support-reply").recipient == build.owner(account).email
    assert not Conversation.objects.filter(visible(leaver.user)).exists()


def test_an_answer_that_crosses_a_new_question_is_held_back(account, staff):
    made = begun(account)
    seen = made.messages.get().pk
    support.write(made.pk, said("Forget it, found it."), by=build.owner(account), now=build.NOW)

    with pytest.raises(support_desk.Changed):
        reply(made, staff, seen=seen)

    assert not Notice.objects.filter(name="support-reply").exists()


def test_the_oldest_question_that_nobody_answered_counts(account, staff):
    made = begun(account)
    support.write(made.pk, said(), by=build.owner(account), now=build.NOW + timedelta(hours=1))
    made.refresh_from_db()
    assert made.waits_since == build.NOW

    reply(made, staff, now=build.NOW + timedelta(hours=2))
    support.write(made.pk, said(), by=build.owner(account), now=build.NOW + timedelta(hours=3))

    made.refresh_from_db()
    assert (made.state, made.waits_since) == ("open", build.NOW + timedelta(hours=3))


def test_closed_and_opened_again(account, staff):
    made = begun(account)
    support.close(made.pk)
    assert support.close(made.pk).state == "closed"

    assert support.reopen(made.pk, now=build.NOW).waits_since == build.NOW
    support_desk.close(made.pk, actor=staff, now=build.NOW)
    support_desk.close(made.pk, actor=staff, now=build.NOW)
    assert support_desk.reopen(made.pk, actor=staff, now=build.NOW).state == "open"
    reply(made, staff)
    support_desk.close(made.pk, actor=staff, now=build.NOW)
    assert support_desk.reopen(made.pk, actor=staff, now=build.NOW).state == "answered"
    support.close(made.pk)
    support.write(made.pk, said(), by=build.owner(account), now=build.NOW)

    made.refresh_from_db()
    assert made.state == "open"


def test_what_staff_do_is_in_the_chain_without_a_word_of_it(account, staff):
    made = begun(account)
    support_desk.note(made.pk, said("Secret thought"), actor=staff, now=build.NOW)
    reply(made, staff, "Secret answer")
    colleague = build.user(staff=True)
    for _ in range(2):
        support_desk.assign(made.pk, colleague, actor=staff, now=build.NOW)
    support_desk.close(made.pk, actor=staff, now=build.NOW)

    events = AuditEvent.objects.filter(subject=f"conversation:{made.pk}").order_by("pk")

    acts = [event.action.rpartition(".")[2] for event in events]
    assert acts == ["note", "reply", "assign", "close"]
    assert all(event.actor == staff and event.account == account for event in events)
    assert not any("Secret" in f"{event.reason}{event.before}{event.after}" for event in events)


def test_a_note_is_for_staff_alone(account, staff):
    made = begun(account)
    support_desk.note(made.pk, said("He shouts."), actor=staff, now=build.NOW)

    made.refresh_from_db()
    assert made.state == "open" and not Notice.objects.filter(name="support-reply").exists()
    assert not made.messages.shown().filter(text="He shouts.").exists()
    assert unread(account, build.owner(account)) == 0


def test_new_answers_are_counted_for_who_follows_until_they_have_looked(account, staff):
    owner, agent = build.owner(account), build.member(account, "agent").user
    made = begun(account, by=agent, category="technical")
    support_desk.note(made.pk, said("Note"), actor=staff, now=build.NOW)
    answer = reply(made, staff)
    reply(made, staff, "And more.")
    assert (unread(account, agent), unread(account, owner)) == (2, 0)

    support.read(made.pk, by=agent, now=build.NOW + timedelta(minutes=1))
    support.read(made.pk, by=owner, now=build.NOW + timedelta(minutes=2))

    answer.refresh_from_db()
    assert answer.read_at == build.NOW + timedelta(minutes=1)
    assert (unread(account, agent), unread(account, owner)) == (0, 0)
    reply(made, staff, "One more.")
    assert (unread(account, agent), unread(account, owner)) == (1, 1)
    assert Conversation.objects.with_unread(agent).get(pk=made.pk).unread == 1


@pytest.mark.parametrize(
    ("role", "reads"),
    [
        ("owner", "own billing technical"),
        ("admin", "own billing technical"),
        ("billing", "own billing technical"),
        ("manager", "own technical"),
        ("agent", "own"),
    ],
)
def test_who_reads_what(role, reads, account):
    member = build.member(account, role)
    person = member.user
    begun(account, by=person, subject="own")
    begun(account, subject="billing")
    begun(account, subject="technical", category="technical")
    begun(build.account(), subject="foreign")

    found = Conversation.objects.filter(visible(person)).order_by("pk").values_list("subject", flat=True)

    assert " ".join(found) == reads
    as_member = Conversation.objects.read_as(member).order_by("pk").values_list("subject", flat=True)
    assert " ".join(as_member) == reads


def test_a_lower_role_counts_from_the_next_request_on(account, staff):
    manager = build.member(account, "manager")
    made = begun(account, category="technical")
    support.read(made.pk, by=manager.user, now=build.NOW)
    reply(made, staff)
    assert unread(account, manager.user) == 1

    Member.objects.filter(pk=manager.pk).update(role="agent")

    assert unread(account, manager.user) == 0


def test_the_database_refuses_an_open_conversation_that_waits_for_nobody(account):
    made = begun(account)

    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=made.pk).update(waits_since=None)


def test_with_the_account_its_conversations_are_destroyed(account, staff):
    made = begun(account)
    reply(made, staff)
    other = begun(build.account())

    assert erasure.conversations(Account.objects.get(pk=account.pk)) == 2
    assert erasure.conversations(account) == 0

    assert list(Conversation.objects.all()) == [other]
    assert set(Message.objects.values_list("conversation", flat=True)) == {other.pk}
    assert set(Reading.objects.values_list("conversation", flat=True)) == {other.pk}


def test_nobody_is_left_to_answer_in_a_deleted_account(account, staff):
    made = begun(account)
    Account.objects.filter(pk=account.pk).update(wanted_level="deleted")

    with pytest.raises(NotUsable, match="nobody is left"):
        reply(made, staff)
    with pytest.raises(NotUsable, match="deleted"):
        support_desk.note(made.pk, said(), actor=staff, now=build.NOW)


def eight_at_once(account):
    """Fifteen messages were written; eight more come together. Return how many there are then."""
    owner = build.owner(account)
    for _ in range(15):
        begun(account)

    results = together([lambda: begun(account, by=owner)] * 8)

    assert all(isinstance(error, TooMany) for error in errors(results))
    return Message.objects.count()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_twenty_are_taken(account):
    assert eight_at_once(account) == 20


@pytest.mark.django_db(transaction=True)
def test_without_the_accounts_lock_more_would_be_taken(account, monkeypatch):
    barrier, allowed = threading.Barrier(8), support._allowed

    def counted_together(*words):
        """The rule as it is, but all eight have counted before one writes."""
        text = allowed(*words)
        if threading.current_thread() is not threading.main_thread():
            with suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=10)
        return text

    monkeypatch.setattr(support, "_allowed", counted_together)
    monkeypatch.setattr(type(Account.objects.all()), "lock", lambda rows, pk: rows.get(pk=pk))

    assert eight_at_once(account) == 23


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_many_times_at_once_is_one_message(account):
    made, owner, words = begun(account), build.owner(account), said()

    results = together([lambda: support.write(made.pk, words, by=owner, now=build.NOW)] * 8)

    assert not errors(results) and made.messages.count() == 2
