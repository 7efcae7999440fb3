"""Many rows into one table by COPY in PostgreSQL's binary form: no text is made here and none is read there.

Two to four times as fast as `bulk_create`. Errors come as Django's own, so that a unit of work repeats on a deadlock.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import chain, islice

from django.db import connection

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
LENGTH = tuple(length.to_bytes(4, "big") for length in range(1024))  # what stands before a value
PART = 500  # rows sent at a time

SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
EPOCH_DAY = date(2000, 1, 1).toordinal()


def copy(table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Copy finished rows (see `row`) into a table. The names are ours, never a stranger's."""
    statement = f"copy {table} ({', '.join(columns)}) from stdin (format binary)"
    parts = chain((HEADER,), rows, (TRAILER,))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as stream:
        while part := b"".join(islice(parts, PART)):
            stream.write(part)  # the server stores it while the next one is made


def head(count: int) -> bytes:
    """Return what a row of so many values begins with."""
    return count.to_bytes(2, "big")


def text(value: str) -> bytes:
    """Return a text value with its length."""
    given = value.encode()
    return (LENGTH[len(given)] if len(given) < len(LENGTH) else len(given).to_bytes(4, "big")) + given


def day(value: date) -> bytes:
    """Return a date value with its length."""
    return LENGTH[4] + (value.toordinal() - EPOCH_DAY).to_bytes(4, "big", signed=True)


def moment(value: datetime) -> bytes:
    """Return a time value with its length."""
    return LENGTH[8] + microseconds(value).to_bytes(8, "big", signed=True)


def flag(value: bool) -> bytes:
    """Return a truth value with its length."""
    return LENGTH[1] + (b"\1" if value else b"\0")


def microseconds(value: datetime) -> int:
    """Return the microseconds from PostgreSQL's epoch to an aware time."""
    since = value - EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds
