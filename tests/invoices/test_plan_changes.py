"""Changing the plan: by days to the paisa, today's usage on the new plan, once however often it is asked for."""

from datetime import date, timedelta

import pytest

from accounts.models import Notice
from billing_portal import books
from credit import exposure
from invoices import billing_run, plan_changes, upgrades, usage
from invoices.models import Cycle, UsageRecord
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
BEGAN = NOW - timedelta(days=20)  # 4 Nov; the cycle runs until 3 Dec, 30 days


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made, build.plan("small", rental=30_000), now=BEGAN)
    return made


def up(account, code="large", rental=90_000, *, token="t", now=NOW):
    plan = build.plan(code, rental=rental)
    return upgrades.upgrade(account.pk, plan.pk, token=token, actor=None, reason="test", now=now)


# fmt: off
SPLITS = [
    # days after the cycle's first   lines of the invoice
    (0,   [90_000, -30_000]),
    (1,   [87_000, -29_000]),
    (20,  [30_000, -10_000]),
    (29,  [3_000, -1_000]),
]
# fmt: on


@pytest.mark.parametrize(("days", "expected"), SPLITS)
def test_rental_is_charged_by_the_days_left(account, days, expected):
    invoice = up(account, now=BEGAN + timedelta(days=days))

    assert [line.taxable for line in invoice.lines.all()] == expected
    last = account.cycles.order_by("-starts_on")[0]
    assert (last.ends_on, last.version.plan.code, last.full_days) == (date(2026, 12, 3), "large", 30)
    assert account.cycles.count() == (1 if days == 0 else 2)


def test_what_was_used_before_is_billed_with_its_share_of_free_units_and_today_counts_in_the_new_plan(
    account,
):
    build.used(account, 700, now=NOW - timedelta(days=3), key="before")
    build.used(account, 50, now=NOW + timedelta(hours=18), key="today")

    invoice = up(account)

    # 20 of 30 days: 667 of 1,000 minutes are free, 33 × ₹0.60 are billed
    assert [line.taxable for line in invoice.lines.all()] == [30_000, 1_980, -10_000]
    first, second = account.cycles.order_by("starts_on")
    assert (first.ends_on, first.invoice) == (date(2026, 11, 23), invoice)
    assert UsageRecord.objects.get(record_id__startswith="today").cycle == second
    held = exposure.read(account, now=NOW)
    assert (held.current_usage, held.free_value) == (3_000, 3_000)
    assert [str(f) for f in books.look(now=NOW).findings if f.id not in ("I24", "I37")] == []


def test_the_next_cycle_is_whole_again(account):
    up(account)

    billing_run.bill_chunk([account.pk], now=NOW + timedelta(days=10))

    last = account.cycles.order_by("-starts_on")[0]
    assert (last.starts_on, last.ends_on, last.rental) == (date(2026, 12, 4), date(2027, 1, 3), 90_000)


def test_the_same_click_twice_is_one_upgrade(account):
    assert up(account) == up(account)
    assert account.cycles.count() == 2
    assert Notice.objects.filter(name="plan-changed").count() == 1


@pytest.mark.parametrize(
    ("code", "rental", "why"), [("small", 30_000, "present plan"), ("tiny", 9, "not larger")]
)
def test_what_is_no_upgrade_is_refused(account, code, rental, why):
    with pytest.raises(plan_changes.NotPossible, match=why):
        up(account, code, rental)


def test_while_an_ended_cycle_waits_for_its_bill_nothing_is_changed(account):
    with pytest.raises(plan_changes.NotPossible, match="being billed"):
        up(account, now=NOW + timedelta(days=10))


def test_an_unpriced_call_stands_in_the_way(account):
    usage.ingest([build.record(account, feature="whatsapp")], source="platform", now=NOW)

    with pytest.raises(plan_changes.NotPossible, match="no price"):
        up(account)


def test_a_smaller_plan_begins_with_the_next_cycle_and_can_be_taken_back(account):
    plan = build.plan("tiny", rental=9_000)
    for _ in range(2):
        plan_changes.downgrade(account.pk, plan.pk, actor=None, reason="test", now=NOW)
    assert Notice.objects.filter(name="plan-changed").count() == 1
    account.subscription.refresh_from_db()
    assert account.subscription.next_plan == plan

    plan_changes.keep(account.pk, actor=None, reason="test", now=NOW)
    plan_changes.keep(account.pk, actor=None, reason="test", now=NOW)

    account.subscription.refresh_from_db()
    assert account.subscription.next_plan is None
    assert Notice.objects.filter(name="plan-changed").count() == 2


def test_a_cycle_opened_early_follows_the_chosen_plan(account):
    later = NOW + timedelta(days=10)
    usage.ingest([build.record(account, at=later)], source="platform", now=later)
    assert Cycle.objects.filter(account=account).count() == 2
    plan = build.plan("tiny", rental=9_000)

    plan_changes.downgrade(account.pk, plan.pk, actor=None, reason="test", now=NOW)

    assert account.cycles.order_by("-starts_on")[0].version.plan == plan


def test_an_account_without_plan_has_none_to_change():
    with pytest.raises(plan_changes.NotPossible, match="no plan yet"):
        up(build.account())


def test_the_preview_is_what_happens(account):
    plan = build.plan("large", rental=90_000)

    planned = upgrades.plan_upgrade(account, plan, now=NOW)

    assert planned.planned.total == up(account).total == paise("236.00")
    assert planned.allowances == [("Incoming calls", 167), ("Click-to-call", 334)]
