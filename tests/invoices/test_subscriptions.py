"""Activation: the first cycle, its invoice, and what repeating does."""

from datetime import date, timedelta

import pytest

from credit import exposure
from invoices import plans, subscriptions
from invoices.bills import Worth
from invoices.models import Document, Subscription
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


def test_activation_opens_a_cycle_and_bills_its_rental_and_set_up():
    account = build.account()
    plan = build.plan(rental=paise(1000))

    invoice = subscriptions.activate(
        account.pk, plan.pk, extras=[Worth("Porting", paise(250))], actor=None, reason="test", now=NOW
    )

    cycle = account.cycles.get()
    assert (cycle.starts_on, cycle.ends_on, cycle.rental) == (
        date(2026, 11, 24),
        date(2026, 12, 23),
        paise(1000),
    )
    assert [line.description for line in invoice.lines.all()] == [
        "Business: rental 24 Nov – 23 Dec 2026",
        "Porting",
    ]
    assert (invoice.total, invoice.open_amount) == (paise(1475), paise(1475))
    assert (invoice.period_from, invoice.period_to) == (cycle.starts_on, cycle.ends_on)
    assert Subscription.objects.get().bill_on == date(2026, 12, 24)
    assert exposure.read(account, now=NOW).total_outstanding == paise(1475)


def test_activating_again_changes_nothing_and_another_plan_is_refused():
    account = build.account()
    build.subscribed(account)

    build.subscribed(account, now=NOW + timedelta(days=3))

    assert Document.objects.count() == account.cycles.count() == 1
    with pytest.raises(subscriptions.AlreadySubscribed):
        build.subscribed(account, build.plan("large"))


def test_a_plan_without_prices_for_the_day_is_refused():
    plan = build.plan(valid_from=date(2027, 1, 1))

    with pytest.raises(plans.NoPrices):
        build.subscribed(build.account(), plan)
