"""GSTIN and PAN against the published tables."""

import json
from pathlib import Path

import pytest

from accounts import gstin

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())


@pytest.mark.parametrize("row", VECTORS["gstin_valid"], ids=lambda row: row["value"])
def test_a_sound_number_is_accepted_with_its_kind(row):
    named = next((kind for kind in ("deductor", "collector") if kind in row["kind"]), "regular")
    assert gstin.check(row["value"]) == named


@pytest.mark.parametrize(
    "row",
    VECTORS["gstin_invalid"] + VECTORS["gstin_state_rejected_check_digit_right"],
    ids=lambda row: row["value"],
)
def test_an_unsound_number_is_refused(row):
    with pytest.raises(gstin.NotValid):
        gstin.check(row["value"])


@pytest.mark.parametrize("row", VECTORS["gstin_state_differs_from_billing"], ids=lambda row: row["value"])
def test_the_number_must_belong_to_the_billing_state(row):
    if row["accepted"]:
        assert gstin.check(row["value"], state=row["billing_state"])
        return
    with pytest.raises(gstin.NotValid, match="billing address"):
        gstin.check(row["value"], state=row["billing_state"])


@pytest.mark.parametrize("row", VECTORS["pan_from_gstin"], ids=lambda row: row["gstin"])
def test_the_pan_stands_inside(row):
    assert gstin.pan_of(row["gstin"]) == row["pan"]


@pytest.mark.parametrize("value", VECTORS["pan_valid"])
def test_a_pan_is_accepted(value):
    gstin.check_pan(value)


@pytest.mark.parametrize("value", VECTORS["pan_invalid"])
def test_what_is_no_pan_is_refused(value):
    with pytest.raises(gstin.NotValid):
        gstin.check_pan(value)
