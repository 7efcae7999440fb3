"""Messages as customers read them: every one has a kind, staff's are not theirs, delivery in plain words."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts import notices, sent_messages
from accounts.models import Notice
from tests import build

pytestmark = pytest.mark.django_db
TEMPLATES = {
    path.name.split(".")[0] for path in Path(settings.BASE_DIR, "templates/notices").glob("*.subject.txt")
}


def test_every_message_has_a_kind():
    assert set(sent_messages.KINDS) == TEMPLATES


def test_every_kind_has_a_name():
    assert set(sent_messages.LABELS) | {sent_messages.STAFF} == set(sent_messages.KINDS.values())


def test_tasks_of_staff_are_no_customers_to_read():
    account = build.account()
    notices.owe(account, "dispute-task", event="1", mails=["finance@example.in"], now=build.NOW)
    notices.owe(account, "overdue", event="1", now=build.NOW)

    assert [row.name for row in sent_messages.of(account)] == ["overdue"]


NOW = build.NOW


@pytest.mark.parametrize(
    ("fields", "word", "tone"),
    [
        ({"state": "owed"}, "On its way", ""),
        ({"state": "owed", "attempts": 3}, "Trying again", "warn"),
        ({"state": "parked"}, "Not sent", "bad"),
        ({"state": "sent", "sent_at": NOW}, "Sent", "good"),
        ({"state": "sent", "sent_at": NOW, "channel": "sms"}, "Sent", "good"),
        ({"state": "sent", "sent_at": NOW, "channel": "sms", "delivered_at": NOW}, "Delivered", "good"),
        (
            {"state": "sent", "sent_at": NOW, "channel": "sms", "undelivered": "Absent"},
            "Not delivered",
            "bad",
        ),
    ],
)
def test_delivery_in_plain_words(fields, word, tone):
    found = sent_messages.delivery(Notice(**({"channel": "email", "undelivered": ""} | fields)))

    assert (found.word, found.tone) == (word, tone)
    assert "Absent" in found.said or "undelivered" not in fields


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("asha@lotus.example", "a•••@lotus.example"),
        ("+919800000042", "•••• 0042"),
        ("erased-17", "•••• d-17"),
        ("12", "••••"),
    ],
)
def test_a_masked_recipient(recipient, shown):
    assert sent_messages.masked(recipient) == shown
