"""The rule of the credit limit: its table, its order, its bounds; any order of arrival gives the same."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit import checks, limits_rule, policy
from credit.limits_rule import Cause, Limit, Sibling, Temporary
from credit.policy import Kind

DAY = date(2026, 11, 24)
STEPS = [step.kind for step in policy.STEPS]


def cause(kind, on=DAY, key="k", cycle_on=None):
    return Cause(kind, on, key, policy.POINTS[kind], cycle_on or on.replace(day=1))


def factor(*causes):
    return limits_rule.factor_of(limits_rule.replay(causes))


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        (Kind.TIMELY_PAYMENT, 5),
        (Kind.TIMELY_RENEWAL, 5),
        (Kind.ADVANCE_DEPOSIT, 5),
        (Kind.LATE_PAYMENT, -10),
        (Kind.LATE_RENEWAL, -10),
        (Kind.LIMIT_CROSSED, -15),
    ],
)
def test_published_steps(kind, points):
    assert factor(cause(kind)) == 100 + points


@pytest.mark.parametrize(
    ("received", "base"),
    [(0, 10_000), (99_900, 10_000), (1_000_000, 100_000), (1_000_499, 100_000), (1_000_500, 100_100)],
)
def test_the_base_is_a_tenth_in_whole_rupees_and_a_hundred_at_least(received, base):
    assert limits_rule.base_of(received) == base


def test_one_step_up_a_cycle_and_cause_and_every_step_down():
    ups = [cause(Kind.TIMELY_PAYMENT, key=f"k{n}") for n in range(3)]
    downs = [cause(Kind.LATE_PAYMENT, key=f"d{n}") for n in range(3)]
    steps = limits_rule.replay([*ups, *downs, cause(Kind.TIMELY_RENEWAL)])

    assert steps[-1].factor == 100 - 30 + 5 + 5
    assert [step.why_not for step in steps if step.cause in ups] == ["", "one a cycle", "one a cycle"]


def test_the_next_cycle_counts_again():
    later = DAY + timedelta(days=31)

    assert factor(cause(Kind.TIMELY_PAYMENT), cause(Kind.TIMELY_PAYMENT, later, "k2")) == 110


def test_the_clamp_runs_along():
    downs = [cause(Kind.LIMIT_CROSSED, DAY, f"k{n}") for n in range(9)]

    assert factor(*downs, cause(Kind.TIMELY_PAYMENT, DAY + timedelta(days=1))) == policy.LOWEST + 5


def test_a_sibling_is_a_state_on_top_of_all_steps():
    sibling = Sibling(7, "BA-100007", "VI/2627/000001")
    limit = limits_rule.limit_of(2_000_000, [cause(Kind.TIMELY_PAYMENT)], sibling=sibling)

    assert (limit.factor, limit.applied_factor, limit.amount) == (105, 85, 170_000)
    assert Limit(0, 10_000, 60, (), sibling).applied_factor == policy.LOWEST


def test_a_temporary_limit_is_the_amount_while_it_stands_the_newest_first():
    old, new = (Temporary(n, 500_000 * n, DAY, DAY + timedelta(days=n), "r") for n in (1, 2))

    assert limits_rule.standing([new, old], DAY) == new
    assert limits_rule.standing([old, new], DAY + timedelta(days=3)) is None
    limit = limits_rule.limit_of(0, [], temporary=new)
    assert (limit.amount, limit.earned, limit.effective_until) == (1_000_000, 10_000, new.until_on)


@pytest.mark.parametrize(
    ("today", "start"),
    [
        (DAY, date(2025, 11, 24)),
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2027, 1, 31), date(2026, 1, 31)),
    ],
)
def test_the_window_is_twelve_months(today, start):
    assert limits_rule.window_start(today) == start


CAUSES = st.lists(
    st.builds(
        cause,
        st.sampled_from(STEPS),
        st.dates(date(2025, 1, 1), date(2026, 12, 31)),
        st.integers(0, 10**6).map(str),
    ),
    max_size=40,
    unique_by=lambda one: one.key,
)


@given(CAUSES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(causes, random):
    shuffled = random.sample(causes, len(causes))

    assert limits_rule.replay(shuffled) == limits_rule.replay(causes)


@given(CAUSES, st.integers(0, 10**12), st.booleans())
def test_the_bounds_hold_and_the_limit_is_whole(causes, received, owes):
    sibling = Sibling(1, "BA-1", "VI/1") if owes else None
    limit = limits_rule.limit_of(received, causes, sibling=sibling)

    assert all(policy.LOWEST <= step.factor <= policy.HIGHEST for step in limit.steps)
    assert policy.LOWEST <= limit.applied_factor <= policy.HIGHEST
    assert limit.amount % 100 == 0 <= limit.amount
    assert limit.base // 2 - 100 <= limit.amount <= limit.base * 3


@given(CAUSES)
def test_steps_up_count_once_a_cycle_and_cause(causes):
    counted = [
        (step.cause.cycle_on, step.cause.kind)
        for step in limits_rule.replay(causes)
        if step.is_counted and step.cause.points > 0
    ]

    assert len(counted) == len(set(counted))


def test_the_tables_are_sane_and_an_insane_one_is_found():
    assert checks.credit_policy() == []
    bad = [policy.Step(Kind.TIMELY_PAYMENT, 0, "x"), *policy.STEPS]
    assert len(policy.problems(bad)) == 2
    assert policy.problems(states=[policy.Step(Kind.SIBLING, 20, "x"), policy.STATES[1]])
