"""Messages that do not go out: tried again soon, parked after eight refusals, kept through an outage of days."""

from datetime import timedelta
from smtplib import SMTPConnectError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest

from accounts import channels, notices, sms
from accounts.channels import Sent
from accounts.models import Notice
from tests import build

pytestmark = pytest.mark.django_db

REFUSED = SMTPRecipientsRefused({})


@pytest.fixture
def notice():
    account = build.account()
    notices.owe(account, "payment-received", event="payment:1", now=build.NOW)
    return Notice.objects.get(event="payment:1")


def fail(monkeypatch, error):
    """Every sending fails so."""

    def raising(_notice):
        raise error

    monkeypatch.setattr(channels, "send", raising)


def waits(notice, rounds):
    """The waits between the tries, in seconds, each try at the moment it is due."""
    found = []
    for _ in range(rounds):
        now = notice.next_attempt_at
        notices.send_due(now=now)
        notice.refresh_from_db()
        if notice.next_attempt_at is None:
            break
        found.append(int((notice.next_attempt_at - now).total_seconds()))
    return found


@pytest.mark.parametrize(
    "error", [REFUSED, sms.Refused("400"), sms.Unavailable("500"), ValueError("template")]
)
def test_a_message_that_always_fails_is_parked_after_eight_tries(notice, monkeypatch, error):
    fail(monkeypatch, error)

    assert waits(notice, 20) == [60, 120, 240, 480, 600, 600, 600]
    assert (notice.state, notice.attempts) == (Notice.State.PARKED, 8)
    assert type(error).__name__ in notice.error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        SMTPServerDisconnected(),
        SMTPConnectError(421, "busy"),
        sms.Away("503"),
    ],
)
def test_an_outage_of_the_channel_is_waited_for_three_days(notice, monkeypatch, error):
    fail(monkeypatch, error)

    assert waits(notice, 12)[-1] == 600
    Notice.objects.filter(pk=notice.pk).update(owed_at=notice.next_attempt_at - timedelta(days=3, seconds=-1))
    waits(notice, 1)
    assert notice.state == Notice.State.OWED
    waits(notice, 1)

    assert (notice.state, notice.attempts) == (Notice.State.PARKED, 14)


def test_after_an_outage_all_is_out_within_ten_minutes(notice, monkeypatch):
    fail(monkeypatch, ConnectionRefusedError())
    waits(notice, 40)
    ended = notice.next_attempt_at - timedelta(minutes=10) + timedelta(seconds=1)
    monkeypatch.setattr(channels, "send", lambda _notice: Sent("subject", "text", "id"))

    notices.send_due(now=ended + timedelta(minutes=10))

    notice.refresh_from_db()
    assert (notice.state, notice.error) == (Notice.State.SENT, "")


def test_a_parked_one_is_sent_again_on_demand(notice, monkeypatch):
    fail(monkeypatch, REFUSED)
    waits(notice, 20)
    monkeypatch.setattr(channels, "send", lambda _notice: Sent("subject", "text", "id"))

    notices.retry(notice, reason="x", by=build.user(staff=True), now=build.NOW + timedelta(days=1))
    notices.send_due(now=build.NOW + timedelta(days=1))

    notice.refresh_from_db()
    assert notice.state == Notice.State.SENT
