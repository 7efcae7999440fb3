"""The monthly statement: owed once per account and month, with figures that add up, to those whom it concerns."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import job_runs, notices, statement, statement_mail
from accounts.models import JobRun, Notice
from invoices import credit_notes
from tests import build
from tests.build import paise

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 10, 6, 0, tzinfo=UTC)
NOVEMBER = datetime(2026, 10, 31, 20, 0, tzinfo=UTC)  # 1:30 on the first, in India


def owed():
    return Notice.objects.filter(name="monthly-statement")


@pytest.fixture
def account():
    """₹1,000 in September; in October a bill of ₹1,416, of which a credit note takes ₹118; more in November."""
    made = build.account()
    build.paid(made, 1000, now=OCTOBER - timedelta(days=25))
    bill = build.charge(made, 1200, now=OCTOBER)
    credit_notes.issue_note(bill.pk, paise(100), "Out of service", token="c", now=OCTOBER)
    build.paid(made, 700, now=NOVEMBER)
    return made


def test_it_tells_the_month_that_ended(account):
    assert statement_mail.owe_last_month(now=NOVEMBER) == 1

    (notice,) = owed()
    assert notice.context == {
        "first": "2026-10-01",
        "last": "2026-10-31",
        "opening": paise("847.46"),
        "payments": 0,
        "billed": paise(-1416),
        "credits": paise("270.54"),  # ₹152.54 of tax back with the advance, ₹118 credited
        "closing": paise(-298),
    }


def test_it_says_what_the_statement_page_says(account):
    others = [build.account() for _ in range(3)]
    for number, other in enumerate(others):
        build.charge(other, 100 + number, now=OCTOBER)
        build.paid(other, 500, now=OCTOBER + timedelta(days=number))
    month = statement.month_of(OCTOBER.date())

    found = statement_mail.totals_of([one.pk for one in (account, *others)], *month)

    assert found == {one.pk: statement.totals(one, *month) for one in (account, *others)}


def test_a_month_is_told_once_however_often_the_job_runs(account):
    statement_mail.owe_last_month(now=NOVEMBER)
    assert statement_mail.owe_last_month(now=NOVEMBER + timedelta(hours=1)) == 0
    assert statement_mail.owe_last_month(now=NOVEMBER + timedelta(days=20)) == 0

    assert owed().count() == 1
    run = JobRun.objects.get(job="statements")
    assert (str(run.business_date), run.counts) == ("2026-11-01", {"statements": 1})
    assert run.finished_at == NOVEMBER


def test_a_killed_run_is_taken_up_where_it_stood(account, monkeypatch):
    other = build.account()
    build.charge(other, 100, now=OCTOBER)
    monkeypatch.setattr(statement_mail, "CHUNK", 1)
    add, calls = job_runs.add, []

    def killed(*words):
        calls.append(words)
        if len(calls) == 2:
            raise KeyboardInterrupt
        add(*words)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(job_runs, "add", killed)
        statement_mail.owe_last_month(now=NOVEMBER)
    assert {notice.account_id for notice in owed()} == {account.pk}  # the second chunk left nothing

    assert statement_mail.owe_last_month(now=NOVEMBER + timedelta(hours=1)) == 1
    assert {notice.account_id for notice in owed()} == {account.pk, other.pk}
    assert JobRun.objects.get(job="statements").counts == {"statements": 2}


def test_who_has_neither_movement_nor_balance_gets_none():
    build.account()
    settled = build.account()
    build.charge(settled, 100, now=OCTOBER - timedelta(days=40))
    build.paid(settled, 118, now=OCTOBER - timedelta(days=35))
    later = build.account()
    build.paid(later, 100, now=NOVEMBER)

    assert statement_mail.owe_last_month(now=NOVEMBER) == 0
    assert not owed().exists()


def test_a_balance_that_stands_still_is_told():
    owing = build.account()
    build.charge(owing, 100, now=OCTOBER - timedelta(days=40))

    assert statement_mail.owe_last_month(now=NOVEMBER) == 1
    context = owed().get().context
    assert context["opening"] == context["closing"] == paise(-118)


def test_one_person_with_two_accounts_gets_both(account):
    second = build.account(owner=build.owner(account))
    build.charge(second, 100, now=OCTOBER)

    statement_mail.owe_last_month(now=NOVEMBER)

    assert sorted(owed().values_list("account_id", flat=True)) == [account.pk, second.pk]


def test_the_mail_shows_the_sums_and_the_way_to_the_rows(account):
    statement_mail.owe_last_month(now=NOVEMBER)
    Notice.objects.exclude(name="monthly-statement").delete()

    notices.send_due(now=NOVEMBER)

    (message,) = mail.outbox
    assert message.subject == "Statement 1 Oct 2026 – 31 Oct 2026: balance −₹298.00"
    for words in ("₹847.46", "−₹1,416.00", "+₹270.54", "−₹298.00"):
        assert words in message.body
        assert words in message.alternatives[0].content
    assert f"/{account.ban}/statement/?first=2026-10-01&last=2026-10-31" in message.body


def test_a_chunk_costs_the_same_for_any_number_of_accounts():
    counts = []
    for accounts in (1, 9):
        for _ in range(accounts):
            build.charge(build.account(), 100, now=OCTOBER)
        JobRun.objects.all().delete()
        owed().delete()
        with CaptureQueriesContext(connection) as captured:
            statement_mail.owe_last_month(now=NOVEMBER)
        counts.append(len(captured))

    assert counts[0] == counts[1]
