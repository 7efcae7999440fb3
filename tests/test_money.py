"""Money: rounding, digits, words and what people type."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_portal import money
from tests import build

VECTORS = json.loads((Path(__file__).parent / "vectors" / "gst.json").read_text())
paise = st.integers(min_value=-money.LARGEST, max_value=money.LARGEST)


@pytest.mark.parametrize("row", VECTORS["inr_format"], ids=lambda row: row["amount"])
def test_digits_and_words_are_indian(row):
    amount = build.paise(row["amount"])

    assert money.inr(amount) == row["figure"]
    assert money.words(amount) == row["words"]


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1500", 150_000),
        ("1,500.5", 150_050),
        ("₹ 1,500.50", 150_050),
        (" Rs. 10 ", 1_000),
        ("0.01", 1),
        ("12,34,567", 123_456_700),
        ("1,234,567.5", 123_456_750),
    ],
)
def test_typed_rupees_are_read(typed, amount):
    assert money.typed(typed) == amount


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-5",
        "abc",
        "1.234",
        "1e5",
        "NaN",
        "१५००x",
        "1 500",
        "₹",
        "9" * 40,
        "1500\x00",
        "0x10",
        "=1+1",
        "1,5",
        "1,50",
        "15,00",
        "1,,500",
        "1500,",
        ",500",
        "1234,567",
    ],
)
def test_what_is_not_an_amount_is_refused(typed):
    with pytest.raises(money.NotAnAmount):
        money.typed(typed)


@given(paise, st.integers(1, 10_000), st.integers(1, 20_000))
def test_a_share_is_within_half_a_paisa_and_mirrors(amount, part, whole):
    share = money.share(amount, part, whole)

    assert abs(2 * (share * whole - amount * part)) <= whole
    assert money.share(-amount, part, whole) == -share


@given(paise)
def test_figures_read_back_as_the_same_amount(amount):
    if amount >= 0:
        assert money.typed(money.inr(amount)) == amount
        assert money.typed(money.rupees(amount)) == amount


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (100000, "1,00,000"),
        (12345678, "1,23,45,678"),
        (-1000, "-1,000"),
    ],
)
def test_a_count_is_grouped_as_in_india(count, written):
    assert money.grouped(count) == written
