"""Debits: planned for the due date, announced a day ahead, asked for once, retried on days 1, 3 and 7."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import Account, Notice
from billing_portal import books, clock
from payments import debit_page, debit_plan, debit_raise, debits, recharge, undecided
from payments.gateways import State
from payments.models import AutoPaySettings, Debit, Mandate, Payment
from tests import build
from tests.payments.auto_pay import HOUR, NOW, gateway, mandate, run, tick, told

__all__ = ["gateway"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def lotus():
    account = build.account()
    account.contacts.create(name="Asha", email="asha@example.in", phone="+919800000001")
    return account


def planned(account) -> Debit:
    debit_plan.plan_due(now=NOW)
    return Debit.objects.get(account=account)


@pytest.mark.parametrize("method", ["upi", "card", "emandate"])
def test_a_bill_is_debited_so_that_the_result_is_known_on_its_due_date(lotus, method):
    mandate(lotus, method)
    bill = build.charge(lotus, 1000, due_days=9)

    debit = planned(lotus)

    assert debit.amount == bill.open_amount == 118_000
    assert clock.business_date(debit.result_by) <= bill.due_on
    assert debit.debit_at - debit.notify_at >= timedelta(hours=24)


def test_from_the_plan_to_the_receipt(lotus, gateway):
    mandate(lotus)
    bill = build.charge(lotus, 1000)
    debit = planned(lotus)

    now = run(debit.notify_at + HOUR)
    debit.refresh_from_db()
    assert (debit.state, told(lotus)) == ("noticed", ["auto-pay-notice"])
    assert not gateway.calls

    now = run(debit.raise_at + HOUR, since=now)
    debit.refresh_from_db()
    assert (debit.state, debit.payment.status, len(gateway.calls)) == ("raised", "unknown", 1)
    assert undecided.paying([lotus.pk], now=now) == {lotus.pk}  # holds a harmful step back

    gateway.decide(debit)
    recharge.settle(debit.payment_id, now=now)
    tick(now)
    debit.refresh_from_db()
    bill.refresh_from_db()
    assert (debit.state, bill.open_amount, debit.payment.channel) == ("captured", 0, "auto_pay")
    assert told(lotus) == ["auto-pay-notice", "auto-pay-debited"]
    run(now + timedelta(days=3), since=now)
    assert len(gateway.calls) == 1
    assert {one.id for one in books.look(now=now).findings} <= {"I19", "I24", "I33", "I37"}


def test_a_bill_paid_otherwise_meanwhile_is_not_debited(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.notify_at + HOUR)

    build.paid(lotus, 1180, now=now)
    run(debit.raise_at + 2 * HOUR, since=now)

    debit.refresh_from_db()
    assert (debit.state, debit.reason, gateway.calls) == ("skipped", "paid", [])


def test_what_was_paid_in_part_is_not_debited_again(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.notify_at + HOUR)

    build.paid(lotus, 180, now=now)
    run(debit.raise_at + 2 * HOUR, since=now)

    assert [call["amount"] for call in gateway.calls] == [100_000]


def test_what_was_paid_in_part_before_the_notice_is_neither_shown_nor_announced(lotus):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)

    build.paid(lotus, 180, now=debit.notify_at - HOUR)
    [shown] = debit_page.of(lotus, now=build.NOW).coming
    run(debit.notify_at + HOUR, since=debit.notify_at - HOUR)

    debit.refresh_from_db()
    assert (shown.will_take, debit.state, debit.amount) == (100_000, "noticed", 100_000)
    notice = Notice.objects.filter(account=lotus, name="auto-pay-notice").first()
    assert notice.context["amount"] == 100_000


def test_what_was_paid_otherwise_is_not_shown_as_coming(lotus):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)

    build.paid(lotus, 1180, now=debit.notify_at - HOUR)

    assert debit_page.of(lotus, now=build.NOW) == debit_page.Debits([], [], [])


def test_the_customer_stops_one_debit(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.notify_at + HOUR)

    debits.opt_out(debit.pk, user=build.owner(lotus), now=now)
    debits.opt_out(debit.pk, user=build.owner(lotus), now=now)
    run(debit.raise_at + timedelta(days=4), since=now)

    assert gateway.calls == []
    assert Debit.objects.get().state == "opted_out"


def test_a_raised_debit_cannot_be_stopped_here(lotus):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    run(debit.raise_at + HOUR)

    with pytest.raises(debits.TooLate):
        debits.opt_out(debit.pk, user=build.owner(lotus), now=debit.raise_at + HOUR)


def test_soft_declines_are_tried_again_on_days_1_3_and_7_each_with_its_notice(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    failed_on = []
    now = NOW
    for _ in range(4):
        debit_plan.plan_due(now=now)
        debit = Debit.objects.open().get()
        now = run(debit.raise_at + HOUR, since=now)
        debit.refresh_from_db()
        now = debit.debit_at
        gateway.decide(debit, State.FAILED, "insufficient_funds")
        recharge.settle(debit.payment_id, now=now)
        debit_raise.step_due(now=now)
        failed_on.append(clock.business_date(now))
    run(now + timedelta(days=9), since=now, every=3 * HOUR)

    assert [one.attempt for one in Debit.objects.order_by("pk")] == [1, 2, 3, 4]
    first = failed_on[0]
    raised = [clock.business_date(one.raised_at) for one in Debit.objects.order_by("pk")]
    assert all(day >= first + timedelta(days=after) for day, after in zip(raised[1:], (1, 3, 7), strict=True))
    assert len(set(raised)) == 4
    assert told(lotus) == ["auto-pay-notice", "auto-pay-failed"] * 4
    assert all(one.debit_at - one.noticed_at >= timedelta(hours=24) for one in Debit.objects.all())


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("mandate_cancelled", "cancelled"),
        ("mandate_expired", "expired"),
        ("card_expired", "expired"),
        ("invalid_token", "failed"),
        ("mandate_paused", "paused"),
    ],
)
def test_a_hard_decline_ends_or_pauses_the_mandate(lotus, gateway, reason, state):
    wish = mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.raise_at + HOUR)

    gateway.decide(debit, State.FAILED, reason)
    recharge.settle(Debit.objects.get().payment_id, now=now)
    run(now + timedelta(days=9), since=now, every=3 * HOUR)

    wish.refresh_from_db()
    assert wish.state == state
    assert len(gateway.calls) == 1


def _declined(gateway, debit, reason, *, now):
    gateway.decide(debit, State.FAILED, reason)
    recharge.settle(Debit.objects.get(pk=debit.pk).payment_id, now=now)
    tick(now)


def test_a_debit_that_failed_as_paused_is_tried_again_once_the_bank_resumes(lotus, gateway):
    wish = mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.raise_at + HOUR)
    _declined(gateway, debit, "mandate_paused", now=now)
    [left] = debit_page.of(lotus, now=build.NOW).to_pay
    assert left.tag == "To be tried again" and "once you resume there" in left.said

    Mandate.objects.filter(pk=wish.pk).update(state="active", paused_by="")
    run(now + timedelta(days=6), since=now, every=3 * HOUR)

    assert [one.attempt for one in Debit.objects.order_by("pk")] == [1, 2]
    assert len(gateway.calls) == 2
    assert debit_page.of(lotus, now=build.NOW).to_pay == []
    failed = Notice.objects.filter(name="auto-pay-failed").first()
    assert failed.context["when_resumed"] and not failed.context["again_on"]


@pytest.mark.parametrize(("reason", "is_again"), [("insufficient_funds", True), ("card_declined", False)])
def test_what_a_failed_debit_leaves_is_shown_with_what_comes_next(lotus, gateway, reason, is_again):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.raise_at + HOUR)

    _declined(gateway, debit, reason, now=now)

    [left] = debit_page.of(lotus, now=build.NOW).to_pay
    assert (left.amount, left.is_yours) == (118_000, not is_again)
    assert ("It is tried again from" in left.said) is is_again and "resume" not in left.said


def test_what_no_debit_is_planned_for_is_shown_with_the_reason(lotus, monkeypatch):
    wish = mandate(lotus)
    build.charge(lotus, 1000)
    [before] = debit_page.of(lotus, now=NOW, mandate=wish).to_pay
    monkeypatch.setattr(debit_plan, "harm_on", lambda account, now: NOW.date() + timedelta(days=1))

    shown = debit_page.of(lotus, now=NOW, mandate=wish)

    assert (before.amount, before.is_yours) == (118_000, False) and "within ten minutes" in before.said
    [stuck] = shown.to_pay
    assert "only after the next overdue step" in stuck.said and shown.needs_the_customer
    wish.state = Mandate.State.PAUSED
    assert debit_page.of(lotus, now=NOW, mandate=wish).to_pay == []


def test_its_payment_was_taken_when_it_was_announced(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.raise_at + HOUR)
    debit.refresh_from_db()

    gateway.decide(debit)
    recharge.settle(debit.payment_id, now=debit.debit_at + HOUR)

    assert now < debit.debit_at
    assert Payment.objects.get(pk=debit.payment_id).captured_at == debit.debit_at


def test_a_stopped_debit_is_the_customers_to_pay_until_its_bill_is_paid(lotus):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)

    debits.opt_out(debit.pk, user=build.owner(lotus), now=build.NOW)

    [left] = debit_page.of(lotus, now=build.NOW).to_pay
    assert (left.number, left.is_yours, left.amount) == (debit.number, True, 118_000)
    build.paid(lotus, 1180)
    assert debit_page.of(lotus, now=build.NOW).to_pay == []


def test_money_that_comes_after_a_failure_counts_once(lotus, gateway):
    mandate(lotus)
    bill = build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.raise_at + HOUR)
    gateway.decide(debit, State.FAILED, "insufficient_funds")
    recharge.settle(Debit.objects.get().payment_id, now=now)
    tick(now)

    gateway.decide(debit, State.CAPTURED)
    recharge.settle(Debit.objects.get(pk=debit.pk).payment_id, now=now + HOUR)
    run(now + timedelta(days=9), since=now + HOUR, every=3 * HOUR)

    debit.refresh_from_db()
    bill.refresh_from_db()
    assert (debit.state, bill.open_amount, len(gateway.calls)) == ("captured", 0, 1)


def test_a_time_out_after_success_makes_no_second_debit(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    gateway.answers[:] = ["unheard"]
    debit = planned(lotus)

    run(debit.raise_at + timedelta(hours=6))

    assert len(gateway.calls) == 1
    assert Debit.objects.get().state == "raised"


def test_a_time_out_before_success_is_asked_again_under_the_same_order(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    gateway.answers[:] = ["lost", "lost"]
    debit = planned(lotus)

    run(debit.raise_at + timedelta(hours=6))

    assert len(gateway.calls) == 3
    assert len({call["order_id"] for call in gateway.calls}) == 1
    assert Payment.objects.filter(channel="auto_pay").count() == 1


def test_a_refusal_fails_the_debit_with_its_reason(lotus, gateway):
    wish = mandate(lotus)
    build.charge(lotus, 1000)
    gateway.answers[:] = ["refused:mandate_not_active"]
    debit = planned(lotus)

    run(debit.raise_at + HOUR)

    wish.refresh_from_db()
    assert (Debit.objects.get().reason, wish.state) == ("mandate_not_active", "failed")


@pytest.mark.parametrize(
    ("rupees", "ceiling", "caps", "why"),
    [
        (12712, 20_000_00, {}, "needs_confirmation"),  # ₹15,000.16 with tax
        (5000, 5_000_00, {}, "above_ceiling"),
        (5000, 15_000_00, {"daily_cap": 5_000_00}, "daily_cap"),
        (5000, 15_000_00, {"monthly_cap": 5_000_00}, "monthly_cap"),
    ],
)
def test_what_a_debit_may_not_take_the_customer_is_asked_to_pay(lotus, gateway, rupees, ceiling, caps, why):
    mandate(lotus, ceiling=ceiling)
    AutoPaySettings.objects.create(account=lotus, **caps)
    build.charge(lotus, rupees)

    debit = planned(lotus)
    run(NOW + timedelta(days=9), every=6 * HOUR)

    assert (debit.state, debit.reason, gateway.calls) == ("asked", why, [])
    assert told(lotus) == ["auto-pay-asked"]


def test_nothing_is_debited_before_its_notice_was_handed_over(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = NOW
    while now < debit.raise_at + timedelta(days=3):  # no message goes out
        now += HOUR
        debit_raise.step_due(now=now)

    assert gateway.calls == []
    assert Notice.objects.filter(name="auto-pay-notice", state="sent").count() == 0


def test_a_worker_that_stood_still_announces_the_new_day(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)
    now = run(debit.notify_at + HOUR)

    later = debit.raise_at + timedelta(days=2)
    tick(later)
    run(later + timedelta(days=3), since=later)

    debit.refresh_from_db()
    assert debit.state == "raised" and debit.raised_at > later
    assert debit.debit_at - debit.noticed_at >= timedelta(hours=24)
    assert told(lotus) == ["auto-pay-notice"] * 2
    assert now < later


def test_a_paused_mandate_plans_nothing_and_skips_what_was_planned(lotus, gateway):
    wish = mandate(lotus)
    build.charge(lotus, 1000)
    debit = planned(lotus)

    Mandate.objects.filter(pk=wish.pk).update(state="paused")
    run(debit.raise_at + HOUR)

    assert list(Debit.objects.values_list("state", "reason")) == [("skipped", "paused")]
    assert gateway.calls == []


def test_the_database_refuses_a_debit_announced_too_late(lotus):
    wish = mandate(lotus)
    at = datetime(2026, 11, 26, 4, 30, tzinfo=NOW.tzinfo)

    with pytest.raises(IntegrityError, match="announced_a_day_ahead"):
        Debit.objects.create(
            account=Account.objects.get(pk=lotus.pk),
            mandate=wish,
            number="DEB-1",
            purpose="bills",
            cause=f"due:{date(2026, 12, 1)}",
            amount=1,
            notify_at=at,
            raise_at=at,
            debit_at=at,
            result_by=at,
            noticed_at=at - timedelta(hours=24) + timedelta(seconds=1),
            raised_at=at,
            planned_at=at,
        )


def test_a_pause_at_the_bank_after_the_last_try_is_final(lotus, gateway):
    mandate(lotus)
    build.charge(lotus, 1000)
    now = NOW
    for attempt in range(1, 5):
        debit_plan.plan_due(now=now)
        debit = Debit.objects.open().get()
        now = run(debit.raise_at + HOUR, since=now)
        debit.refresh_from_db()
        now = debit.debit_at
        _declined(gateway, debit, "mandate_paused" if attempt == 4 else "insufficient_funds", now=now)

    [left] = debit_page.of(lotus, now=now).to_pay
    assert left.is_yours and "It is not tried again" in left.said
    last = Notice.objects.filter(name="auto-pay-failed", channel="email").order_by("-pk")[0]
    assert not last.context["when_resumed"] and not last.context["again_on"]
