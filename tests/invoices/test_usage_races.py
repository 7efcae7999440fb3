"""Batches at the same time, and against a cycle that is being closed. With threads, on connections of their own."""

import time
from datetime import date, timedelta

import pytest
from django.db import transaction

from accounts.models import Account
from invoices import features, invariants_usage, partitions, usage
from invoices.models import Cycle, UsageCounter, UsageRecord
from tests import build
from tests.build import NOW
from tests.threads import errors, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(transactional_db):
    features.set_up()
    partitions.create_ahead(now=NOW)
    account = build.account()
    build.subscribed(account, now=NOW - timedelta(days=40))
    usage.ingest([build.call(account)], source="first", now=NOW)  # opens the second cycle
    return account


def send(batch):
    return lambda: usage.ingest(batch, source="platform", now=NOW)


def agrees():
    assert [what for one in invariants_usage.INVARIANTS for what in one.find(NOW)] == []


def test_the_same_ids_in_parallel_are_taken_once(account):
    other = build.account()
    build.subscribed(other, now=NOW - timedelta(days=40))
    batch = [build.call(one, id=f"c-{n:03}") for n in range(60) for one in [(account, other)[n % 2]]]

    results = together([send(batch), send(batch[::-1]), send(batch), send(batch[::-1])])

    assert errors(results) == []
    taken = [one.id for result in results for one in result if one.outcome == "accepted"]
    assert sorted(taken) == sorted({record["id"] for record in batch})
    agrees()


def test_the_same_ids_under_other_accounts_in_parallel_are_taken_once(account):
    other = build.account()
    build.subscribed(other, now=NOW - timedelta(days=40))
    mine = [build.call(account, id=f"c-{n:03}") for n in range(60)]
    theirs = [build.call(other, id=f"c-{n:03}") for n in reversed(range(60))]

    results = together([send(mine), send(theirs)])

    assert errors(results) == []
    assert UsageRecord.objects.filter(source="platform").count() == 60
    agrees()


def test_a_cycle_that_closes_meanwhile_gets_nothing_more(account):
    """Without the lock of usage_holders.LOCK a record lands in the closed cycle: what was billed no longer agrees."""
    first = account.cycles.get(closed_at=None, starts_on__lt=(NOW - timedelta(days=20)).date())
    billed = []

    def close():
        with transaction.atomic():
            Account.objects.lock(account.pk)
            billed.append(sum(UsageCounter.objects.filter(cycle=first).values_list("units", flat=True)))
            time.sleep(0.3)
            Cycle.objects.filter(pk=first.pk).update(closed_at=NOW)

    def late():
        time.sleep(0.1)
        return send([build.call(account, at=NOW - timedelta(days=39))])()

    assert errors(together([close, late])) == []

    assert sum(UsageCounter.objects.filter(cycle=first).values_list("units", flat=True)) == billed[0]
    assert UsageRecord.objects.get(source="platform").is_late


def test_two_makers_of_a_month_make_it_once(transactional_db):
    results = together([lambda: partitions.ensure({date(2031, 1, 1), date(2031, 2, 1)})] * 4)

    assert errors(results) == []
    assert sorted(name for made in results for name in made) == [
        "invoices_usagerecord_2031_01",
        "invoices_usagerecord_2031_02",
    ]
