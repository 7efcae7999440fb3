"""The bank's working days: no Sundays, 2nd and 4th Saturdays, national holidays, nor the operator's own. Pure.

Banks close on other days from State to State; the operator lists those of its bank in `BANK_HOLIDAYS`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

NATIONAL = ((1, 26), (8, 15), (10, 2))  # month, day: Republic Day, Independence Day, Gandhi Jayanti
DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True)
class BankDays:
    """The working days of a bank that is also closed on `holidays`."""

    holidays: Collection[date] = ()

    def is_working(self, day: date) -> bool:
        """Whether the bank works on this day."""
        if day.weekday() == SUNDAY or (day.month, day.day) in NATIONAL or day in self.holidays:
            return False
        return not (day.weekday() == SATURDAY and (day.day - 1) // 7 + 1 in (2, 4))

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after this one; 0 is the day itself, working or not."""
        for _ in range(count):
            day = self.from_on(day + DAY)
        return day

    def from_on(self, day: date) -> date:
        """Return this day, or the first working one after it."""
        while not self.is_working(day):
            day += DAY
        return day
