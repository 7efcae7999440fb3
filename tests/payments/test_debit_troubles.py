"""A debit whose gateway is away, whose bank is silent, or whose mandate ends between the intent and the call."""

from datetime import timedelta

import pytest

from billing_portal import clock
from payments import autopay_words, debit_plan, debit_raise, debits, follow_up, invariants, undecided
from payments.gateways import Unavailable
from payments.models import Debit, Mandate, Payment
from tests import build
from tests.payments.auto_pay import HOUR, NOW, gateway, mandate, run, told

__all__ = ["gateway"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def noticed(method: str = "upi") -> Debit:
    """A debit that was announced; its moment of raising is next."""
    account = build.account()
    mandate(account, method)
    build.charge(account, 1000)
    debit_plan.plan_due(now=NOW)
    debit = Debit.objects.get(account=account)
    run(debit.notify_at + HOUR)
    debit.refresh_from_db()
    return debit


def test_a_gateway_that_was_away_over_the_day_leads_to_a_new_day_and_notice(gateway, monkeypatch):
    debit = noticed()
    with monkeypatch.context() as away:
        away.setattr(gateway, "create_order", lambda *_: (_ for _ in ()).throw(Unavailable("away")))
        away.setattr(gateway, "find_order", lambda *_: (_ for _ in ()).throw(Unavailable("away")))
        now = run(debit.raise_at + 30 * HOUR, since=debit.raise_at - HOUR)

    now = run(now + 4 * DAY, since=now)

    debit.refresh_from_db()
    again = Debit.objects.get(attempt=2)
    assert (debit.state, debit.reason) == ("failed", "gateway_technical_error")
    assert len(gateway.calls) == 1
    assert clock.business_date(again.debit_at) > clock.business_date(debit.debit_at)
    assert again.raised_at - again.noticed_at >= DAY


@pytest.mark.parametrize(("state", "why"), [("cancelled", "ended"), ("paused", "paused")])
def test_a_mandate_that_ends_before_the_call_is_not_charged(gateway, state, why):
    debit = noticed()
    debits.begin(debit.pk, now=debit.raise_at)
    Mandate.objects.update(state=state)

    run(debit.raise_at + 3 * DAY, since=debit.raise_at)

    debit.refresh_from_db()
    assert (debit.state, debit.reason, gateway.calls) == ("failed", why, [])


def test_a_bank_that_says_nothing_is_waited_for_five_days_from_its_own_day(gateway):
    debit = noticed("emandate")
    now = run(debit.raise_at + HOUR, since=debit.raise_at - HOUR)
    debit.refresh_from_db()
    bank_day = debit.debit_at

    for _ in range(14 * 4):
        now += timedelta(hours=6)
        debit_raise.step_due(now=now)
        follow_up.follow_up(now=now)
        if now < bank_day + 4 * DAY:
            assert undecided.paying([debit.account_id], now=now)
        assert not list(invariants.UNDECIDED(now))

    debit.refresh_from_db()
    assert (debit.state, debit.payment.failure_reason) == ("failed", "abandoned")
    assert bank_day + 5 * DAY <= now
    assert told(debit.account) == ["auto-pay-notice", "auto-pay-failed"]
    assert len(gateway.calls) == 1


def test_one_order_for_all_looks_at_a_debit(gateway):
    debit = noticed()

    run(debit.raise_at + 20 * HOUR, since=debit.raise_at - HOUR)

    payment = Payment.objects.get(debit=debit)
    debit.refresh_from_db()
    assert payment.opened_at == debit.debit_at  # each look leaves it
    assert gateway.world.created == 1


def test_a_debit_is_not_moved_beyond_the_next_overdue_step(gateway):
    account = build.account()
    mandate(account)
    build.charge(account, 1000, now=NOW - 18 * DAY)  # due 11 days ago: outgoing calls stop in four days
    debit_plan.plan_due(now=NOW)
    debit = Debit.objects.get()
    run(debit.notify_at + HOUR)

    debit_raise.step_due(now=debit.raise_at + 2 * DAY)  # no worker was there on its day

    debit.refresh_from_db()
    assert (debit.state, debit.reason, gateway.calls) == ("skipped", "too_late", [])
    assert "overdue step" in autopay_words.why(debit.reason)
