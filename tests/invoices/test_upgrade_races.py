"""Upgrades beside themselves and beside the intake: each fails without the account's lock (the negative control)."""

import threading
from datetime import timedelta

import pytest

from accounts.models import Account
from invoices import invariants_billing, invariants_usage, upgrades, usage
from invoices.models import Document, Plan
from tests import build
from tests.build import NOW
from tests.threads import errors, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made, build.plan("small", rental=30_000), now=NOW - timedelta(days=20))
    build.plan("large", rental=90_000)
    build.plan("huge", rental=190_000)
    return made


def up(account, code, token):
    plan = Plan.objects.get(code=code)
    return upgrades.upgrade(account.pk, plan.pk, token=token, actor=None, reason="race", now=NOW)


def broken():
    found = (*invariants_usage.INVARIANTS, *invariants_billing.INVARIANTS)
    return [what for one in found for what in one.find(NOW)]


def upgrades_of(account):
    return Document.objects.filter(account=account, cause__startswith="upgrade:")


@pytest.fixture
def without_lock(monkeypatch):
    """The negative control: the account is read and not locked."""
    monkeypatch.setattr(type(Account.objects), "lock", lambda self, pk: self.get(pk=pk))


def eight_clicks(account):
    return together([lambda: up(account, "large", "same")] * 8)


def two_plans(account):
    return together([lambda: up(account, "large", "a"), lambda: up(account, "large", "b")] * 3)


def test_eight_clicks_are_one_invoice(account):
    results = eight_clicks(account)

    assert errors(results) == []
    assert len(set(results)) == upgrades_of(account).count() == 1
    assert broken() == []


def test_eight_clicks_without_the_lock_break(account, without_lock):
    assert errors(eight_clicks(account)) or broken()


def test_two_forms_are_one_upgrade(account):
    results = two_plans(account)

    assert {str(error) for error in errors(results)} == {"Large is the present plan."}
    assert upgrades_of(account).count() == 1
    assert broken() == []


def test_two_forms_without_the_lock_break(account, without_lock):
    results = two_plans(account)

    assert {str(error) for error in errors(results)} != {"Large is the present plan."} or broken()


def beside_the_intake(account):
    batches = [
        [build.call(account, id=f"{batch}-{n}", at=NOW - timedelta(hours=n)) for n in range(0, 60, 3)]
        for batch in range(4)
    ]
    sends = [lambda batch=batch: usage.ingest(batch, source="platform", now=NOW) for batch in batches]
    return together([lambda: up(account, "large", "t"), *sends])


def test_records_that_come_during_an_upgrade_are_counted_and_billed_once(account):
    results = beside_the_intake(account)

    assert errors(results) == []
    assert broken() == []
    first, second = account.cycles.order_by("starts_on")
    printed = sum(row["units"] for row in upgrades_of(account).get().details["usage"])
    assert printed <= sum(first.counters.values_list("units", flat=True)) + sum(
        second.counters.values_list("late", flat=True)
    )
    assert sum(account.usage_counters.values_list("records", flat=True)) == 80


def call_while_it_is_planned(account, monkeypatch):
    """Send a long call of an earlier day after the upgrade has read the usage and before it has written."""
    planned, sent, real = threading.Event(), threading.Event(), upgrades._used_before

    def slow(*args):
        found = real(*args)
        planned.set()
        sent.wait(timeout=1.5)  # with the lock the intake waits for us, so this runs out
        return found

    def send():
        planned.wait(timeout=10)
        call = build.call(account, at=NOW - timedelta(days=3), seconds=72_000)
        usage.ingest([call], source="platform", now=NOW)
        sent.set()

    monkeypatch.setattr(upgrades, "_used_before", slow)
    assert errors(together([lambda: up(account, "large", "t"), send])) == []
    first = account.cycles.order_by("starts_on")[0]
    printed = sum(row["units"] for row in upgrades_of(account).get().details["usage"])
    return printed, sum(first.counters.values_list("units", flat=True))


def test_a_call_that_comes_while_it_is_planned_counts_in_the_part_after(account, monkeypatch):
    printed, counted = call_while_it_is_planned(account, monkeypatch)

    assert printed == counted == 0
    assert broken() == []


def test_without_the_lock_such_a_call_is_on_no_invoice(account, monkeypatch, without_lock):
    printed, counted = call_while_it_is_planned(account, monkeypatch)

    assert (printed, counted) == (0, 1200)
