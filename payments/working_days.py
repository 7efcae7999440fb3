"""Indian bank working days: not Sundays, 2nd and 4th Saturdays, nor bank holidays. Pure.

The three national holidays are known; `BANK_HOLIDAYS` adds the State's, as the Reserve Bank lists them each year.
"""

from collections.abc import Collection
from datetime import date, timedelta

NATIONAL = ((1, 26), (8, 15), (10, 2))  # Republic Day, Independence Day, Gandhi Jayanti


def is_working_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Whether banks pay on a day."""
    number_in_month = (day.day - 1) // 7 + 1
    is_weekend = day.weekday() == 6 or (day.weekday() == 5 and number_in_month in (2, 4))
    return not (is_weekend or (day.month, day.day) in NATIONAL or day in holidays)


def add(day: date, days: int, holidays: Collection[date] = ()) -> date:
    """Return the working day that comes so many after a day; 0 is the day itself, working or not."""
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, holidays)
    return day


def back(day: date, days: int, holidays: Collection[date] = ()) -> date:
    """Return the latest day from which `days` working days have passed by `day`: `add(it, days) <= day`."""
    start = day
    while add(start, days, holidays) > day:
        start -= timedelta(days=1)
    return start
