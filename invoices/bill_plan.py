"""What a cycle's invoice says: its lines in a fixed order, from facts. Pure.

Rental and add-ons in advance, usage in arrears above its free units, rental of days at `suspended` taken back,
one-time charges, then discounts as lines of their own, never below zero in all (PRODUCT § 2.3; gst reference
§§ 8.1, 15). Amounts are paise before tax.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from billing_portal.money import Paise, grouped, inr, share
from invoices.cycle import Span, prorated
from invoices.rating import MILLI, Used

DAY = timedelta(days=1)
WHOLE = 10_000  # basis points


class Kind(StrEnum):
    """What a line is for."""

    RENTAL = "rental"
    USAGE = "usage"
    OTHER = "other"


@dataclass(frozen=True)
class Line:
    """A line before its tax; a discount is negative."""

    description: str
    taxable: Paise
    sac: str
    kind: Kind = field(default=Kind.OTHER, compare=False)


@dataclass(frozen=True)
class Usage:
    """What one feature used in the ended cycle."""

    name: str
    unit: str
    sac: str
    used: Used
    late: int = 0  # records of earlier cycles among them


@dataclass(frozen=True)
class Extra:
    """An add-on: `price` for a whole cycle of one piece; charged already until a day."""

    id: int
    description: str
    sac: str
    price: Paise
    quantity: int
    starts_on: date
    ends_on: date | None
    charged_until: date | None


@dataclass(frozen=True)
class Once:
    """A one-time charge that waits."""

    id: int
    description: str
    sac: str
    amount: Paise


@dataclass(frozen=True)
class Off:
    """A discount: basis points of the rental line, or an amount."""

    id: int
    description: str
    basis_points: int | None
    amount: Paise | None
    is_rest: bool = False  # what a correction left over: it takes nothing off the rental of the cycle to come


@dataclass(frozen=True)
class Facts:
    """All that decides an invoice. `next_rental` is 0 while the account is suspended."""

    plan: str
    sac: str
    ended: Span
    full_days: int  # of the anniversary cycle that the ended one is (a part of)
    price: Paise  # the ended cycle's rental, whole
    charged: Paise  # of it, in advance
    discounted: Paise = field(default=0, kw_only=True)  # of that, taken off by discounts
    suspended: int  # its days at `suspended` or beyond
    next_plan: str
    next_sac: str
    next_span: Span
    next_rental: Paise
    usage: Sequence[Usage] = ()
    add_ons: Sequence[Extra] = ()
    charges: Sequence[Once] = ()
    discounts: Sequence[Off] = ()
    idle: Collection[date] = ()  # days of the ended anniversary cycle on which nothing was supplied


@dataclass(frozen=True)
class BillPlan:
    """The lines, which rows they use up, and what of a correction found no room on this invoice."""

    lines: tuple[Line, ...]
    add_ons: tuple[int, ...]
    charges: tuple[int, ...]
    discounts: tuple[int, ...]
    carried: Paise = 0  # to be taken off the next invoice
    discounted: Paise = 0  # what discounts take off the rental of the next cycle

    @property
    def taxable(self) -> Paise:
        return sum(line.taxable for line in self.lines)


def plan(facts: Facts) -> BillPlan:
    """Return what the invoice of an ended cycle is."""
    rental = facts.next_rental
    lines = (
        [Line(f"{facts.next_plan}: rental {period(facts.next_span)}", rental, facts.next_sac, Kind.RENTAL)]
        if rental
        else []
    )
    add_ons = [(one, amount) for one in by_id(facts.add_ons) if (amount := add_on(one, facts))]
    lines += [Line(_add_on_words(one, facts), amount, one.sac) for one, amount in add_ons]
    lines += [usage_line(one, facts.ended) for one in facts.usage if one.used.charge]
    correction = rental_due(facts) - (facts.charged - facts.discounted)
    if correction > 0:
        lines.append(
            Line(f"{facts.plan}: rental {period(facts.ended)}, days in service", correction, facts.sac)
        )
    lines += [Line(one.description, one.amount, one.sac) for one in by_id(facts.charges)]
    room = sum(line.taxable for line in lines)
    taken = min(room, max(0, -correction))
    if taken:
        days = f"{facts.suspended} day{'s' if facts.suspended > 1 else ''}"
        lines.append(Line(f"Rental not charged: {days} out of service", -taken, facts.sac))
    discounts, off = _discounts(facts, rental, room - taken)
    discounted = _off_the_rental(facts, rental, room, dict(zip(discounts, off, strict=True)))
    return BillPlan(
        tuple(lines + off),
        tuple(one.id for one, _amount in add_ons),
        tuple(one.id for one in facts.charges),
        discounts,
        carried=max(0, -correction) - taken,
        discounted=discounted,
    )


def rental_due(facts: Facts) -> Paise:
    """Return the ended cycle's rental, after discounts, for the days that were not at `suspended` or beyond."""
    return used_rental(
        price=facts.price,
        charged=facts.charged,
        discounted=facts.discounted,
        days=facts.ended.days,
        of=facts.ended.days,
        suspended=facts.suspended,
        full_days=facts.full_days,
    )


def used_rental(
    *,
    price: Paise,
    charged: Paise,
    discounted: Paise,
    days: int,
    of: int,
    suspended: int,
    full_days: int,
) -> Paise:
    """Return what the first `days` of a cycle of `of` days cost, after discounts, without days out of service.

    `price` is the rental of `full_days`; `charged` and `discounted` are of all `of` days. A cycle that was not
    charged in advance (0) costs its price.
    """
    if not suspended and charged:
        return prorated(charged - discounted, days, of)
    due = prorated(price, days - suspended, full_days)
    return share(due, charged - discounted, charged) if discounted else due


def add_on(one: Extra, facts: Facts) -> Paise:
    """Return what an add-on costs from its first uncharged day to the next cycle's end, by days of each cycle.

    Days of the ended cycle on which nothing was supplied are left out.
    """
    whole = one.price * one.quantity
    return sum(prorated(whole, days, cycle.days) for _span, days, cycle in _charged(one, facts))


def _charged(one: Extra, facts: Facts) -> list[tuple[Span, int, Span]]:
    """Return what an add-on is charged for in the ended and the next cycle: from when to when, days, whole cycle."""
    first = max(one.starts_on, one.charged_until + DAY if one.charged_until else one.starts_on)
    last = min(one.ends_on or facts.next_span.ends_on, facts.next_span.ends_on)
    ended = facts.ended.ends_on
    anniversary = Span(ended - (facts.full_days - 1) * DAY, ended)  # also where an upgrade split it
    found = []
    for cycle in (anniversary, facts.next_span):
        part = Span(max(first, cycle.starts_on), min(last, cycle.ends_on))
        days = [part.starts_on + n * DAY for n in range(part.days)]
        served = [day for day in days if day not in facts.idle]
        if served:
            found.append((Span(served[0], served[-1]), len(served), cycle))
    return found


def _add_on_words(one: Extra, facts: Facts) -> str:
    """Return an add-on with its period, pieces and price, and the days where a cycle is charged in part."""
    parts = _charged(one, facts)
    days = [f"{count} of {cycle.days} days" for _part, count, cycle in parts]
    by_days = (
        "" if [part for part, _count, _cycle in parts] == [facts.next_span] else f", {' and '.join(days)}"
    )
    span = Span(parts[0][0].starts_on, parts[-1][0].ends_on)
    return f"{one.description} {period(span)}: {one.quantity} × {inr(one.price)}{by_days}"


def _discounts(facts: Facts, rental: Paise, room: Paise) -> tuple[tuple[int, ...], list[Line]]:
    """Return the discounts that found room, and their lines."""
    used, lines = [], []
    for one in by_id(facts.discounts):
        wanted = one.amount if one.amount is not None else share(rental, one.basis_points or 0, WHOLE)
        amount = min(room, wanted)
        if amount > 0:
            used.append(one.id)
            lines.append(Line(one.description, -amount, facts.sac))
            room -= amount
    return tuple(used), lines


def _off_the_rental(facts: Facts, rental: Paise, room: Paise, lines: Mapping[int, Line]) -> Paise:
    """Return how much of the discounts falls on the next cycle's rental: a part of it, or by the lines' worth."""
    found = 0
    for one in facts.discounts:
        if one.id in lines and not one.is_rest:
            amount = -lines[one.id].taxable
            found += share(amount, rental, room) if one.amount is not None else amount
    return min(rental, found)


def printed(one: Usage) -> dict[str, Any]:
    """Return a feature's usage as an invoice keeps it; the unit price in millipaise."""
    return {
        "feature": one.name,
        "unit": one.unit,
        "units": one.used.units,
        "free": one.used.free,
        "billable": one.used.billable,
        "unit_price": one.used.unit_price,
        "amount": one.used.charge,
        "late": one.late,
    }


def by_id(rows: Sequence) -> list:
    """Return rows in the order they were made, however they were read."""
    return sorted(rows, key=lambda row: row.id)


def usage_line(one: Usage, span: Span) -> Line:
    """Return the line of a feature's usage above its free units."""
    used = one.used
    free = f" above {grouped(used.free)} free" if used.free else ""
    units = f"{grouped(used.billable)} {one.unit}{'' if used.billable == 1 else 's'}"
    words = f"{one.name} {period(span)}: {units}{free} at {unit_price(used.unit_price)}"
    return Line(words, used.charge, one.sac, Kind.USAGE)


def unit_price(millipaise: int) -> str:
    """Write a price of a unit as ₹0.60, or as ₹0.0375 where two places do not hold it."""
    paise, rest = divmod(millipaise, MILLI)
    return inr(paise) + (f"{rest:03}".rstrip("0") if rest else "")


def period(span: Span) -> str:
    """Write days as 5 Nov – 4 Dec 2026."""
    first, last = span.starts_on, span.ends_on
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {first:%b}{year} – {last.day} {last:%b %Y}"
