"""Pages of a list by where the last one ended, never by counting: the thousandth costs what the first does.

A cursor is opaque to its reader; one that was not made here is refused by its name.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from billing_portal.problems import Invalid

Row = TypeVar("Row", bound=Model)
BROKEN = "No cursor of this list; begin without one."


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the next page; "" at the end."""

    rows: Sequence[Row]
    next: str


def write(*marks: object) -> str:
    """Return the cursor of a place."""
    return base64.urlsafe_b64encode(json.dumps([str(mark) for mark in marks]).encode()).decode().rstrip("=")


def read(cursor: str, *kinds: Callable[[str], Any]) -> tuple[Any, ...]:
    """Return a cursor's place, each mark read by its kind. Raises Invalid."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        marks = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if isinstance(marks, list) and len(marks) == len(kinds) and all(isinstance(m, str) for m in marks):
            return tuple(kind(mark) for kind, mark in zip(kinds, marks, strict=True))
    except (ValueError, binascii.Error, RecursionError):
        pass
    raise Invalid({"cursor": BROKEN})


def number(said: str) -> int:
    """Read a row's number."""
    found = int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0
    if not found:
        raise ValueError
    return found


def day(said: str) -> date:
    """Read a day."""
    return _of_our_time(date.fromisoformat(said))


def moment(said: str) -> datetime:
    """Read an aware moment."""
    found = datetime.fromisoformat(said)
    if found.tzinfo is None:
        raise ValueError
    return _of_our_time(found)


Day = TypeVar("Day", bound=date)


def _of_our_time(found: Day) -> Day:
    if not 2000 <= found.year <= 2100:
        raise ValueError
    return found


def page(rows: QuerySet[Row], field: str, kind: Callable[[str], Any], *, cursor: str, size: int) -> Page[Row]:
    """Return the page of rows, newest first by `field` and number, that begins at a cursor. One query.

    Raises Invalid.
    """
    if cursor:
        mark, pk = read(cursor, kind, number)
        earlier = Q(**{f"{field}__lt": mark}) | Q(**{field: mark, "pk__lt": pk})
        rows = rows.filter(earlier, **{f"{field}__lte": mark})
    found = list(rows.order_by(f"-{field}", "-pk")[: size + 1])
    if len(found) <= size:
        return Page(found, "")
    last = found[size - 1]
    return Page(found[:size], write(getattr(last, field).isoformat(), last.pk))
