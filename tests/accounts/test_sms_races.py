"""Races of text messages on PostgreSQL; each has a control that goes wrong without its guard."""

import threading
from contextlib import suppress
from functools import partial

import pytest
from django.db.models import F

from accounts import notices, sms_reports
from accounts.models import Notice, SmsReport
from tests import build, fake_sms
from tests.accounts.texts import contact, owe, text_message
from tests.threads import errors, together

pytestmark = pytest.mark.django_db(transaction=True)
NOW = build.NOW


def send_by_four(provider):
    account = build.account()
    contact(account)
    owe(account, channels=("sms",))

    results = together([partial(notices.send_due, now=NOW, channel="sms")] * 4)

    assert not errors(results)
    return provider.asked.count("POST")


def test_four_senders_send_a_text_once(provider):
    assert send_by_four(provider) == 1


def test_without_the_claims_lock_it_would_go_out_more_often(provider, monkeypatch):
    barrier = threading.Barrier(4)

    def unlocked(now, limit, channel):
        """The claim as it is, but all four have read the row before one writes."""
        claimed = list(Notice.objects.due(now).filter(channel=channel)[:limit])
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=10)
        for notice in claimed:
            Notice.objects.filter(pk=notice.pk).update(attempts=F("attempts") + 1)
            notice.attempts += 1
        return claimed

    monkeypatch.setattr(notices, "_claim", unlocked)

    assert send_by_four(provider) > 1


def test_one_report_brought_four_times_at_once_is_one_row(provider):
    account = build.account()
    contact(account)
    owe(account, channels=("sms",))
    body = fake_sms.report(text_message())

    results = together([partial(sms_reports.take_in, body, fake_sms.sign(body), now=NOW)] * 4)

    assert sorted(results) == [False, False, False, True]
    assert SmsReport.objects.count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_delivered_is_the_last_word_in_any_order(provider, _round):
    account = build.account()
    contact(account)
    owe(account, channels=("sms",))
    bodies = [fake_sms.report(text_message(), status) for status in ("failed", "delivered")]

    results = together([partial(sms_reports.take_in, b, fake_sms.sign(b), now=NOW) for b in bodies])

    assert results == [True, True]
    notice = Notice.objects.get()
    assert notice.delivered_at
    assert notice.undelivered == ""
