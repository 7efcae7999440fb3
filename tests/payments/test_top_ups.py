"""Topping up before the balance runs low: once a cycle, while it is wanted, and never more than is needed."""

from datetime import timedelta

import pytest

from payments import auto_pay_settings, debit_plan, debits, mandates, recharge
from payments.models import AutoPaySettings, Debit
from tests import build
from tests.payments.auto_pay import HOUR, NOW, gateway, mandate, run, tick

__all__ = ["gateway"]
pytestmark = pytest.mark.django_db
STAND = ("state", "reason")


@pytest.fixture
def lotus():
    account = build.account()
    account.contacts.create(name="Asha", email="asha@example.in", phone="+919800000001")
    return account


@pytest.fixture
def announced(lotus):
    """A top-up of ₹1,500 that is announced."""
    mandate(lotus)
    AutoPaySettings.objects.create(account=lotus, when_low=True)
    debit_plan.plan_top_ups(now=NOW)
    run(NOW + HOUR)
    return Debit.objects.get(state="noticed")


def test_a_low_balance_plans_one_top_up_a_cycle(lotus, gateway):
    mandate(lotus)
    AutoPaySettings.objects.create(account=lotus, when_low=True)

    assert debit_plan.plan_top_ups(now=NOW) == 1  # balance 0 is below the minimum of ₹500
    debit = Debit.objects.get()
    assert (debit.purpose, debit.amount) == ("top_up", lotus.minimum_top_up)
    now = run(debit.raise_at + HOUR)
    gateway.decide(debit)
    recharge.settle(Debit.objects.get().payment_id, now=now)
    tick(now)

    assert Debit.objects.get().state == "captured"
    assert debit_plan.plan_top_ups(now=now) == 0


def test_without_the_wish_there_is_no_top_up(lotus):
    mandate(lotus)

    assert debit_plan.plan_top_ups(now=NOW) == 0


def test_one_that_is_not_wanted_any_more_is_closed_at_once(announced, lotus, gateway):
    words = {"daily_cap": None, "monthly_cap": None, "when_low": False}
    now = NOW + 2 * HOUR
    auto_pay_settings.change(lotus.pk, **words, by=build.owner(lotus), now=now)

    tick(now)

    assert list(Debit.objects.values_list(*STAND)) == [("skipped", "unwanted")]
    assert gateway.calls == []


def test_what_was_topped_up_by_hand_is_not_taken(announced, lotus, gateway):
    build.paid(lotus, 5000, now=NOW + 2 * HOUR)

    run(announced.raise_at + HOUR, since=announced.raise_at - HOUR)

    assert list(Debit.objects.values_list(*STAND)) == [("skipped", "paid")]
    assert gateway.calls == []


def test_no_more_is_taken_than_is_needed_when_it_is_raised(announced, lotus, gateway):
    Debit.objects.filter(pk=announced.pk).update(amount=build.paise(3521))

    run(announced.raise_at + HOUR, since=announced.raise_at - HOUR)

    assert Debit.objects.get().payment.amount == lotus.minimum_top_up


@pytest.mark.parametrize(("act", "why"), [("pause", "paused"), ("cancel", "ended")])
def test_pausing_and_cancelling_close_what_is_announced_at_once(act, why, announced, lotus, gateway):
    now = NOW + 2 * HOUR
    getattr(mandates, act)(lotus.pk, announced.mandate_id, by=build.owner(lotus), now=now)

    tick(now)

    assert list(Debit.objects.values_list(*STAND)) == [("skipped", why)]


def test_looked_at_ahead_of_time_it_waits_for_its_own(announced):
    Debit.objects.filter(pk=announced.pk).update(next_step_at=NOW)

    debits.begin(announced.pk, now=NOW + timedelta(minutes=1))

    announced.refresh_from_db()
    assert (announced.state, announced.next_step_at) == ("noticed", announced.raise_at)
