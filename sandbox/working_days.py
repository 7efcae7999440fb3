"""Indian bank working days: not Sundays, 2nd and 4th Saturdays, nor the holidays of the table.

The table is the state's value `holidays`, a list of Indian dates like "2026-10-02"; until one is set, the three
national holidays of every year. Moments are epoch seconds; what is added keeps the time of day (there is no summer
time in India).
"""

from datetime import date, datetime, timedelta, timezone

from sandbox.world import World

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
DAY = 86400
NATIONAL = ("01-26", "08-15", "10-02")  # Republic Day, Independence Day, Gandhi Jayanti


def is_working_day(world: World, epoch: float) -> bool:
    day = datetime.fromtimestamp(epoch, INDIA).date()
    return not (_is_weekend(day) or _is_holiday(world, day))


def _is_weekend(day: date) -> bool:
    """Say whether banks are shut on every such day: a Sunday, or the month's second or fourth Saturday."""
    number_in_month = (day.day - 1) // 7 + 1
    return day.weekday() == 6 or (day.weekday() == 5 and number_in_month in (2, 4))


def _is_holiday(world: World, day: date) -> bool:
    table = world.store.meta("holidays")
    return f"{day:%m-%d}" in NATIONAL if table is None else day.isoformat() in table


def next_working_day(world: World, epoch: float) -> float:
    """Return the same time of day on the first working day after that of `epoch`."""
    epoch += DAY
    while not is_working_day(world, epoch):
        epoch += DAY
    return epoch


def add_working_days(world: World, epoch: float, n: int) -> float:
    """Return the same time of day, `n` working days later; 0 is `epoch` itself, working day or not."""
    for _ in range(n):
        epoch = next_working_day(world, epoch)
    return epoch
