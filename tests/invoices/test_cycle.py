"""Anniversary cycles: the day is kept and clamped; days of the year are each in exactly one cycle."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import cycle
from invoices.cycle import Span

# fmt: off
CLAMPED = [
    # a day inside   anchor  starts             ends
    ((2026, 1, 31),  31,     (2026, 1, 31),     (2026, 2, 27)),
    ((2026, 2, 28),  31,     (2026, 2, 28),     (2026, 3, 30)),
    ((2028, 2, 29),  31,     (2028, 2, 29),     (2028, 3, 30)),
    ((2026, 3, 31),  31,     (2026, 3, 31),     (2026, 4, 29)),
    ((2026, 3, 1),   30,     (2026, 2, 28),     (2026, 3, 29)),
    ((2026, 12, 15), 1,      (2026, 12, 1),     (2026, 12, 31)),
    ((2026, 1, 4),   5,      (2025, 12, 5),     (2026, 1, 4)),
]
# fmt: on


@pytest.mark.parametrize(("day", "anchor", "starts_on", "ends_on"), CLAMPED)
def test_the_anniversary_is_kept_and_clamped(day, anchor, starts_on, ends_on):
    assert cycle.containing(date(*day), anchor) == Span(date(*starts_on), date(*ends_on))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 31))
def test_cycles_follow_each_other_without_gap(day, anchor):
    span = cycle.containing(day, anchor)
    after = cycle.following(span, anchor)

    assert day in span
    assert 28 <= span.days <= 31
    assert after.starts_on == span.ends_on + timedelta(days=1)
    assert cycle.containing(span.ends_on, anchor) == span


@given(st.integers(0, 10**9), st.integers(1, 31), st.data())
def test_the_parts_of_a_cycle_cost_the_whole_give_or_take_a_paisa(amount, full, data):
    days = data.draw(st.integers(0, full))

    parts = cycle.prorated(amount, days, full) + cycle.prorated(amount, full - days, full)

    assert abs(parts - amount) <= 1
    assert cycle.prorated(amount, full, full) == amount
