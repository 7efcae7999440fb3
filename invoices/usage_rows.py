"""Usage rows into the database: keys, records, counters and days move together or not.

Keys go in by id, so that two batches with the same ids wait for each other in one order, and by plain COPY: that
is several times as fast as asking for conflicts. Only a batch that holds a key taken before is asked row by row.
Records go in by account, so that their index is written page by page.
"""

import functools
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from billing_portal import bulk
from billing_portal.bulk import LENGTH, NULL
from invoices.usage_checks import SECOND, Record

EPOCH = date(1970, 1, 1).toordinal()
SHIFT = 946_684_800 * SECOND  # from 1970 to PostgreSQL's epoch


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


Key = tuple[int, int, str]


class Sums(NamedTuple):
    """What a batch adds to counters and days, each of which is then written once."""

    cycles: dict[Key, list[int]]  # (cycle, account, feature): records, units, amount, unrated, late
    days: dict[Key, list[int]]  # (account, day, feature): records, units, amount

    def add(
        self, account: int, cycle: int, day: int, feature: str, units: int, price: int | None, is_late: bool
    ) -> None:
        counter = self.cycles.get(key := (cycle, account, feature))
        if counter is None:
            counter = self.cycles[key] = [0, 0, 0, 0, 0]
        of_day = self.days.get(key := (account, day, feature))
        if of_day is None:
            of_day = self.days[key] = [0, 0, 0]
        counter[0] += 1
        of_day[0] += 1
        if price is None:
            counter[3] += 1
        else:
            amount = units * price
            counter[1] += units
            counter[2] += amount
            of_day[1] += units
            of_day[2] += amount
        if is_late:
            counter[4] += 1


KEYS = ("source", "record_id")
ASK = """
    insert into invoices_usagekey (source, record_id) select %s, unnest(%s::varchar[])
    on conflict do nothing returning record_id
"""
RECORDS = (
    "source", "received_at", "month", "is_late", "record_id", "feature_id", "caller", "called",
    "account_id", "cycle_id", "units", "started_at", "answered_at", "ended_at", "unit_price",
)  # fmt: skip
FIXED = Struct("!iqiqiiiq").pack  # account, cycle, units, start: each behind its length
WHOLE = Struct("!iqiqiiiqiqiqiq").pack  # the same with answer, end and price
ONE = Struct("!iq").pack
COUNTERS = """
    insert into invoices_usagecounter as c (account_id, cycle_id, feature_id, records, units, amount, unrated, late)
    select account, cycle, feature, records, units, amount, unrated, late
    from unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
        %s::bigint[]) as new(cycle, account, feature, records, units, amount, unrated, late)
    on conflict (cycle_id, feature_id) do update set
        records = c.records + excluded.records, units = c.units + excluded.units,
        amount = c.amount + excluded.amount, unrated = c.unrated + excluded.unrated, late = c.late + excluded.late
"""
DAYS = """
    insert into invoices_usageday as d (account_id, day, feature_id, records, units, amount)
    select account, date '1970-01-01' + day, feature, records, units, amount
    from unnest(%s::bigint[], %s::integer[], %s::varchar[], %s::bigint[], %s::bigint[], %s::bigint[])
        as new(account, day, feature, records, units, amount)
    on conflict (account_id, day, feature_id) do update set
        records = d.records + excluded.records, units = d.units + excluded.units,
        amount = d.amount + excluded.amount
"""


def write(rows: list[Row], *, source: str, now: datetime) -> list[int]:
    """Store what is new and count it; return the places of those stored before. The caller holds the locks."""
    if not rows:
        return []
    known = _take_keys(sorted(row.record.id for row in rows), source)
    taken = [row for row in rows if row.record.id not in known] if known else rows
    if taken:
        sums = Sums({}, {})
        taken.sort(key=itemgetter(2))
        bulk.copy("invoices_usagerecord", RECORDS, _packed(taken, source, now, sums))
        with connection.cursor() as cursor:
            for statement, added in ((COUNTERS, sums.cycles), (DAYS, sums.days)):
                cursor.execute(
                    statement, bulk.arrays((*key, *values) for key, values in sorted(added.items()))
                )
    return [row.place for row in rows if row.record.id in known] if known else []


def _take_keys(ids: list[str], source: str) -> set[str]:
    """Take the ids of a source, each given once and in order; return those taken before."""
    begin = bulk.head(len(KEYS)) + bulk.text(source)
    try:
        with transaction.atomic():
            bulk.copy("invoices_usagekey", KEYS, (begin + LENGTH[len(one)] + one.encode() for one in ids))
    except IntegrityError:
        with connection.cursor() as cursor:
            cursor.execute(ASK, [source, ids])
            return set(ids).difference(one for (one,) in cursor.fetchall())
    return set()


def _packed(rows: Iterable[Row], source: str, now: datetime, sums: Sums) -> Iterator[bytes]:
    """Give rows as COPY reads them, and add them up. All text is ASCII: as many bytes as characters."""
    begin = bulk.head(len(RECORDS)) + bulk.text(source) + bulk.moment(now)
    ahead = functools.cache(lambda day, is_late: begin + bulk.day(month_of(day)) + bulk.flag(is_late))
    name = functools.cache(bulk.text)
    for _place, one, account, cycle, units, price, is_late in rows:
        sums.add(account, cycle, one.day, one.feature, units, price, is_late)
        key, caller, called, start = one.id, one.caller, one.called, one.started_at - SHIFT
        answer, end = one.answered_at, one.ended_at
        if answer is None or end is None or price is None:
            rest = FIXED(8, account, 8, cycle, 4, units, 8, start) + _optional(answer, end, price)
        else:
            rest = WHOLE(
                8, account, 8, cycle, 4, units, 8, start, 8, answer - SHIFT, 8, end - SHIFT, 8, price
            )  # fmt: skip
        yield (
            ahead(one.day, is_late) + LENGTH[len(key)] + key.encode() + name(one.feature)
            + LENGTH[len(caller)] + caller.encode() + LENGTH[len(called)] + called.encode() + rest
        )  # fmt: skip


def _optional(answer: int | None, end: int | None, price: int | None) -> bytes:
    return (
        (NULL if answer is None else ONE(8, answer - SHIFT))
        + (NULL if end is None else ONE(8, end - SHIFT))
        + (NULL if price is None else ONE(8, price))
    )
