"""The cycle that a record counts in: its own, the oldest open one when it is late, the next one before its run."""

from datetime import date, timedelta

import pytest

from invoices import plans
from invoices.models import Subscription, UsageDay, UsageRecord
from tests import build
from tests.build import NOW, paise
from tests.invoices.intake import DAY, LONG_AGO, agrees, close, counted, ingest, subscribed, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return subscribed()


def test_usage_before_the_plan_began_or_after_it_ended_is_refused(account):
    Subscription.objects.update(ended_on=date(2026, 11, 23))
    before = build.call(account, at=NOW - 41 * DAY)
    after = build.call(account)

    assert words(before, after, build.call(account, at=NOW - DAY)) == [
        ("rejected", "started_at", "is before the account's plan began"),
        ("rejected", "started_at", "is after the account's plan ended"),
        ("rejected", "started_at", "the account has no open cycle for it"),
    ]


def test_a_late_record_of_a_closed_cycle_goes_to_the_open_one(account):
    ingest(build.call(account))
    close(account.cycles.get(starts_on=date(2026, 10, 15)))

    ingest(build.call(account, at=LONG_AGO + DAY, seconds=120))

    late = UsageRecord.objects.get(is_late=True)
    assert (late.cycle.starts_on, late.month) == (date(2026, 11, 15), date(2026, 10, 1))
    assert counted(account) == {(date(2026, 11, 15), "click_to_call"): (2, 3, 180_000, 0, 1)}
    assert UsageDay.objects.get(day=date(2026, 10, 16)).units == 2
    agrees()


def test_an_ended_cycle_that_waits_for_its_run_still_takes_its_own(account):
    ingest(build.call(account), build.call(account, at=LONG_AGO + DAY))

    assert {day.isoformat(): n[0] for (day, _f), n in counted(account).items()} == {
        "2026-10-15": 1,
        "2026-11-15": 1,
    }


def test_a_call_across_the_change_of_cycles_belongs_to_where_it_started(account):
    midnight = NOW.replace(day=14, hour=18, minute=30)  # 15 Nov 00:00 IST
    ingest(
        build.call(account, at=midnight - timedelta(seconds=1), seconds=600), build.call(account, at=midnight)
    )

    assert {day.isoformat(): n[1] for (day, _f), n in counted(account).items()} == {
        "2026-10-15": 10,
        "2026-11-15": 1,
    }


def test_the_next_cycle_is_opened_when_its_usage_comes_before_the_run(account):
    large = build.plan("large", rental=paise(5000))
    Subscription.objects.update(next_plan=large)
    assert account.cycles.count() == 1

    ingest(build.call(account))

    opened = account.cycles.get(starts_on=date(2026, 11, 15))
    assert (opened.ends_on, opened.rental, opened.full_days) == (date(2026, 12, 14), 0, 30)
    assert opened.version.plan == large


def test_a_new_version_prices_the_cycle_that_begins_under_it(account):
    plan = Subscription.objects.get().plan
    prices = [plans.Price("click_to_call", 90_000, pulse=30)]
    plans.publish(plan.pk, valid_from=date(2026, 11, 15), rental=0, prices=prices, actor=None, now=NOW)

    ingest(build.call(account, at=LONG_AGO + DAY), build.call(account))

    assert [(r.units, r.unit_price) for r in UsageRecord.objects.order_by("started_at")] == [
        (1, 60_000),
        (2, 90_000),
    ]


def test_cycles_that_nobody_billed_for_two_months_are_all_opened():
    account = subscribed(now=NOW - 100 * DAY)  # 16 Aug

    ingest(build.call(account))

    assert [str(day) for day in account.cycles.order_by("pk").values_list("starts_on", flat=True)] == [
        "2026-08-16",
        "2026-09-16",
        "2026-10-16",
        "2026-11-16",
    ]
