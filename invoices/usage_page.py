"""What the usage page and the overview tell of a cycle: gauges, days, pace, and what the next invoice may be."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from accounts.models import Account
from billing_portal import charts
from billing_portal.charts import Chart
from billing_portal.money import Paise, share
from invoices import rating
from invoices.cycle import Span
from invoices.models import Cycle, PlanPrice, UsageCounter, UsageDay
from invoices.rating import Used

PACE = 7  # days that a pace is taken from
DAY = timedelta(days=1)
PRICED = ("feature", "free_units", "unit_price")


@dataclass(frozen=True)
class Gauge:
    """One feature of a cycle's price list: used, free, left; also where nothing was used."""

    code: str
    name: str
    unit: str
    used: Used
    unrated: int = 0
    late: int = 0

    @property
    def left(self) -> int:
        """Free units not used yet."""
        return max(0, self.used.allowance - self.used.units)

    @property
    def most(self) -> int:
        """Where the gauge ends: the allowance, or what was used beyond it."""
        return max(self.used.allowance, self.used.units, 1)

    @property
    def is_over(self) -> bool:
        return self.used.units > self.used.allowance


@dataclass(frozen=True)
class Days:
    """Units by day and feature: the chart, and the same as a table."""

    chart: Chart
    names: tuple[str, ...]
    table: tuple[tuple[date, tuple[int, ...]], ...]

    @property
    def is_empty(self) -> bool:
        return not self.chart.bars

    @property
    def units(self) -> int:
        """All units of all days."""
        return sum(sum(units) for _day, units in self.table)


def cycles(account: Account, *, most: int = 24) -> list[Cycle]:
    """Return the account's cycles, newest first."""
    rows = account.cycles.order_by("-starts_on").select_related("version__plan", "invoice")
    return list(rows[:most])


def gauges(cycle: Cycle) -> list[Gauge]:
    """Return every feature of the cycle's price list, and what was used of others. Two queries."""
    rows = UsageCounter.objects.filter(cycle=cycle).select_related("feature").with_prices()
    counted = {row.feature_id: row for row in rows}
    prices = PlanPrice.objects.filter(version=cycle.version_id).select_related("feature")
    found = [
        _gauge(cycle, price, counted.pop(price.feature_id, None))
        for price in prices.order_by("feature__position")
    ]
    return found + [
        Gauge(row.feature_id, row.feature.name, row.feature.unit, _beside(row), row.unrated, row.late)
        for row in counted.values()
    ]


def _beside(row: UsageCounter) -> Used:
    """Return the usage of a feature that the price list does not know, at the price decided for the cycle."""
    price: int | None = row.unit_price  # type: ignore[attr-defined]
    return Used(0, 0, 0) if price is None else Used(row.units, 0, price)


def _gauge(cycle: Cycle, price: PlanPrice, row: UsageCounter | None) -> Gauge:
    free = rating.allowance(price.free_units, cycle.days, cycle.full_days)
    used = Used(row.units if row else 0, free, price.unit_price)
    feature = price.feature
    unrated, late = (row.unrated, row.late) if row else (0, 0)
    return Gauge(feature.code, feature.name, feature.unit, used, unrated, late)


def days(account: Account, span: Span) -> Days:
    """Return the units of each day by feature. One query."""
    rows = UsageDay.objects.filter(account=account, day__range=(span.starts_on, span.ends_on))
    by_feature: dict[tuple[int, str], dict[date, int]] = {}
    for row in rows.select_related("feature"):
        key = row.feature.position, row.feature.name
        by_feature.setdefault(key, {})[row.day] = row.units
    series = [by_feature[key] for key in sorted(by_feature)]
    names = tuple(name for _position, name in sorted(by_feature))
    every = [span.starts_on + n * DAY for n in range(span.days)]
    table = tuple(
        (day, tuple(one.get(day, 0) for one in series)) for day in every if any(day in one for one in series)
    )
    return Days(charts.by_day(every, series, names), names, table)


def pace(account: Account, today: date) -> Paise:
    """Return what a day costs, in paise before tax: rental, and the last seven whole days' usage beyond free units.

    Free units and rental count by the day, as the running cycle's price list has them. Two queries.
    """
    listed = list(
        Cycle.objects.filter(account=account, starts_on__lte=today, ends_on__gte=today).values_list(
            "full_days", "version__rental", *(f"version__prices__{name}" for name in PRICED)
        )
    )
    if not listed:
        return 0
    rows = UsageDay.objects.filter(account=account, day__range=(today - PACE * DAY, today - DAY))
    week = dict(rows.values_list("feature").annotate(units=Sum("units")))
    full_days, rental = listed[0][:2]
    used = [
        Used(week.get(feature, 0), rating.allowance(free, PACE, full_days), price)
        for _days, _rental, feature, free, price in listed
        if feature
    ]
    return sum(one.charge for one in used) // PACE + share(rental, 1, full_days)
