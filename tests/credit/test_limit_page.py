"""The line of the credit limit: what is written at it."""

from datetime import date, timedelta

import pytest

from credit import limit_page, policy
from credit.limits_rule import Cause, Step

FIRST = date(2026, 1, 5)


def steps(*factors):
    kind = next(iter(policy.TEXTS))
    days = [FIRST + timedelta(days=n) for n in range(len(factors))]
    return tuple(
        Step(Cause(kind, day, f"key:{day}", 5, FIRST), factor)
        for day, factor in zip(days, factors, strict=True)
    )


@pytest.mark.parametrize("factors", [(), (105,)])
def test_fewer_than_two_steps_are_no_line(factors):
    assert limit_page._trend(steps(*factors)) is None


def test_the_line_has_its_first_its_last_and_its_highest_value_with_their_dates():
    trend = limit_page._trend(steps(110, 120, 105))

    assert (trend.before, trend.first_on) == (policy.START, FIRST)
    assert (trend.last, trend.last_on) == (105, FIRST + timedelta(days=2))
    assert (trend.top, trend.top_on) == (120, FIRST + timedelta(days=1))
    assert len(trend.points.split()) == 4


def test_a_record_that_only_fell_was_highest_before_its_first_step():
    trend = limit_page._trend(steps(90, 80))

    assert (trend.top, trend.top_on) == (policy.START, None)


def test_a_long_record_begins_where_its_older_steps_ended():
    trend = limit_page._trend(steps(*range(101, 102 + limit_page.SHOWN)))

    assert (trend.before, trend.first_on) == (101, FIRST + timedelta(days=1))
