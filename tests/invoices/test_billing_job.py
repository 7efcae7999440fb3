"""The daily job and its command: whoever is due is given out, a killed run goes on, a dry run changes nothing."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import job_runs
from accounts.models import JobRun
from invoices import billing_job, billing_run, tasks
from invoices.models import Cycle, Document
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
AFTER = NOW + timedelta(days=30)  # 24 Dec 2026: the cycle of 24 Nov – 23 Dec has ended
TODAY = date(2026, 12, 24)


@pytest.fixture(autouse=True)
def in_december(monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: AFTER)


@pytest.fixture
def accounts():
    made = [build.account() for _ in range(5)]
    for account in made:
        build.subscribed(account)
    return made


def command(*words):
    out = StringIO()
    call_command("billing_run", *words, stdout=out)
    return out.getvalue()


def test_a_start_gives_out_everyone_who_is_due_in_chunks(accounts, monkeypatch):
    monkeypatch.setitem(billing_run.due.__kwdefaults__, "limit", 2)
    given = []

    chunks = billing_job.start(lambda ids, on: given.append((ids, on)), now=AFTER)

    assert chunks == len(given) == 3
    assert [pk for ids, _on in given for pk in ids] == [account.pk for account in accounts]
    assert {on for _ids, on in given} == {TODAY}


def test_a_run_is_finished_by_the_start_that_finds_nobody(accounts):
    lost = []
    billing_job.start(lambda ids, on: lost.append(ids), now=AFTER)  # the worker died before it began
    assert JobRun.objects.get().finished_at is None

    assert billing_job.run(lambda done: None, now=AFTER) == 1

    run = JobRun.objects.get()
    assert (run.job, run.business_date, run.finished_at) == ("billing", TODAY, AFTER)
    assert run.counts == {"invoices": 5}
    assert billing_job.start(lambda ids, on: pytest.fail("nobody is due"), now=AFTER) == 0


def test_a_chunk_that_comes_twice_bills_and_counts_once(accounts):
    job_runs.begin("billing", now=AFTER)
    ids = [account.pk for account in accounts]

    for _ in range(2):
        tasks.bill_accounts(ids, TODAY.isoformat())

    assert JobRun.objects.get().counts == {"invoices": 5}
    assert Document.objects.filter(cause__startswith="cycle:").count() == 5


def test_the_task_sends_what_it_finds_to_the_workers(accounts, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.bill_accounts, "apply_async", lambda words, **more: sent.append((words, more)))

    assert tasks.start_billing() == 1

    assert sent == [(([account.pk for account in accounts], "2026-12-24"), {"expires": tasks.PASS})]


def test_a_clock_that_went_back_starts_no_run(accounts):
    job_runs.begin("billing", now=AFTER + timedelta(days=1))

    assert billing_job.run(lambda done: pytest.fail("billed"), now=AFTER) == 0
    assert JobRun.objects.count() == 1


def test_the_command_bills_missed_cycles_too(accounts, monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: AFTER + timedelta(days=40))

    said = command()

    assert said.count("5 invoices of ₹5,900.00, 0 cycles without one, 0 failed") == 2
    assert "2 chunks; nothing more is due." in said
    assert Cycle.objects.filter(closed_at=None).count() == 5


def test_a_dry_run_prints_what_would_be_issued_and_changes_nothing(accounts):
    build.paid(accounts[0], 1180 + 590)

    said = command("--dry-run", "--account", accounts[0].ban)

    assert accounts[0].ban in said and accounts[1].ban not in said
    assert "Business: rental 24 Dec 2026 – 23 Jan 2027" in said
    for amount in ("₹1,000.00", "₹180.00  GST", "₹1,180.00  total", "-₹590.00  set off", "₹590.00  to pay"):
        assert amount in said
    assert Document.objects.filter(cause__startswith="cycle:").count() == JobRun.objects.count() == 0


def test_a_dry_run_looks_ahead_but_no_invoice_is_dated_ahead(accounts):
    assert "5 invoices of ₹5,900.00 would be issued" in command("--dry-run", "--on", "2027-01-24")
    with pytest.raises(CommandError, match="has not come"):
        command("--on", "2027-01-24")


def test_a_business_date_does_not_go_back(accounts):
    command("--account", accounts[0].ban)

    with pytest.raises(CommandError, match="dates never go back"):
        command("--on", "2026-12-23")
    assert "0 invoices" in command("--account", accounts[0].ban)


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("--account", "BA-0"), "no account BA-0"), (("--on", "24.12.2026"), "is not a date")],
)
def test_what_cannot_be_understood_is_said(words, reason):
    with pytest.raises(CommandError, match=reason):
        command(*words)
