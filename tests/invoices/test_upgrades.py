"""An upgrade to the paisa: what was charged and not used comes back, whatever the month, discounts and blocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import restrictions
from accounts.models import Restriction
from invoices import annex, billing_run, extras, rating, upgrades
from invoices.bill_plan import used_rental
from invoices.cycle import prorated
from tests import build
from tests.build import NOW

BEGAN = NOW - timedelta(days=20)  # 4 Nov; the cycle runs until 3 Dec, 30 days
DAY = timedelta(days=1)
books = pytest.mark.django_db


@pytest.fixture
def account(db):
    made = build.account()
    build.subscribed(made, build.plan("small", rental=30_000), now=BEGAN)
    return made


def up(account, *, now=NOW, token="t", **more):
    plan = build.plan("large", rental=90_000)
    return upgrades.upgrade(account.pk, plan.pk, token=token, actor=None, reason="test", now=now, **more)


def amounts(invoice):
    return [line.taxable for line in invoice.lines.all()]


def suspend(account, first, last=None):
    """Suspend from the day `first` on, until `last`."""
    restrictions.impose(account, "manual", Restriction.Level.SUSPENDED, now=first)
    if last:
        restrictions.lift(account, "manual", now=last)


# fmt: off
MONTHS = [
    # begins                             days  upgrade after  lines: 28 or 29 or 31 days
    (datetime(2027, 2, 1, 6, tzinfo=UTC), 28,  7,   [67_500, -22_500]),
    (datetime(2028, 2, 1, 6, tzinfo=UTC), 29,  1,   [86_897, -28_966]),
    (datetime(2026, 12, 1, 6, tzinfo=UTC), 31, 30,  [2_903, -968]),
    (datetime(2026, 12, 1, 6, tzinfo=UTC), 31, 1,   [87_097, -29_032]),
]
# fmt: on


@books
def test_days_out_of_service_that_find_no_room_are_taken_off_the_next_invoice(account):
    suspend(account, BEGAN, BEGAN + 28 * DAY)

    invoice = up(account, now=BEGAN + 29 * DAY)

    assert amounts(invoice) == [3_000, -3_000]  # 30,000 were charged for no day in service
    assert account.discounts.get().amount == 27_000
    billing_run.bill_chunk([account.pk], now=BEGAN + 30 * DAY)
    assert amounts(account.documents.bills().newest_first()[0]) == [90_000, -27_000]
    assert account.cycles.order_by("-starts_on")[0].discounted == 0


@books
def test_a_suspended_account_is_not_enlarged(account):
    suspend(account, NOW - DAY)

    with pytest.raises(upgrades.NotPossible, match="suspended"):
        up(account)


@books
@pytest.mark.parametrize(("began", "days", "after", "expected"), MONTHS)
def test_months_of_any_length_are_split_to_the_paisa(began, days, after, expected):
    made = build.account()
    build.subscribed(made, build.plan("small", rental=30_000), now=began)
    assert made.cycles.get().full_days == days

    assert amounts(up(made, now=began + after * DAY)) == expected


@books
def test_days_out_of_service_before_the_upgrade_come_back_too(account):
    suspend(account, BEGAN + 5 * DAY, BEGAN + 9 * DAY)  # five days, in part counts

    invoice = up(account)

    assert amounts(invoice) == [
        30_000,
        -15_000,
    ]  # 20 days were paid and 5 of them out: 10 + 5 of 30 come back
    assert account.cycles.order_by("starts_on")[0].rental == 15_000


@books
def test_a_cycle_that_began_suspended_is_charged_for_its_days_in_service(account):
    begins = datetime(2026, 12, 4, 6, tzinfo=UTC)
    suspend(account, begins - DAY)
    billing_run.bill_chunk([account.pk], now=begins)
    cycle = account.cycles.order_by("-starts_on")[0]
    assert (cycle.starts_on, cycle.rental) == (begins.date(), 0)
    restrictions.lift(account, "manual", now=begins + 9 * DAY)  # ten of 31 days out of service

    invoice = up(account, now=begins + 20 * DAY)

    assert amounts(invoice) == [prorated(90_000, 11, 31), prorated(30_000, 10, 31)]


@books
@pytest.mark.parametrize(
    ("basis_points", "amount", "credit"),
    [(5_000, None, -7_742), (10_000, None, 0), (None, 30_000, 0), (None, 10_000, -10_323)],
)
def test_only_what_was_really_charged_after_discounts_comes_back(account, basis_points, amount, credit):
    words = {"actor": build.owner(account), "reason": "r", "now": NOW}
    extras.discount(account.pk, "Loyal", basis_points=basis_points, amount=amount, cycles=1, **words)
    begins = datetime(2026, 12, 4, 6, tzinfo=UTC)
    billing_run.bill_chunk([account.pk], now=begins)

    invoice = up(account, now=begins + 15 * DAY)  # 16 of 31 days are left

    assert amounts(invoice) == [prorated(90_000, 16, 31), *([credit] if credit else [])]


@books
def test_its_usage_stands_on_the_invoice_and_in_the_annex(account):
    build.used(account, 700, now=NOW - 3 * DAY)

    invoice = up(account)

    (row,) = invoice.details["usage"]
    assert (row["feature"], row["units"], row["free"], row["billable"]) == ("Click-to-call", 700, 667, 33)
    assert row["amount"] == 1_980
    assert annex.render(invoice).startswith(b"%PDF")


@books
def test_another_amount_than_was_shown_changes_nothing(account):
    with pytest.raises(upgrades.Differs):
        up(account, shown=1)

    assert (account.documents.count(), account.cycles.count()) == (1, 1)
    assert up(account, shown=23_600).total == 23_600
    assert up(account, shown=1).total == 23_600  # the same form again


@given(
    price=st.integers(0, 10**9),
    part=st.integers(0, 10_000),
    of=st.integers(1, 31),
    days=st.integers(0, 31),
    suspended=st.integers(0, 31),
)
def test_what_comes_back_is_within_what_was_charged(price, part, of, days, suspended):
    days = min(days, of)
    suspended = min(suspended, days)
    discounted = price * part // 10_000

    used = used_rental(
        price=price, charged=price, discounted=discounted, days=days, of=of, suspended=suspended, full_days=of
    )

    net = price - discounted
    assert 0 <= used <= net
    assert abs(used * of - net * (days - suspended)) <= 2 * of  # the net price by days, two roundings at most
    if days == of and not suspended:
        assert used == net


@given(free=st.integers(0, 10**6), full=st.integers(28, 31), before=st.integers(0, 31))
def test_the_free_units_of_both_parts_are_those_of_the_whole_rounded_up_once(free, full, before):
    before = min(before, full)

    parts = rating.allowance(free, before, full) + rating.allowance(free, full - before, full)

    assert free <= parts <= free + 1
