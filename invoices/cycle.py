"""Billing cycles: from the account's anniversary day to the day before the next one. Pure.

The day is kept and clamped in shorter months: 31 Jan → 28/29 Feb → 31 Mar (PRODUCT § 1).
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days from `starts_on` to `ends_on`, both included."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


def anniversary(year: int, month: int, anchor_day: int) -> date:
    """Return the anniversary of a month; months may run past 12 or below 1."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))


def containing(day: date, anchor_day: int) -> Span:
    """Return the cycle that a day lies in."""
    starts_on = anniversary(day.year, day.month, anchor_day)
    if starts_on > day:
        starts_on = anniversary(day.year, day.month - 1, anchor_day)
    return Span(starts_on, anniversary(starts_on.year, starts_on.month + 1, anchor_day) - DAY)


def following(span: Span, anchor_day: int) -> Span:
    """Return the cycle after one."""
    return containing(span.ends_on + DAY, anchor_day)


def prorated(amount: int, days: int, full_days: int) -> int:
    """Return the part of a cycle's price for so many of its days, rounded half up to the paisa."""
    quotient, rest = divmod(amount * days, full_days)
    return quotient + (2 * rest >= full_days)
