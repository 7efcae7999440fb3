"""Auto-pay's rules against the published vectors, and what must hold for every debit."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import autopay_policy as policy
from payments import working_days
from payments.autopay_policy import IST, Plan, Rail, Room, Treatment, Why
from tests.build import NOW, paise

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())
HOLIDAYS = frozenset({date(2026, 11, 25)})
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
rails = st.sampled_from(Rail)


@pytest.mark.parametrize("row", VECTORS["emandate_debit"])
def test_who_takes_part_in_a_debit(row):
    asked = policy.needs_authentication(
        Rail(row["rail"]), paise(row["amount"]), is_first=row["kind"] == "first"
    )

    assert asked is row["needs_customer_authentication"]


@pytest.mark.parametrize("row", VECTORS["predebit_notice"])
def test_a_notice_comes_24_hours_before(row):
    told, debit = datetime.fromisoformat(row["notice_sent"]), datetime.fromisoformat(row["debit_at"])

    assert policy.is_announced(told, debit) is row["allowed"]


@pytest.mark.parametrize("row", VECTORS["upi_autopay_slot_ist"])
def test_slots_of_upi(row):
    assert policy.is_upi_slot(time.fromisoformat(row["time"])) is row["allowed"]


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("insufficient_funds", Treatment.SOFT),
        ("transaction_limit_exceeded", Treatment.SOFT),
        ("transaction_daily_limit_exceeded", Treatment.SOFT),
        ("gateway_technical_error", Treatment.SOFT),
        ("bank_technical_error", Treatment.SOFT),
        ("payment_timed_out", Treatment.SOFT),
        ("server_error", Treatment.SOFT),
        ("pre_debit_notification_failed", Treatment.SOFT),
        ("mandate_paused", Treatment.PAUSE),
        ("mandate_cancelled", Treatment.DEAD),
        ("mandate_expired", Treatment.DEAD),
        ("mandate_not_active", Treatment.DEAD),
        ("payment_mandate_not_active", Treatment.DEAD),
        ("invalid_token", Treatment.DEAD),
        ("payer_account_has_changed", Treatment.DEAD),
        ("bank_account_invalid", Treatment.DEAD),
        ("debit_instrument_blocked", Treatment.DEAD),
        ("card_expired", Treatment.DEAD),
        ("incorrect_ifsc", Treatment.DEAD),
        ("amount_does_not_match_mandate_amount", Treatment.NEVER),
        ("execution_day_rule_mismatch", Treatment.NEVER),
        ("mandate_current_cycle_allowed_debit_exceeds", Treatment.NEVER),
        ("input_validation_failed", Treatment.NEVER),
        ("card_declined", Treatment.NEVER),
        ("something_new", Treatment.NEVER),
    ],
)
def test_what_a_failure_leads_to(reason, what):
    assert policy.treatment(reason) == what


@pytest.mark.parametrize(
    ("rail", "failed", "again"),
    [
        (Rail.CARD, [24], 25),
        (Rail.CARD, [24, 25], 27),
        (Rail.CARD, [24, 25, 27], 31),
        (Rail.UPI, [24, 28], 29),  # the second was long in coming: a day after it, not the third
        (Rail.EMANDATE, [1], 4),  # three days after the result at a bank account
        (Rail.EMANDATE, [1, 6], 9),
    ],
)
def test_days_of_retries(rail, failed, again):
    first = date(2026, 12, 1) - timedelta(days=1)

    assert policy.again(rail, [first + timedelta(days=n) for n in failed]) == first + timedelta(days=again)


def test_three_retries_and_no_more():
    assert policy.again(Rail.CARD, [date(2026, 12, n) for n in (1, 2, 4, 8)]) == Why.NO_TRIES_LEFT


@pytest.mark.parametrize(
    ("opens", "room", "found"),
    [
        (["1180"], Room(paise(5000)), (1, paise(1180))),
        ([], Room(paise(5000)), (0, 0)),
        (["15000"], Room(paise(15000)), (1, paise(15000))),
        (["15000.01"], Room(paise(99999)), Why.NEEDS_CONFIRMATION),
        (["5000.01"], Room(paise(5000)), Why.ABOVE_CEILING),
        (["3000", "3000"], Room(paise(5000)), (1, paise(3000))),  # whole bills, the oldest first
        (["3000"], Room(paise(5000), daily_left=paise("2999.99")), Why.DAILY_CAP),
        (["3000"], Room(paise(5000), paise(3000), paise(100)), Why.MONTHLY_CAP),
    ],
)
def test_what_a_debit_may_pay(opens, room, found):
    assert policy.affordable(Rail.UPI, [paise(amount) for amount in opens], room) == found


@pytest.mark.parametrize(
    ("rail", "raised", "debit"),
    [
        (Rail.UPI, "2026-12-05T08:00", "2026-12-06T09:00"),
        (Rail.CARD, "2026-12-05T08:00", "2026-12-06T20:05"),
        (Rail.EMANDATE, "2026-12-01T08:00", "2026-12-03T18:00"),
        (Rail.EMANDATE, "2026-12-10T08:00", "2026-12-14T18:00"),  # the 12th is a second Saturday
    ],
)
def test_when_the_money_is_taken(rail, raised, debit):
    at = policy.debit_at(rail, datetime.fromisoformat(raised).replace(tzinfo=IST), HOLIDAYS)

    assert at == datetime.fromisoformat(debit).replace(tzinfo=IST)


@pytest.mark.parametrize(
    ("rail", "raise_on", "result_on"), [(Rail.UPI, 7, 8), (Rail.CARD, 5, 8), (Rail.EMANDATE, 5, 8)]
)
def test_a_bill_is_decided_by_the_end_of_its_due_date(rail, raise_on, result_on):
    made = policy.plan(rail, now=NOW, on=date(2026, 12, 8), holidays=HOLIDAYS)

    assert made.raise_at == datetime(2026, 12, raise_on, 8, 0, tzinfo=IST)
    assert made.result_by.astimezone(IST).date() == date(2026, 12, result_on)
    assert made.notify_at == made.raise_at - timedelta(hours=46)


def test_what_is_overdue_already_is_told_now_and_raised_a_day_later():
    made = policy.plan(Rail.UPI, now=NOW, on=date(2026, 11, 20), holidays=HOLIDAYS)

    assert (made.notify_at, made.raise_at) == (NOW, datetime(2026, 11, 26, 8, 0, tzinfo=IST))


def test_a_result_after_the_next_harmful_step_is_too_late():
    words = {"now": NOW, "on": date(2026, 11, 20), "holidays": HOLIDAYS}

    assert policy.plan(Rail.CARD, **words, harm_on=date(2026, 11, 29)) == Why.TOO_LATE
    assert isinstance(policy.plan(Rail.CARD, **words, harm_on=date(2026, 11, 30)), Plan)


def test_nothing_is_presented_on_the_last_day_of_a_mandate():
    assert (
        policy.plan(Rail.CARD, now=NOW, on=date(2026, 12, 8), holidays=HOLIDAYS, ends_on=date(2026, 12, 8))
        == Why.MANDATE_ENDS
    )


@given(
    rails,
    moments,
    st.integers(-40, 40),
    st.integers(-3, 30),
    st.none() | st.integers(0, 40),
    st.none() | st.integers(0, 60),
)
def test_every_plan_is_announced_in_its_slot_and_in_time(rail, now, due, not_before, harm, ends):
    today = now.astimezone(IST).date()
    dates = [None if days is None else today + timedelta(days=days) for days in (due, not_before, harm, ends)]
    on, first, harm_on, ends_on = dates

    made = policy.plan(
        rail, now=now, on=on, holidays=HOLIDAYS, not_before=first, harm_on=harm_on, ends_on=ends_on
    )

    if isinstance(made, Why):
        assert (made == Why.TOO_LATE and harm_on) or (made == Why.MANDATE_ENDS and ends_on)
        return
    assert now <= made.notify_at < made.raise_at < made.debit_at <= made.result_by
    assert policy.is_announced(made.notify_at, made.raise_at)
    assert policy.may_raise(rail, made.raise_at, HOLIDAYS)
    assert made.raise_at.astimezone(IST).date() >= first
    if rail == Rail.UPI:
        assert policy.is_upi_slot(made.debit_at.astimezone(IST).time())
    if rail == Rail.EMANDATE:
        assert working_days.is_working_day(made.raise_at.astimezone(IST).date(), HOLIDAYS)
        assert working_days.is_working_day(made.debit_at.astimezone(IST).date(), HOLIDAYS)
    for limit in (harm_on, ends_on):
        assert limit is None or made.result_by.astimezone(IST).date() < limit


@given(rails, moments)
def test_a_missed_moment_has_a_next_one_within_a_week(rail, now):
    at = policy.next_raise(rail, now, HOLIDAYS)

    assert now < at <= now + timedelta(days=8)
    assert policy.may_raise(rail, at, HOLIDAYS)


@given(rails, st.lists(st.integers(1, 2_000_000), max_size=5), st.integers(1, 1_500_000))
def test_no_debit_is_above_its_limits(rail, opens, ceiling):
    found = policy.affordable(rail, opens, Room(ceiling, daily_left=1_200_000))

    if not isinstance(found, Why):
        count, amount = found
        assert amount == sum(opens[:count]) <= min(ceiling, 1_200_000, policy.CONFIRM_ABOVE)
        assert count or not opens


@given(rails, st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_retries_end_and_never_come_twice_a_day(rail, waits):
    day, failed = date(2026, 12, 1), []
    for wait in waits:
        failed.append(day)
        again = policy.again(rail, failed)
        if isinstance(again, Why):
            assert len(failed) == 4
            return
        assert again > failed[-1]
        day = again + timedelta(days=wait)
