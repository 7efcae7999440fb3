"""Monthly partitions of the usage records: made ahead, so that no record ever lacks a place.

A default partition takes what lies outside; `verify_books` names it when it is not empty.
"""

from datetime import date, datetime
from typing import Any

from django.db import connection

from billing_portal import clock

AHEAD = 3  # months


def set_up(**_signal: Any) -> None:
    """Make the present months after each migration."""
    create_ahead(now=clock.now(), back=1)


def create_ahead(*, now: datetime, back: int = 0) -> list[str]:
    """Make the partitions from `back` months ago to three months ahead; return the names of the new ones."""
    today = clock.business_date(now)
    wanted = [_month(today, offset) for offset in range(-back, AHEAD + 1)]
    return [name for name in map(create, wanted) if name]


def create(month: date) -> str | None:
    """Make one month's partition; None if it is there. Safe to run twice and at the same time."""
    name = f"invoices_usagerecord_{month:%Y_%m}"
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s) is not null", [name])
        if cursor.fetchone()[0]:
            return None
        cursor.execute(
            f"create table if not exists {name} partition of invoices_usagerecord "  # nosec B608 - digits of a date
            f"for values from ('{month:%Y-%m-%d}') to ('{_month(month, 1):%Y-%m-%d}')"
        )
    return name


def _month(day: date, offset: int) -> date:
    months = day.year * 12 + day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)
