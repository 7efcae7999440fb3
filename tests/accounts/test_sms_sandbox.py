"""The real contract: our adapter over HTTP to the sandbox's provider, and its signed reports over HTTP to us."""

from datetime import timedelta

import pytest

from accounts import notices
from tests import build
from tests.accounts.texts import MOBILE, contact, owe, text_message
from tests.outside import sandbox_process

__all__ = ["sandbox_process"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW, LATER = build.NOW, build.NOW + timedelta(minutes=5)


@pytest.fixture
def box(sandbox_process, live_server, settings):
    sandbox_process.reset(seed=7)
    settings.SMS_URL, settings.ALLOWED_HOSTS = f"{sandbox_process.url}/sms", ["*"]
    sandbox_process.control("POST", "/webhooks", {"url": f"{live_server.url}/hooks/sms/", "provider": "sms"})
    yield sandbox_process
    sandbox_process.control("POST", "/reset", {})


def owed(mobile: str = MOBILE):
    account = build.account()
    contact(account, phone=mobile)
    owe(account, channels=("sms",))
    return account


@pytest.mark.parametrize(
    ("mobile", "delivered", "undelivered"),
    [(MOBILE, True, ""), ("+919800010000", False, "Absent subscriber")],
)
def test_a_text_reaches_its_phone_and_its_report_reaches_us(box, mobile, delivered, undelivered):
    owed(mobile)

    assert notices.send_due(now=NOW, channel="sms") == 1
    box.advance("PT2S")
    box.drain()

    notice = text_message()
    assert box.sms(mobile)["text"] == notice.text
    assert (bool(notice.delivered_at), notice.undelivered) == (delivered, undelivered)


@pytest.mark.parametrize("kind", ["answer", "reset"])
def test_an_answer_that_is_lost_after_it_was_taken_sends_no_second_text(box, kind):
    owed()
    box.control(
        "POST",
        "/faults",
        {"on": "request", "path": "/sms/*", "do": {"kind": kind, "status": 503, "commit": True}},
    )
    assert notices.send_due(now=NOW, channel="sms") == 0

    assert notices.send_due(now=LATER, channel="sms") == 1

    [message] = box.control("GET", "/sms", to=MOBILE)["items"]
    assert text_message().message_id == message["id"]
    asked = [entry["method"] for entry in box.control("GET", "/log")["items"] if "/sms/" in entry["path"]]
    assert sorted(asked) == ["GET", "POST"]


@pytest.mark.parametrize("kind", ["truncate", "drip"])
def test_a_broken_answer_is_tried_again(box, kind):
    owed()
    box.control("POST", "/faults", {"on": "request", "path": "/sms/*", "do": {"kind": kind}})
    notices.send_due(now=NOW, channel="sms")

    notices.send_due(now=LATER, channel="sms")

    assert text_message().state == "sent"
    assert len(box.control("GET", "/sms", to=MOBILE)["items"]) == 1


@pytest.mark.parametrize("kind", ["bad_signature", "missing_signature", "tampered"])
def test_a_spoilt_report_changes_nothing_and_the_next_one_does(box, kind):
    owed()
    box.control("POST", "/faults", {"on": "attempt", "event": "sms.*", "do": {"kind": kind}})
    notices.send_due(now=NOW, channel="sms")
    box.advance("PT2S")
    assert text_message().delivered_at is None

    box.advance("PT2M")

    assert text_message().delivered_at


def test_a_wrong_key_is_a_refusal(box, settings):
    settings.SMS_KEY = "another"
    owed()

    notices.send_due(now=NOW, channel="sms")

    assert text_message().error == "Refused: 401"
