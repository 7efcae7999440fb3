"""What becomes priceable is priced; counters that went wrong are rebuilt from the records, and said."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from invoices import invariants_usage, plans, tasks, usage, usage_repair
from invoices.models import Cycle, CyclePrice, UsageCounter, UsageDay, UsageKey, UsageRecord
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    account = build.account()
    build.subscribed(account, now=NOW - timedelta(days=3))
    batch = [build.call(account, seconds=61), build.message(account, feature="whatsapp", units=3)]
    usage.ingest(batch, source="platform", now=NOW)
    return account


def broken():
    return [what for one in invariants_usage.INVARIANTS for what in one.find(NOW)]


def counters(account):
    rows = UsageCounter.objects.filter(account=account).order_by("feature")
    return {row.feature_id: (row.units, row.amount, row.unrated) for row in rows}


def test_a_record_without_a_price_is_priced_when_its_cycle_has_one(account):
    CyclePrice.objects.create(
        cycle=account.cycles.get(), feature_id="whatsapp", unit_price=50_000, decided_at=NOW
    )

    assert [usage_repair.rate_unrated([account.pk]), usage_repair.rate_unrated()] == [1, 0]

    assert counters(account) == {"click_to_call": (2, 120_000, 0), "whatsapp": (3, 150_000, 0)}
    assert broken() == []


def test_a_record_that_still_has_no_price_stays(account):
    assert usage_repair.rate_unrated() == 0

    assert counters(account)["whatsapp"] == (0, 0, 1)


@pytest.mark.parametrize(
    ("seconds", "pulse", "units"), [(61, 60, 2), (61, 30, 3), (60, 1, 60), (1, 60, 1), (0, 60, 0)]
)
def test_a_cycle_on_another_plan_is_priced_again(account, seconds, pulse, units):
    for model in (UsageRecord, UsageKey):
        model.objects.all().delete()
    prices = [plans.Price("click_to_call", 90_000, pulse=pulse)]
    other = build.plan("other")
    version = plans.publish(other.pk, valid_from=NOW.date(), rental=0, prices=prices, actor=None, now=NOW)
    list(usage_repair.recount())
    usage.ingest([build.call(account, id="again", seconds=seconds)], source="other", now=NOW)
    Cycle.objects.update(version=version)

    assert usage_repair.reprice(account.pk, [Cycle.objects.get().pk]) == 1

    assert counters(account) == ({"click_to_call": (units, units * 90_000, 0)})
    assert broken() == []


def test_damaged_counters_are_told_and_rebuilt(account, capsys):
    UsageCounter.objects.filter(feature="click_to_call").update(units=7)
    UsageDay.objects.filter(feature="whatsapp").delete()
    UsageCounter.objects.create(account=account, cycle=account.cycles.get(), feature_id="sms", records=1)
    wrong = broken()

    told = list(usage_repair.recount(dry_run=True))

    assert broken() == wrong
    assert len(wrong) == len(told) == 3
    assert f"{account.ban} counter click_to_call {account.cycles.get().pk}: units 7 → 2" in told
    call_command("recount_usage", account=account.ban)
    assert broken() == []
    assert "3 counters and days differed and are rebuilt." in capsys.readouterr().out
    call_command("recount_usage", rate=True)
    assert capsys.readouterr().out.splitlines() == [
        "All counters agree.",
        "0 records are priced now.",
        f"{account.ban} whatsapp: 1 without a price in the cycle 2026-11-21 to 2026-12-20",
    ]


def test_an_unknown_account_is_refused():
    with pytest.raises(CommandError):
        call_command("recount_usage", account="BA-999999999")


def test_the_daily_job_makes_the_months_ahead_once(monkeypatch):
    monkeypatch.setattr("billing_portal.clock.now", lambda: NOW + timedelta(days=3650))  # November 2036

    made = [tasks.create_partitions(), tasks.create_partitions()]

    assert made == [7, 0]  # three months back, this one, three ahead
