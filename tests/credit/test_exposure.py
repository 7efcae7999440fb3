"""The equation and the published examples (PRODUCT § 2.5, vectors exposure_to_clear)."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from credit import exposure
from credit.exposure import Exposure
from invoices import gst, unrated, usage
from invoices.gst import Supply
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
def test_exposure_is_read_in_one_query(django_assert_num_queries):
    account = build.account()
    for _ in range(5):
        build.paid(account, 1500)

    with django_assert_num_queries(1):
        held = exposure.read(account, now=build.NOW)

    assert held.prepaid == 5 * paise("1271.18")


def use(account, plan, minutes):
    """A subscription and so many minutes of calls through the intake."""
    build.subscribed(account, plan, now=build.NOW - timedelta(days=3))
    build.used(account, minutes)


@pytest.mark.django_db
def test_published_example_1250_used_of_1000_free_with_dues_and_prepaid_money():
    account = build.account()
    build.charge(account, 1000)  # 1,180.00 outstanding
    use(account, build.plan(rental=0), 1250)

    held = exposure.read(account, now=build.NOW)
    shown = replace(held, prepaid=paise(500))

    assert (held.current_usage, held.free_value, held.outstanding) == (paise(750), paise(600), paise(1180))
    assert (held.total_outstanding, shown.total_outstanding) == (paise(1330), paise(830))


@pytest.mark.django_db
def test_published_example_200_of_1000_free_used():
    account = build.account()
    build.charge(account, 1000)
    use(account, build.plan(rental=0), 200)

    assert exposure.read(account, now=build.NOW).total_outstanding == paise(1180)


@pytest.mark.django_db
def test_published_example_amount_to_clear_of_usage_alone():
    account = build.account()
    plan = build.plan("no-free", rental=0)
    use(account, plan, 0)
    usage.ingest([build.message(account, units=3200)], source="platform", now=build.NOW)  # ₹0.20 each

    held = exposure.read(account, now=build.NOW)

    assert (held.current_usage, held.free_value, held.amount_to_clear) == (paise(640), 0, paise("755.20"))


@pytest.mark.django_db
def test_free_units_never_pay_old_debt_and_prepaid_money_pays_usage():
    account = build.account()
    build.paid(account, "590.00")  # 500.00 after GST
    use(account, build.plan(rental=0), 1250)

    held = exposure.read(account, now=build.NOW)

    assert (held.prepaid, held.total_outstanding) == (paise(500), paise(-350))


@pytest.mark.django_db
def test_what_staff_priced_for_a_cycle_counts_in_the_balance():
    account = build.account()
    build.subscribed(account, build.plan(rental=0))
    usage.ingest([build.message(account, feature="whatsapp", units=7)], source="platform", now=build.NOW)
    before = exposure.read(account, now=build.NOW).current_usage
    row = unrated.waiting(account)[0]
    words = {"actor": build.user("manager"), "reason": "Agreed", "now": build.NOW}

    unrated.rate(account.pk, row.cycle.pk, "whatsapp", unrated.Decision(50_000), **words)

    assert (before, exposure.read(account, now=build.NOW).current_usage) == (0, 350)


@pytest.mark.parametrize("supply", list(Supply))
def test_the_amount_to_clear_always_clears_by_two_paise_at_most(supply):
    for usage_ in range(20_000):
        held = Exposure(usage_, 0, 0, 0, supply=supply)
        arrives = gst.inside(held.amount_to_clear, supply).taxable

        assert usage_ <= arrives <= usage_ + 2
