"""The equation and the published examples (PRODUCT § 2.5, vectors exposure_to_clear)."""

import json
from pathlib import Path

import pytest

from credit import exposure
from credit.exposure import Exposure
from tests import build
from tests.build import paise

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())


@pytest.mark.parametrize(
    ("used", "free", "price", "outstanding", "prepaid", "total"),
    [(1250, 1000, 60, 118_000, 50_000, 83_000), (200, 1000, 60, 118_000, 0, 118_000)],
)
def test_total_outstanding(used, free, price, outstanding, prepaid, total):
    held = Exposure(used * price, min(used, free) * price, outstanding, prepaid)

    assert held.total_outstanding == total
    assert held.balance == -total


@pytest.mark.parametrize("row", VECTORS["exposure_to_clear"])
def test_amount_to_clear(row):
    held = Exposure(
        paise(row["current_usage_ex_tax"]),
        paise(row["free_value_ex_tax"]),
        paise(row["outstanding_incl_tax"]),
        paise(row["prepaid_ex_tax"]),
    )

    assert held.amount_to_clear == paise(row["pay_to_clear"])


def test_amount_to_clear_of_usage_alone():
    assert Exposure(64_000, 0, 0, 0).amount_to_clear == paise("755.20")


@pytest.mark.django_db
def test_exposure_is_read_in_two_queries(django_assert_num_queries):
    account = build.account()
    for _ in range(5):
        build.paid(account, 1500)

    with django_assert_num_queries(2):  # balances, counters
        held = exposure.read(account)

    assert held.prepaid == 5 * paise("1271.18")
