"""What an address of the API may ask for: one row a parameter, read by the door and printed in the OpenAPI document.

A parameter that is not in the table, stands twice, or cannot be read is refused by its name.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict

from billing_portal import cursors
from billing_portal.problems import Invalid
from billing_portal.text import whole

YEARS = range(2000, 2101)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LONGEST_CURSOR = 200  # characters
PAGE, LARGEST_PAGE = 50, 200  # rows


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query; `read` raises ValueError that says what it has to be."""

    name: str
    what: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    default: Any = None


def day(name: str, what: str) -> Parameter:
    """Return a parameter that is an Indian calendar day."""
    return Parameter(name, what, {"type": "string", "format": "date"}, _day)


def one_of(name: str, what: str, codes: Iterable[str]) -> Parameter:
    """Return a parameter that is one of some codes."""
    known = list(codes)

    def read(said: str) -> str:
        if said not in known:
            raise ValueError(f"One of {', '.join(known)}.")
        return said

    return Parameter(name, what, {"type": "string", "enum": known}, read)


def _limit(said: str) -> int:
    number = whole(said)
    if number is None or not 1 <= number <= LARGEST_PAGE:
        raise ValueError(f"A whole number from 1 to {LARGEST_PAGE}.")
    return number


def _cursor(said: str) -> str:
    if not said or len(said) > LONGEST_CURSOR:
        raise ValueError(cursors.BROKEN)
    return said


LIMIT = Parameter(
    "limit",
    "How many rows a page has.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
    _limit,
    PAGE,
)
CURSOR = Parameter(
    "cursor",
    "Where the page begins: `next_cursor` of the page before.",
    {"type": "string", "maxLength": LONGEST_CURSOR},
    _cursor,
    "",
)
PAGED = (CURSOR, LIMIT)


def _day(said: str) -> date:
    if DAY.fullmatch(said):
        try:
            found = date.fromisoformat(said)
        except ValueError:
            pass
        else:
            if found.year in YEARS:
                return found
    raise ValueError(f"A day like 2026-11-24, from {YEARS[0]} to {YEARS[-1]}.")


def read(known: Sequence[Parameter], given: QueryDict) -> dict[str, Any]:
    """Return what a query asks for, with the defaults of what it leaves out. Raises Invalid."""
    names = {one.name: one for one in known}
    errors: dict[str, str] = {}
    found = {one.name: one.default for one in known}
    for name, values in given.lists():
        if name not in names:
            errors[name[:40]] = f"No such parameter here. There is {', '.join(names) or 'none'}."
        elif len(values) != 1:
            errors[name] = "Given more than once."
        else:
            try:
                found[name] = names[name].read(values[0])
            except ValueError as error:
                errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return found


def period(asked: Mapping[str, Any], *, usual: tuple[date, date], longest: timedelta) -> tuple[date, date]:
    """Return the days asked for by `first` and `last`, both included; where one is left out the usual one's.

    Raises Invalid.
    """
    first, last = asked["first"] or usual[0], asked["last"] or usual[1]
    if not first <= last <= first + longest:
        raise Invalid({"last": f"The last day ({last}) is not before the first ({first}), at most "
                               f"{longest.days} days later."})  # fmt: skip
    return first, last
