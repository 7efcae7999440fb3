"""Usage rows into the database: one COPY, one statement. Keys, records, counters and days move together or not.

The rows are sorted by id, so that two batches with the same ids wait for each other in one order.
"""

import functools
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from invoices.usage_checks import Record

EPOCH = date(1970, 1, 1).toordinal()


class Row(NamedTuple):
    """A rated record: its place in the batch, where it counts, units, and millipaise a unit if there is a price."""

    place: int
    record: Record
    account: int
    cycle: int
    units: int
    unit_price: int | None
    is_late: bool


def number(day: date) -> int:
    """Return the days from 1970-01-01 to a day."""
    return day.toordinal() - EPOCH


@functools.lru_cache(maxsize=1024)
def day_of(days: int) -> date:
    """Return the day so many days after 1970-01-01."""
    return date.fromordinal(EPOCH + days)


@functools.lru_cache(maxsize=1024)
def month_of(days: int) -> date:
    """Return the first day of its month."""
    return day_of(days).replace(day=1)


BATCH = """
    create temporary table if not exists usage_batch (
        place integer, record_id varchar(64) collate "C", account_id bigint, feature_id varchar(20), cycle_id bigint,
        day date, month date, caller varchar(20), called varchar(20), started_at timestamptz,
        answered_at timestamptz, ended_at timestamptz, units integer, unit_price bigint, is_late boolean
    ) on commit delete rows;
    truncate usage_batch  -- a second batch in one transaction
"""
NULL = "\\N"
COPY = "copy usage_batch from stdin"
STORE = """
    with keyed as (
        insert into invoices_usagekey (source, record_id) select %(source)s, record_id from usage_batch
        on conflict do nothing returning record_id
    ), taken as materialized (
        select b.* from usage_batch b join keyed using (record_id)
    ), stored as (
        insert into invoices_usagerecord (
            month, source, record_id, account_id, feature_id, cycle_id, caller, called, started_at, answered_at,
            ended_at, units, unit_price, is_late, received_at
        )
        select month, %(source)s, record_id, account_id, feature_id, cycle_id, caller, called, started_at, answered_at,
            ended_at, units, unit_price, is_late, %(now)s
        from taken
    ), counted as (
        insert into invoices_usagecounter as c
            (account_id, cycle_id, feature_id, records, units, amount, unrated, late)
        select account_id, cycle_id, feature_id, count(*),
            sum(case when unit_price is null then 0 else units end),
            sum(coalesce(units * unit_price, 0)),
            count(*) filter (where unit_price is null), count(*) filter (where is_late)
        from taken group by account_id, cycle_id, feature_id order by cycle_id, feature_id
        on conflict (cycle_id, feature_id) do update set
            records = c.records + excluded.records, units = c.units + excluded.units,
            amount = c.amount + excluded.amount, unrated = c.unrated + excluded.unrated, late = c.late + excluded.late
    ), days as (
        insert into invoices_usageday as d (account_id, day, feature_id, records, units, amount)
        select account_id, day, feature_id, count(*),
            sum(case when unit_price is null then 0 else units end), sum(coalesce(units * unit_price, 0))
        from taken group by account_id, day, feature_id order by account_id, day, feature_id
        on conflict (account_id, day, feature_id) do update set
            records = d.records + excluded.records, units = d.units + excluded.units,
            amount = d.amount + excluded.amount
    )
    select place from usage_batch where record_id not in (select record_id from keyed)
"""


def write(rows: list[Row], *, source: str, now: datetime) -> list[int]:
    """Store what is new and count it; return the places of those stored before. The caller holds the locks."""
    if not rows:
        return []
    rows.sort(key=lambda row: row.record.id)
    with connection.cursor() as cursor:
        cursor.execute(BATCH)
        with cursor.copy(COPY) as copy:
            copy.write("".join(map(_line, rows)))
        cursor.execute(STORE, {"source": source, "now": now})
        return [row[0] for row in cursor.fetchall()]


@functools.lru_cache(maxsize=1024)
def _days(days: int) -> str:
    """The day and its month, as COPY reads them: a batch has few of them, and many rows."""
    return f"{day_of(days)}\t{month_of(days)}"


def _line(row: Row) -> str:
    """Write a row as COPY reads it. An id is the only text that may hold a backslash."""
    place, record, account, cycle, units, price, is_late = row
    key = record.id if "\\" not in record.id else record.id.replace("\\", "\\\\")
    answered, ended = record.answered_at, record.ended_at
    return (
        f"{place}\t{key}\t{account}\t{record.feature}\t{cycle}\t{_days(record.day)}\t"
        f"{record.caller}\t{record.called}\t{record.started_at.isoformat()}\t"
        f"{answered.isoformat() if answered else NULL}\t{ended.isoformat() if ended else NULL}\t"
        f"{units}\t{NULL if price is None else price}\t{'t' if is_late else 'f'}\n"
    )
