"""Many rows into one table by COPY in PostgreSQL's binary form: no text is made here and none is read there.

Errors come as Django's own, so that a unit of work repeats on a deadlock.
"""

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain, islice
from struct import Struct
from typing import Any, TypeVar

from django.db import IntegrityError, connection, models, transaction
from django.db.models.expressions import DatabaseDefault, RawSQL

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
LENGTH = tuple(length.to_bytes(4, "big") for length in range(1024))  # what stands before a value
PART = 500  # rows sent at a time

SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
EPOCH_DAY = date(2000, 1, 1).toordinal()
FEW = 20  # rows that one INSERT writes as fast
INTEGER, BIG = Struct("!ii").pack, Struct("!iq").pack
M = TypeVar("M", bound=models.Model)


def copy(table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Copy finished rows (see `row`) into a table. The names are ours, never a stranger's."""
    statement = f"copy {table} ({', '.join(columns)}) from stdin (format binary)"
    parts = chain((HEADER,), rows, (TRAILER,))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as stream:
        while part := b"".join(islice(parts, PART)):
            stream.write(part)  # the server stores it while the next one is made


def create(rows: Sequence[M], *, ids: bool = False, unless_there: bool = False) -> list[M]:
    """Insert rows of one model as `bulk_create` does, many of them by COPY. Values are of their fields' own types.

    `ids` gives the rows their primary keys, ascending; `unless_there` leaves out what a unique key has already.
    """
    made = list(rows)
    if len(made) < FEW:
        return type(made[0])._default_manager.bulk_create(made, ignore_conflicts=unless_there) if made else []
    if not unless_there:
        return _copy_models(made, ids)
    try:
        with transaction.atomic():
            return _copy_models(made, ids)
    except IntegrityError:
        return type(made[0])._default_manager.bulk_create(made, ignore_conflicts=True)


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that nobody needs as objects: every column but the primary key, by its name in the database."""
    if len(rows) < FEW:
        model._default_manager.bulk_create(model(**row) for row in rows)
    else:
        _copy_values(model, rows, ids=False)


def among(keys: Iterable[str]) -> RawSQL:
    """Return any number of keys as the one parameter of a filter's `__in`; a placeholder each is slow for thousands."""
    return RawSQL("select unnest(%s::varchar[])", [list(keys)])  # nosec B611 - a constant, the keys are bound


def _copy_models(rows: list[M], ids: bool) -> list[M]:
    model = type(rows[0])
    if ids:
        for row, number in zip(rows, _numbers(model._meta.db_table, len(rows)), strict=True):
            row.pk = number
    _copy_values(model, map(vars, rows), ids)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


def _copy_values(model: type[models.Model], rows: Iterable[Mapping[str, Any]], ids: bool) -> None:
    columns, cells = _layout(model, ids)
    begin = head(len(columns))
    lines = (b"".join([begin, *[write(row[name]) for name, write in cells]]) for row in rows)
    copy(model._meta.db_table, columns, lines)


def _numbers(table: str, count: int) -> list[int]:
    """Take so many primary keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count]
        )
        return [number for (number,) in cursor.fetchall()]


@functools.cache
def _layout(
    model: type[models.Model], ids: bool
) -> tuple[list[str], list[tuple[str, Callable[[Any], bytes]]]]:
    """Return the columns of a model, and where each value stands and how it is written."""
    fields = [field for field in model._meta.concrete_fields if ids or not field.primary_key]
    return [str(field.column) for field in fields], [(field.attname, _writer(field)) for field in fields]


def _writer(field: models.Field) -> Callable[[Any], bytes]:
    own = field.target_field if isinstance(field, models.ForeignKey) else field
    write = WRITERS[own.get_internal_type()]
    if field.null:
        return lambda value: NULL if value is None else write(value)
    if field.has_db_default():  # what nobody has set: a literal, as the database would put it
        otherwise = write(field.db_default)
        return lambda value: otherwise if isinstance(value, DatabaseDefault) else write(value)
    return write


def arrays(rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return the columns of rows as arrays in PostgreSQL's words, to be cast: a string each, bound at once.

    For numbers, dates, hashes and codes of ours only: nothing is quoted.
    """
    return ["{" + ",".join(map(_word, column)) + "}" for column in zip(*rows, strict=True)]


def _word(value: Any) -> str:
    return "null" if value is None else str(value) or '""'


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


def document(value: Any) -> bytes:
    """Return a JSON value with its length and the version of its form."""
    given = b"\1" + json.dumps(value).encode()
    return len(given).to_bytes(4, "big") + given


def microseconds(value: datetime) -> int:
    """Return the microseconds from PostgreSQL's epoch to an aware time."""
    since = value - EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "AutoField": lambda value: INTEGER(4, value),
    "BigAutoField": lambda value: BIG(8, value),
    "IntegerField": lambda value: INTEGER(4, value),
    "BigIntegerField": lambda value: BIG(8, value),
    "BooleanField": flag,
    "CharField": text,
    "TextField": text,
    "DateField": day,
    "DateTimeField": moment,
    "JSONField": document,
}
