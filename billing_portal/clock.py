"""The one place that reads the time. Only doors call it; use cases take `now`, rules take dates.

Business dates are Indian: `today()` and Django's `localdate` work in Asia/Kolkata.
"""

from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """Return the present moment, aware."""
    return timezone.now()


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
