"""Renewal ahead: seven days and one day before, once, with what the run will bill."""

from datetime import date, timedelta

import pytest

from accounts.models import Notice
from invoices import billing_run, extras, renewals, upcoming
from invoices.models import Subscription
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days_before", "told"), [(8, 0), (7, 1), (6, 0), (1, 1), (0, 0)])
def test_seven_days_and_one_day_before(days_before, told):
    account = build.account()
    build.subscribed(account)
    now = NOW + timedelta(days=30 - days_before)

    renewals.remind(now=now)
    renewals.remind(now=now)

    assert Notice.objects.filter(name="renewal-ahead").count() == told


def test_what_it_expects_is_what_the_run_bills():
    account = build.account()
    build.subscribed(account)
    later = NOW + timedelta(days=30)
    build.used(account, 1250, now=later - timedelta(days=2))

    renewals.remind(now=later - timedelta(days=1))

    context = Notice.objects.get(name="renewal-ahead").context
    (done,) = [billing_run.bill_chunk([account.pk], now=later)]
    assert (context["rental"], context["usage"]) == (paise(1000), paise(150))
    assert done.documents[0].total == context["total"]


def test_extras_are_in_it_and_the_total_is_the_dry_run_s():
    account = build.account()
    build.subscribed(account)
    build.paid(account, 2500)
    later = NOW + timedelta(days=30)
    build.used(account, 1251, now=later - timedelta(days=2))
    words = {"actor": build.owner(account), "reason": "r", "now": NOW}
    extras.add_on(account.pk, "Number", price=33_333, quantity=2, starts_on=NOW.date(), **words)
    extras.charge(account.pk, "Porting", price=12_345, **words)
    extras.discount(account.pk, "Loyal", basis_points=1_000, amount=None, cycles=2, **words)
    shown = upcoming.of(account)

    renewals.remind(now=later - timedelta(days=1))

    (_ended, planned, _why) = billing_run.preview([account.pk], now=later)[0]
    mail = Notice.objects.get(name="renewal-ahead")
    number = "Number 24 Nov 2026 – 23 Jan 2027: 2 × ₹333.33, 30 of 30 days and 31 of 31 days"
    assert [name for name, _amount in mail.context["others"]] == [number, "Porting", "Loyal"]
    assert shown.total == mail.context["total"] == planned.total
    assert (shown.lines, shown.on) == (upcoming.of(account).lines, later.date())
    done = billing_run.bill_chunk([account.pk], now=later)
    assert done.documents[0].total == planned.total
    assert [line.taxable for line in done.documents[0].lines.all()] == [line.taxable for line in shown.lines]


def test_without_prices_ahead_or_a_plan_nothing_is_expected():
    account = build.account()
    assert upcoming.of(account) is None
    build.subscribed(account)
    late = build.plan("late", valid_from=date(2027, 6, 1))
    Subscription.objects.update(next_plan=late)

    assert upcoming.of(account) is None
    assert renewals.remind(now=NOW + timedelta(days=29)) == 1  # nobody is told


def test_a_page_of_accounts_costs_a_constant_number_of_queries(django_assert_num_queries):
    for _ in range(4):
        build.subscribed(build.account())

    with django_assert_num_queries(26):  # the same for one account
        renewals.remind(now=NOW + timedelta(days=29))
