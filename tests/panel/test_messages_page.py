"""Sent messages in the panel: found by kind and channel, recipients masked, the text as it was sent."""

import pytest
from django.urls import reverse

from accounts import notices
from accounts.models import Contact, Notice
from tests import build

pytestmark = pytest.mark.django_db
MOBILE = "+919800000001"


def page(name, account, **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


@pytest.fixture
def sent(account):
    """A mail that was sent, and a text message that did not arrive."""
    Contact.objects.create(account=account, name="Desk", email="desk@example.in", phone=MOBILE)
    notices.owe(account, "limit-changed", event="1", now=build.NOW)
    mail = Notice.objects.get(name="limit-changed")
    letter = "Your limit is <b>₹500</b>.\n\nBest\n\u202e"
    Notice.objects.filter(pk=mail.pk).update(
        state="sent", sent_at=build.NOW, subject="Limit <i>changed</i>", text=letter, next_attempt_at=None
    )
    text = Notice.objects.create(
        account=account, name="low-balance", event="2", channel="sms", recipient=MOBILE, state="sent",
        sent_at=build.NOW, owed_at=build.NOW, undelivered="Absent subscriber", text="Low balance",
    )  # fmt: skip
    notices.owe(account, "dispute-task", event="3", mails=["finance@example.in"], now=build.NOW)
    return mail, text


def test_the_list_says_what_went_where_and_whether_it_arrived(client, account, sent):
    text = client.get(page("messages", account)).content.decode()

    for words in (
        "Limit &lt;i&gt;changed&lt;/i&gt;",
        "desk@example.in",
        "Not delivered",
        MOBILE,
        "2 messages",
    ):
        assert words in text
    assert "finance@example.in" not in text and "Dispute task" not in text


def test_billing_sees_masked_recipients_but_their_own(account, sent, browse):
    person = build.member(account, "billing").user
    notices.owe(account, "overdue", event="4", mails=[person.email], now=build.NOW)
    client = browse(person)

    text = client.get(page("messages", account)).content.decode()

    assert "d•••@example.in" in text and "•••• 0001" in text and person.email in text
    assert "desk@example.in" not in text and MOBILE not in text
    one = client.get(page("message", account, notice_id=sent[1].pk)).content.decode()
    assert "•••• 0001" in one and MOBILE not in one


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"channel": "sms"}, "Not delivered", "changed&lt;/i&gt;</a>"),
        ({"channel": "email"}, "changed&lt;/i&gt;</a>", "Not delivered"),
        ({"kind": "credit"}, "changed&lt;/i&gt;</a>", "No message fits"),
        ({"kind": "invoices"}, "No message fits", "Not delivered"),
        ({"kind": "staff", "channel": "pigeon"}, "2 messages", "finance@example.in"),
    ],
)
def test_it_is_filtered(query, shown, hidden, client, account, sent):
    text = client.get(page("messages", account), query).content.decode()

    assert shown in text and hidden not in text


def test_one_message_as_it_was_sent(client, account, sent):
    mail, text = sent

    shown = client.get(page("message", account, notice_id=mail.pk)).content.decode()

    assert "Your limit is &lt;b&gt;₹500&lt;/b&gt;.\n\nBest" in shown and "mail server has taken it" in shown
    failed = client.get(page("message", account, notice_id=text.pk)).content.decode()
    assert "The provider says: Absent subscriber." in failed


def test_what_is_not_sent_yet_and_what_was_erased_say_so(client, account):
    notices.owe(account, "overdue", event="1", now=build.NOW)
    row = Notice.objects.get()
    url = page("message", account, notice_id=row.pk)
    assert "will stand here when it has been sent" in client.get(url).content.decode()

    Notice.objects.update(state="sent", sent_at=build.NOW, recipient="erased-1")

    assert "was erased" in client.get(url).content.decode()


def test_tasks_of_staff_and_foreign_messages_are_absent(client, account, sent):
    task = Notice.objects.get(name="dispute-task")
    notices.owe(build.account(), "overdue", event="9", now=build.NOW)
    foreign = Notice.objects.get(event="9")

    for row in (task, foreign):
        assert client.get(page("message", account, notice_id=row.pk)).status_code == 404


def test_pages_keep_the_filter(client, account):
    for number in range(30):
        notices.owe(account, "overdue", event=str(number), now=build.NOW)

    text = client.get(page("messages", account), {"kind": "service"}).content.decode()

    assert "?kind=service&amp;channel=&amp;page=2" in text


@pytest.mark.parametrize(
    ("role", "reads"), [("owner", True), ("admin", True), ("billing", True), ("manager", False)]
)
def test_the_way_there_stands_on_the_support_page(role, reads, account, browse):
    answer = browse(build.member(account, role).user).get(page("support", account))

    assert answer.status_code == 200
    assert (f'href="{page("messages", account)}"' in answer.content.decode()) is reads
