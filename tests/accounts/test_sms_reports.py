"""Delivery reports: verified, stored once by their id, noted on the message; never an error for what is not ours."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts import sms
from accounts.models import Notice, SmsReport
from tests import build, fake_sms
from tests.accounts.texts import text_message

pytestmark = pytest.mark.django_db
NOW = build.NOW


def tell(client, body: bytes, signature: str | None = None):
    header = fake_sms.sign(body) if signature is None else signature
    return client.post(
        reverse("sms-report"), body, content_type="application/json", headers={"X-Sms-Signature": header}
    ).status_code


def arrival() -> tuple:
    notice = text_message()
    return bool(notice.delivered_at), notice.undelivered


@pytest.mark.parametrize(("told", "found"), [
    (["delivered"],                        (True,  "")),
    (["failed"],                           (False, "Absent subscriber")),
    (["failed", "delivered"],              (True,  "")),
    (["delivered", "failed"],              (True,  "")),
    (["delivered", "delivered"],           (True,  "")),
])  # fmt: skip
def test_a_report_says_what_became_of_it(client, sent, told, found):
    for status in told:
        assert tell(client, fake_sms.report(sent, status)) == 200

    assert arrival() == found
    assert SmsReport.objects.count() == len(set(told))


def test_delivery_time_is_the_providers(client, sent):
    tell(client, fake_sms.report(sent, at=1_800_000_000))

    assert text_message().delivered_at == datetime.fromtimestamp(1_800_000_000, UTC)


def test_a_report_may_come_before_the_message_is_marked_as_sent(client, sent):
    Notice.objects.filter(pk=sent.pk).update(state="owed", message_id="", sent_at=None)

    assert tell(client, fake_sms.report(sent)) == 200

    assert arrival() == (True, "")


@pytest.mark.parametrize(
    "reference", ["notice-999999-1", "notice-1", "campaign 7", "x", f"notice-{10**17}-1"]
)
def test_a_report_about_what_is_not_ours_is_stored_and_changes_nothing(client, sent, reference):
    assert tell(client, fake_sms.report(sent, reference=reference)) == 200

    assert arrival() == (False, "")
    assert SmsReport.objects.get().notice is None


def test_a_row_numbered_again_after_a_restore_is_another_message(client, sent):
    body = fake_sms.report(sent)
    Notice.objects.filter(pk=sent.pk).update(owed_at=NOW + timedelta(days=1))

    assert tell(client, body) == 200

    assert arrival() == (False, "")


@pytest.mark.parametrize("signature", ["", "0" * 64, "é", "\x00"])
def test_a_call_that_is_not_signed_changes_nothing(client, sent, signature):
    assert tell(client, fake_sms.report(sent), signature) == 400
    assert not SmsReport.objects.exists()


def test_the_previous_secret_is_taken_while_it_is_changed(client, sent, settings):
    body = fake_sms.report(sent)
    old = fake_sms.sign(body)
    settings.SMS_WEBHOOK_SECRET, settings.SMS_WEBHOOK_SECRET_PREVIOUS = "new", settings.SMS_WEBHOOK_SECRET

    assert tell(client, body, old) == 200
    settings.SMS_WEBHOOK_SECRET_PREVIOUS = ""
    assert tell(client, body, old) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{}", b"\xff", b'"delivered"', b"[" * 15_000,
        b'{"report_id": "r", "reference": "x", "status": "delivered", "at": true}',
        b'{"report_id": "r", "reference": "x", "status": "delivered", "at": 1e400}',
        b'{"report_id": "r", "reference": "x", "status": "delivered", "at": 99999999999999999999}',
        b'{"report_id": 7, "reference": "x", "status": "delivered", "at": 1}',
        b'{"report_id": "r\\u0000", "reference": "x", "status": "delivered", "at": 1}',
        b'{"report_id": "r", "reference": "x", "status": "unknown", "at": 1}',
        b'{"report_id": "' + b"r" * 65 + b'", "reference": "x", "status": "delivered", "at": 1}',
    ],
)  # fmt: skip
def test_a_signed_call_that_is_no_report_is_refused(client, sent, body):
    assert tell(client, body) == 400
    assert not SmsReport.objects.exists()


def test_a_large_call_is_refused_unread(client, sent):
    assert tell(client, b" " * 20_000) == 413


def test_the_reason_is_kept_on_one_plain_line(client, sent):
    tell(client, fake_sms.report(sent, "failed", reason="Absent\r\n\u202e" + "x" * 500))

    reason = arrival()[1]
    assert reason.startswith("Absent xxx")
    assert len(reason) == 100


def test_a_failure_without_a_reason_is_still_one(client, sent):
    tell(client, fake_sms.report(sent, "failed", reason=None))

    assert arrival() == (False, "no reason given")


def test_the_adapter_reads_no_more_than_it_knows():
    with pytest.raises(sms.NotAReport):
        sms.JsonProvider().read_report(b'{"status": "delivered"}')
