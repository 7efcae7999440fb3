"""The one place that reads the time. Only doors call it; use cases take `now`, rules take dates.

Business dates are Indian: `today()` and Django's `localdate` work in Asia/Kolkata.
"""

import time
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

FRESH = 1.0  # seconds that a process of a demo remembers how far its clock was moved
_moved: tuple[float, timedelta] | None = None  # read when (monotonic), and the offset


class NotADemo(RuntimeError):
    """The clock of a production instance cannot be moved."""


def now() -> datetime:
    """Return the present moment, aware; of a demo by as much ahead as it was moved."""
    return timezone.now() + offset() if settings.DEMO else timezone.now()


def forget() -> None:
    """Read a demo's clock anew the next time: another process may just have moved it."""
    global _moved
    _moved = None


def is_jumping() -> bool:
    """Whether a demo's clock is being moved ahead: until it is there, its mover alone does the jobs."""
    if not settings.DEMO:
        return False
    with connection.cursor() as cursor:
        cursor.execute("select exists (select 1 from accounts_demomove where finished_at is null)")
        return bool(cursor.fetchone()[0])


def offset() -> timedelta:
    """Return how far a demo's clock was moved; zero elsewhere. One small query a second at most."""
    global _moved
    if not settings.DEMO:
        return timedelta(0)
    if _moved is None or time.monotonic() - _moved[0] > FRESH:
        _moved = (time.monotonic(), _read())
    return _moved[1]


def move(by: timedelta) -> timedelta:
    """Move a demo's clock ahead, for all its processes; return how far it is now. Raises NotADemo."""
    global _moved
    if not settings.DEMO:
        raise NotADemo("Only a demo's clock is moved.")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into accounts_democlock as c (id, seconds) values (1, %s)"
            " on conflict (id) do update set seconds = c.seconds + excluded.seconds",
            [max(0, int(by.total_seconds()))],
        )
    _moved = None
    return offset()


def _read() -> timedelta:
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('accounts_democlock') is not null")
        if not cursor.fetchone()[0]:  # while the first migrations run
            return timedelta(0)
        cursor.execute("select coalesce(max(seconds), 0) from accounts_democlock")
        return timedelta(seconds=cursor.fetchone()[0])


def business_date(moment: datetime) -> date:
    """Return the Indian calendar date of a moment; it changes at 18:30 UTC."""
    return timezone.localdate(moment)


def today() -> date:
    """Return the present Indian business date."""
    return business_date(now())


def skew() -> timedelta:
    """Return how far this machine's clock is ahead of the database's: hosts that disagree harm nobody."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (there,) = cursor.fetchone()
    return timezone.now() - there
