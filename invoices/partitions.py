"""Monthly partitions of the usage records: made ahead, so that no record ever lacks a place.

A default partition takes what lies outside; `verify_books` names it when it is not empty.
"""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from billing_portal import clock

AHEAD = 3  # months
BACK = 3  # months; what is older than 62 days is not taken
LOCK = 7_301_004  # advisory: one maker at a time


def set_up(**_signal: Any) -> None:
    """Make the present months after each migration."""
    create_ahead(now=clock.now())


def create_ahead(*, now: datetime) -> list[str]:
    """Make the partitions from three months ago to three months ahead; return the names of the new ones."""
    today = clock.business_date(now)
    return ensure({_month(today, offset) for offset in range(-BACK, AHEAD + 1)})


def ensure(months: set[date]) -> list[str]:
    """Make the partitions of these months that are missing; return their names. One query when none is."""
    wanted = sorted(months)
    with connection.cursor() as cursor:
        cursor.execute(
            "select month from unnest(%s::date[]) month where to_regclass("
            "'invoices_usagerecord_' || to_char(month, 'YYYY_MM')) is null order by month",
            [wanted],
        )
        missing = [row[0] for row in cursor.fetchall()]
    return [name for name in map(create, missing) if name]


def create(month: date) -> str | None:
    """Make one month's partition; None if it is there. Safe to run twice and at the same time."""
    name = f"invoices_usagerecord_{month:%Y_%m}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        # not to_regclass: what another connection made a moment ago may be missing in its cache
        cursor.execute(
            "select 1 from pg_inherits i join pg_class c on c.oid = i.inhrelid "
            "where i.inhparent = 'invoices_usagerecord'::regclass and c.relname = %s",
            [name],
        )
        if cursor.fetchone():
            return None
        cursor.execute(
            f"create table if not exists {name} partition of invoices_usagerecord "  # nosec B608 - digits of a date
            f"for values from ('{month:%Y-%m-%d}') to ('{_month(month, 1):%Y-%m-%d}')"
        )
    return name


def _month(day: date, offset: int) -> date:
    months = day.year * 12 + day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)
