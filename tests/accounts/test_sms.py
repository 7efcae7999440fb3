"""Text messages: owed beside the mail, sent once whatever happens, never logged."""

import json
from datetime import timedelta

import pytest
import structlog
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import channels, notices, sms_templates
from accounts.models import Notice
from accounts.notices import EMAIL_SMS, Owed
from tests import build
from tests.accounts.texts import LOW, MOBILE, contact, owe, text_message

pytestmark = pytest.mark.django_db
NOW = build.NOW


# --- whom -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("contacts", "mails", "texts"), [
    ([],                                                              ["owner"],        []),
    ([{"phone": MOBILE}],                                             ["owner"],        [MOBILE]),
    ([{"email": "a@x.in", "phone": MOBILE}],                          ["a@x.in"],       [MOBILE]),
    ([{"email": "a@x.in", "phone": MOBILE, "wants_sms": False}],      ["a@x.in"],       []),
    ([{"email": "a@x.in", "phone": MOBILE, "wants_email": False}],    ["owner"],        [MOBILE]),
    ([{"email": "a@x.in", "category": "technical", "phone": MOBILE}], ["owner"],        []),
    ([{"email": "a@x.in", "phone": "080 4000 1234"}],                 ["a@x.in"],       []),
    ([{"email": "a@x.in", "phone": MOBILE}, {"email": "b@x.in", "phone": MOBILE}], ["a@x.in", "b@x.in"], [MOBILE]),
])  # fmt: skip
def test_who_is_told_over_which_channel(contacts, mails, texts):
    account = build.account()
    for fields in contacts:
        contact(account, **({"phone": ""} | fields))

    owe(account)

    told = {
        kind: sorted(Notice.objects.filter(channel=kind).values_list("recipient", flat=True))
        for kind in EMAIL_SMS
    }
    assert told == {"email": [build.owner(account).email] if mails == ["owner"] else mails, "sms": texts}


def test_a_message_is_owed_once_per_event_and_channel(account):
    owe(account)
    owe(account)

    assert sorted(Notice.objects.values_list("channel", flat=True)) == ["email", "sms"]


def test_mail_alone_unless_a_text_is_asked_for(account):
    owe(account, channels=("email",))

    assert not Notice.objects.filter(channel="sms").exists()


def test_a_notice_without_a_registered_text_cannot_go_by_sms(account):
    with pytest.raises(sms_templates.NotRegistered):
        notices.owe(account, "invoice-issued", event="x", channels=EMAIL_SMS, now=NOW)


@pytest.mark.parametrize(("many", "statements"), [(1, 4), (9, 4), (12, 6), (40, 6)])
def test_owing_many_takes_a_constant_number_of_statements(many, statements, django_assert_num_queries):
    """From 20 messages on they go by COPY, within a savepoint."""
    accounts = [build.account() for _ in range(many)]
    for number, account in enumerate(accounts):
        contact(account, phone=f"+9198000000{number:02}")
    owed = [Owed(account, "low-balance", "low:1", LOW, channels=EMAIL_SMS) for account in accounts]

    with django_assert_num_queries(statements):
        notices.owe_many(owed, now=NOW)

    assert Notice.objects.count() == 2 * many


def test_mail_alone_asks_nothing_about_mobiles(account):
    with CaptureQueriesContext(connection) as seen:
        owe(account, channels=("email",))

    assert not [
        query for query in seen if "wants_sms" in query["sql"].lower() and "regex" in query["sql"].lower()
    ]


# --- sending ----------------------------------------------------------------------------------------
def test_a_text_is_sent_as_registered_and_kept_as_sent(account, provider, settings):
    settings.SMS_TEMPLATE_IDS = {"low-balance": "1107161234567890123"}
    owe(account)

    assert notices.send_due(now=NOW, channel="sms") == 1

    notice = text_message()
    [message] = provider.messages.values()
    assert message | {"id": ""} == {
        "id": "",
        "reference": notice.reference,
        "to": MOBILE,
        "sender": "KAVERI",
        "template_id": "1107161234567890123",
        "text": notice.text,
    }
    assert (notice.state, notice.message_id, notice.sent_at) == ("sent", "sms_1", NOW)
    assert f"Account {account.ban}: balance Rs 100.00 is below" in notice.text
    assert MOBILE[3:] not in notice.reference


def test_each_channel_has_its_own_job(account, provider):
    provider.status = 503
    owe(account)

    assert notices.send_due(now=NOW, channel="sms") == 0

    assert dict(Notice.objects.values_list("channel", "attempts")) == {"email": 0, "sms": 1}


@pytest.mark.parametrize(("fails", "posts"), [("before", 2), ("after", 1)])
def test_after_a_time_out_the_provider_is_asked_first(account, provider, fails, posts):
    owe(account)
    provider.fails.append(fails)
    assert notices.send_due(now=NOW, channel="sms") == 0

    assert notices.send_due(now=NOW + timedelta(minutes=5), channel="sms") == 1

    assert provider.asked == ["POST", "GET", "POST"][: posts + 1]
    assert len(provider.messages) == 1
    assert text_message().message_id == "sms_1"


def test_after_a_crash_between_sending_and_marking_it_is_not_sent_again(account, provider, monkeypatch):
    owe(account)
    monkeypatch.setattr(notices, "_finish", crash)
    with pytest.raises(Crash):
        notices.send_due(now=NOW, channel="sms")
    monkeypatch.undo()
    settings_again(monkeypatch)

    notices.send_due(now=NOW + notices.LEASE, channel="sms")

    assert provider.asked == ["POST", "GET"]
    assert text_message().state == "sent"


class Crash(BaseException):
    """The process ends here."""


def crash(*_args, **_fields):
    raise Crash


def settings_again(monkeypatch):
    """The clock stands again, which undoing let go."""
    monkeypatch.setattr("billing_portal.clock.now", lambda: NOW)


def test_a_parked_text_that_staff_send_again_is_asked_for_first(account, provider):
    owe(account)
    provider.fails.append("after")
    notices.send_due(now=NOW, channel="sms")
    Notice.objects.filter(channel="sms").update(state="parked", next_attempt_at=None, attempts=8)

    notices.retry(text_message(), reason="x", by=build.user(staff=True), now=NOW)
    notices.send_due(now=NOW, channel="sms")

    assert provider.asked == ["POST", "GET"]


def test_what_cannot_be_begun_within_the_claim_is_put_back(account, provider, monkeypatch):
    owe(account)
    monkeypatch.setattr(notices, "BEGIN_WITHIN", -1)

    assert notices.send_due(now=NOW) == 0

    assert set(Notice.objects.values_list("attempts", "next_attempt_at", "state")) == {(0, NOW, "owed")}
    assert provider.asked == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (422, "Refused: 422"),
        (401, "Refused: 401"),
        (503, "Away: 503"),
        (429, "Away: 429"),
    ],
)
def test_a_refusal_is_kept_on_the_row_and_tried_later(account, provider, status, error):
    owe(account)
    provider.status = status

    notices.send_due(now=NOW, channel="sms")

    notice = text_message()
    assert (notice.state, notice.error, notice.attempts) == ("owed", error, 1)
    assert notice.next_attempt_at > NOW


def test_no_log_line_carries_a_phone_number(account, provider):
    owe(account)
    with structlog.testing.capture_logs() as lines:
        for hours, fails in enumerate(("before", "after")):
            provider.fails.append(fails)
            notices.send_due(now=NOW + timedelta(hours=hours), channel="sms")
        provider.status = 422
        notices.send_due(now=NOW + timedelta(days=1), channel="sms")

    assert len(lines) == 3
    assert MOBILE[3:] not in json.dumps(lines, default=str)
    assert MOBILE[3:] not in text_message().error


def test_no_provider_is_called_inside_a_unit(account, provider):
    owe(account)

    with pytest.raises(Exception, match="inside a transaction"):
        inside(text_message())


def inside(notice):
    from billing_portal.unit import unit

    return unit(channels.send)(notice)
