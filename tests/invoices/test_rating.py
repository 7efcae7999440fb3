"""Rating: pulses, allowances, and values that are rounded once per line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import rating
from invoices.rating import Used


@pytest.mark.parametrize(("seconds", "units"), [(-5, 0), (0, 0), (1, 1), (60, 1), (61, 2), (3600, 60)])
def test_each_started_pulse_counts(seconds, units):
    assert rating.pulses(seconds, 60) == units


@pytest.mark.parametrize(
    ("units", "allowance", "gross", "free", "charge"),
    [(1250, 1000, 75_000, 60_000, 15_000), (200, 1000, 12_000, 12_000, 0), (0, 1000, 0, 0, 0)],
)
def test_free_units_are_never_worth_more_than_was_used(units, allowance, gross, free, charge):
    used = Used(units, allowance, 60_000)

    assert (used.gross, used.free_value, used.charge) == (gross, free, charge)


def test_usage_is_summed_first_and_rounded_once():
    assert rating.value(3, 3_750) == 11  # 3 × ₹0.0375 = ₹0.1125, not 3 × ₹0.04


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_what_is_not_free_is_charged(units, allowance, price):
    used = Used(units, allowance, price)

    assert used.gross - used.free_value == used.charge >= 0
    assert used.free + used.billable == units


@given(st.integers(0, 10**6), st.integers(1, 31), st.data())
def test_an_allowance_of_part_of_a_cycle_is_rounded_up(free, full, data):
    days = data.draw(st.integers(0, full))

    part = rating.allowance(free, days, full)

    assert part * full >= free * days > (part - 1) * full
