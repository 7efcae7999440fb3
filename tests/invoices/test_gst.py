"""GST rules against the published vectors, and what must hold for every amount."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import gst
from invoices.gst import Supply, Tax
from tests.build import paise

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())
KINDS = {"zero_rated_lut": Supply.ZERO}


def tax_of(row):
    return Tax(paise(row["taxable"]), paise(row["cgst"]), paise(row["sgst"]), paise(row["igst"]))


@pytest.mark.parametrize("row", VECTORS["advance_split_18"] + VECTORS["advance_split_zero_rated"])
def test_tax_is_taken_out_of_an_advance(row):
    kind = KINDS.get(row["supply"]) or Supply(row["supply"])

    assert gst.inside(paise(row["paid"]), kind) == tax_of(row)


@given(st.integers(1, 10**11), st.sampled_from(Supply))
def test_the_parts_of_an_advance_add_up_to_what_was_paid(paid, kind):
    value = gst.inside(paid, kind)

    assert value.total == paid
    assert value.cgst == value.sgst
    assert value.taxable > 0


@pytest.mark.parametrize("row", VECTORS["line_tax_half_up"])
def test_tax_on_a_line_is_rounded_half_up(row):
    intra, inter = (
        gst.on_top(paise(row["taxable"]), Supply.INTRA),
        gst.on_top(paise(row["taxable"]), Supply.INTER),
    )

    assert (intra.cgst, intra.sgst) == (paise(row["cgst_9"]), paise(row["sgst_9"]))
    assert inter.igst == paise(row["igst_18"])
    assert (intra.total, inter.total) == (paise(row["intra_total"]), paise(row["inter_total"]))


def test_document_tax_is_the_sum_of_its_lines():
    row = VECTORS["line_vs_document_rounding"]
    lines = [gst.on_top(paise(line), Supply.INTRA) for line in row["lines"]]

    assert sum(line.cgst for line in lines) == paise(row["cgst_sum_of_lines"])


@pytest.mark.parametrize(
    ("lines", "cgst"),
    [
        ([100, -100], [9, -9]),
        ([5, 5, -10], [0, 0, 0]),  # 9 % of ₹0.10 would be a paisa that was never charged
        ([10, -5, -5], [1, 0, -1]),  # and here a paisa would stay on nothing
        ([6, 6, 6, -6, -6, -6], [1, 1, 1, -1, -1, -1]),
        ([100, -6, -94], [9, -1, -8]),
        ([-50, 50], [-5, 5]),
    ],
)
def test_discounts_take_back_the_tax_that_was_there(lines, cgst):
    taxed = gst.on_lines(lines, Supply.INTRA)

    assert [line.taxable for line in taxed] == lines
    assert [line.cgst for line in taxed] == [line.sgst for line in taxed] == cgst


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.data(), st.sampled_from(Supply))
def test_tax_is_never_negative_and_nothing_bears_none(charged, data, kind):
    room, discounts = sum(charged), []
    for _ in range(data.draw(st.integers(0, 4))):
        discounts.append(-data.draw(st.integers(0, room)))
        room += discounts[-1]

    value = sum(gst.on_lines(charged + discounts, kind), gst.NOTHING)

    assert min(value.taxable, value.cgst, value.sgst, value.igst) >= 0
    assert value.taxable or value.tax == 0
    assert value.cgst == value.sgst


@pytest.mark.parametrize("row", VECTORS["advance_adjustment"])
def test_vouchers_are_set_off(row):
    kind = Supply(row["supply"])
    half = 2 if kind == Supply.INTRA else 1

    def value(taxable, each):
        return Tax(paise(taxable), *(([paise(each)] * 2 + [0]) if half == 2 else [0, 0, paise(each)]))

    left = [value(v["taxable"], v["tax_each"]) for v in row["vouchers"]]
    used = gst.set_off(paise(row["invoice_taxable"]), left, kind)

    used = [use for use in used if use.taxable]
    assert used == [value(a["taxable"], a["tax_each"]) for a in row["adjusted"]]
    assert sum(use.total for use in used) == paise(row["adjusted_total"])


@given(
    st.lists(st.integers(1, 10**8), max_size=6),
    st.integers(1, 3 * 10**8),
    st.sampled_from(Supply),
)
def test_set_off_never_uses_more_than_there_is(paid, taxable, kind):
    left = [gst.inside(amount, kind) for amount in paid]

    used = gst.set_off(taxable, left, kind)

    assert sum(use.taxable for use in used) == min(taxable, sum(voucher.taxable for voucher in left))
    for voucher, use in zip(left, used, strict=True):
        rest = voucher - use
        assert min(rest.taxable, rest.cgst, rest.sgst, rest.igst) >= 0
        assert rest.taxable > 0 or rest.tax == 0


REGISTRATIONS = {
    "registered": "regular",
    "unregistered": "unregistered",
}


@pytest.mark.parametrize(
    ("registration", "state", "place", "supply"),
    [
        ("regular", "29", "29", Supply.INTRA),
        ("regular", "27", "27", Supply.INTER),
        ("unregistered", "29", "29", Supply.INTRA),
        ("unregistered", "07", "07", Supply.INTER),
        ("sez_lut", "29", "29", Supply.ZERO),
        ("sez_taxed", "29", "29", Supply.INTER),
        ("export_lut", "96", "96", Supply.ZERO),
        ("export_taxed", "96", "96", Supply.INTER),
        ("uin", "29", "29", Supply.INTRA),
    ],
)
def test_place_of_supply_decides_the_tax(registration, state, place, supply):
    assert gst.place_of_supply(registration, state) == place
    assert gst.supply(registration, place, "29") == supply


@pytest.mark.parametrize("registration", ["sez_lut", "export_lut"])
def test_without_its_letters_a_zero_rated_supply_is_taxed(registration):
    assert (
        gst.supply(registration, gst.place_of_supply(registration, "29"), "29", letters=False) == Supply.INTER
    )


@pytest.mark.parametrize(
    ("valid_to", "day", "holds"),
    [
        (None, date(2026, 11, 24), False),
        (date(2027, 3, 31), date(2026, 3, 31), False),
        (date(2027, 3, 31), date(2026, 4, 1), True),
        (date(2027, 3, 31), date(2027, 3, 31), True),
        (date(2027, 3, 31), date(2027, 4, 1), False),
        (date(2026, 12, 31), date(2027, 1, 1), False),
    ],
)
def test_a_letter_of_undertaking_holds_for_its_financial_year(valid_to, day, holds):
    assert gst.undertaking_holds(valid_to, day) == holds


@pytest.mark.parametrize("day", [date(2017, 7, 1), date(2026, 11, 24)])
def test_the_rate_is_that_of_the_day_of_supply(day):
    assert gst.rate_on(day) == 1800
