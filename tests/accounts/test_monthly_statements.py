"""The monthly statement: the figures of the page, once per account and month."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.core import mail as mailbox
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import monthly_statements, notices, statement
from accounts.models import JobRun, Notice
from billing_portal.celery import app
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 12, 1, 2, tzinfo=UTC)


def test_the_mail_says_what_the_page_says():
    account = build.account()
    build.paid(account, 1000, now=NOW - timedelta(days=40))
    build.charge(account, 500)
    build.paid(account, 100, now=FIRST)  # the next month's

    monthly_statements.send(now=FIRST)
    monthly_statements.send(now=FIRST + timedelta(days=1))

    mail = Notice.objects.get(name="monthly-statement").context
    totals = statement.totals(account, *statement.month_of(NOW.date()))
    assert (mail["opening"], mail["closing"]) == (totals.opening, totals.closing)
    assert (mail["payments"], mail["billed"], mail["credits"]) == (0, paise(-590), paise(90))


def test_who_has_nothing_gets_nothing():
    build.account()

    assert monthly_statements.send(now=FIRST) == 0


def test_after_the_first_days_nothing_goes_out():
    build.paid(build.account(), 100)

    assert monthly_statements.send(now=FIRST + timedelta(days=5)) == 0


def test_a_killed_run_is_taken_up_where_it_stood(monkeypatch):
    first, second = build.account(), build.account()
    for account in (first, second):
        build.charge(account, 100)
    monkeypatch.setattr(monthly_statements, "PAGE", 1)
    owe, calls = notices.owe_many, []

    def killed(*words, **more):
        owe(*words, **more)
        calls.append(words)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(notices, "owe_many", killed)
        monthly_statements.send(now=FIRST)
    assert [mail.account for mail in told()] == [first]  # the second page left nothing

    monthly_statements.send(now=FIRST + timedelta(hours=1))

    assert [mail.account for mail in told()] == [first, second]


def test_one_person_with_two_accounts_gets_both():
    first = build.account()
    second = build.account(owner=build.owner(first))
    for account in (first, second):
        build.charge(account, 100)

    monthly_statements.send(now=FIRST)

    assert [mail.account for mail in told()] == [first, second]


def test_the_mail_shows_the_sums_and_the_way_to_the_rows():
    account = build.account()
    build.paid(account, 1000, now=NOW - timedelta(days=40))
    build.charge(account, 1200)
    monthly_statements.send(now=FIRST)
    Notice.objects.exclude(name="monthly-statement").delete()

    notices.send_due(now=FIRST)

    (message,) = mailbox.outbox
    for words in ("₹847.46", "−₹1,416.00", "₹152.54", "−₹416.00"):
        assert words in message.body
        assert words in message.alternatives[0].content
    assert f"/{account.ban}/statement/?first=2026-11-01&last=2026-11-30" in message.body


def test_a_page_costs_the_same_for_any_number_of_accounts():
    counts = []
    for accounts in (1, 9):
        for _ in range(accounts):
            build.charge(build.account(), 100)
        JobRun.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            monthly_statements.send(now=FIRST)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def told():
    return list(Notice.objects.filter(name="monthly-statement").select_related("account").order_by("account"))


def hours(start, stop):
    """The portal from an hour to another: every hour that the schedule names, the job runs as the worker runs it."""
    entry = app.conf.beat_schedule["statements"]
    while start < stop:
        local = timezone.localtime(start)
        if {local.hour} <= entry["schedule"].hour and {local.minute} <= entry["schedule"].minute:
            yield start, app.tasks[entry["task"]]
        start += timedelta(minutes=30)


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        ("2026-12-01T00:00+05:30", "2026-12-01T07:00+05:30"),
        ("2026-12-01T09:20+05:30", "2026-12-01T10:00+05:30"),  # started after the hour of the first run
        ("2026-12-03T22:40+05:30", "2026-12-03T23:00+05:30"),
        ("2026-12-05T06:00+05:30", "2026-12-05T07:00+05:30"),
        ("2026-12-06T00:00+05:30", None),
    ],
)
def test_the_job_sends_once_in_the_first_hour_that_the_portal_is_up(start, sent, monkeypatch):
    account = build.account()
    build.charge(account, 100)
    Notice.objects.all().delete()
    import_module("accounts.tasks")
    begin, mails = datetime.fromisoformat(start), []
    begin = begin.replace(minute=begin.minute // 30 * 30) + timedelta(minutes=30 if begin.minute % 30 else 0)

    for moment, job in hours(begin, begin + timedelta(days=2)):
        monkeypatch.setattr("billing_portal.clock.now", lambda at=moment: at)
        job.apply().get()
        notices.send_due(now=moment)
        mails += [(moment, mail.to) for mail in mailbox.outbox[len(mails) :]]

    assert mails == ([(datetime.fromisoformat(sent), [build.owner(account).email])] if sent else [])
