"""Charts: bars that stand on the ground, fit their canvas and keep their proportions."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_portal import charts
from billing_portal.charts import BOTTOM, HEIGHT, TOP, WIDTH

FIRST = date(2026, 11, 1)
GROUND = HEIGHT - BOTTOM
NEAR = 0.02  # places are rounded to a hundredth of a per cent


def days(count):
    return [FIRST + timedelta(days=n) for n in range(count)]


@pytest.mark.parametrize(
    ("most", "end"),
    [(0, 1), (1, 1), (2, 2), (3, 5), (5, 5), (6, 10), (11, 20), (50, 50), (51, 100), (1250, 2000)],
)
def test_the_scale_ends_at_a_round_number(most, end):
    assert charts.round_up(most) == end


def test_series_stand_on_each_other():
    chart = charts.by_day(days(2), [{FIRST: 600}, {FIRST: 400}], ["Calls", "SMS"])

    calls, sms = chart.bars
    assert (calls.y + calls.height, sms.y + sms.height) == (GROUND, calls.y)
    assert sms.y == TOP  # 1,000 is the round number that the scale ends at
    assert calls.label == "1 Nov: Calls 600"
    assert [tick.label for tick in chart.rows] == ["0", "500", "1,000"]


@pytest.mark.parametrize(("most", "is_far"), [(0, False), (5000, False), (9000, True)])
def test_long_numbers_of_the_scale_get_more_room(most, is_far):
    assert charts.by_day(days(1), [{FIRST: most}], ["Calls"]).is_far == is_far


@pytest.mark.parametrize("count", [0, 1, 31])
def test_days_without_a_value_have_no_bar(count):
    chart = charts.by_day(days(count), [{}, {FIRST: 0}], ["Calls", "SMS"])

    assert chart.bars == ()
    assert [tick.label for tick in chart.rows] == ["0", "1"]


@pytest.mark.parametrize("count", [1, 7, 8, 30, 31, 62])
def test_at_most_seven_days_are_written_the_first_among_them(count):
    ticks = charts.by_day(days(count), [], []).days

    assert 1 <= len(ticks) <= 7
    assert ticks[0].label == "1 Nov"


units = st.integers(0, 10**9)


@given(st.integers(1, 62).flatmap(lambda n: st.lists(st.lists(units, min_size=n, max_size=n), max_size=5)))
def test_every_bar_stays_on_the_canvas_and_is_as_high_as_its_value(series):
    every = days(len(series[0]) if series else 1)
    values = [dict(zip(every, one, strict=True)) for one in series]

    chart = charts.by_day(every, values, [f"S{n}" for n in range(len(series))])

    most = charts.round_up(max((sum(one[day] for one in values) for day in every), default=0))
    assert len(chart.bars) == sum(value > 0 for one in series for value in one)
    drawn = iter(chart.bars)
    for day in every:
        for number, one in enumerate(values, start=1):
            if one[day]:
                bar = next(drawn)
                assert bar.series == number
                assert abs(bar.height - (GROUND - TOP) * one[day] / most) < NEAR
                assert bar.x >= 0 and bar.x + bar.width <= WIDTH + NEAR
                assert bar.y >= TOP - NEAR and bar.y + bar.height <= GROUND + NEAR
