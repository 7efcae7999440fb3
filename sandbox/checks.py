"""Input checks of the gateway's API: strict, one error at a time, in the gateway's own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import Refused

EARLIEST, LATEST = 946684800, 4765046400
FURTHEST = 1_000_000_000  # rows that a list skips at most; nothing is so far down


@dataclass(frozen=True)
class Page:
    """One page of a list; `since` and `until` are epoch seconds."""

    limit: int = 10
    skip: int = 0
    since: int | None = None
    until: int | None = None

    def as_query(self) -> dict[str, Any]:
        return {"limit": self.limit, "skip": self.skip, "since": self.since, "until": self.until}


def only(body: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuse fields the call does not know."""
    extra = [name for name in body if name not in set(allowed)]
    if extra:
        raise Refused(
            f"{', '.join(extra)} is/are not required and should not be sent",
            reason="extra_field_sent",
            field=extra[0],
        )


def whole(body: Mapping[str, Any], name: str) -> int:
    """Return a required integer."""
    value = body.get(name)
    if value is None:
        raise Refused(f"{name}: is required.", field=name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(f"The {name} must be an integer.", field=name)
    return value


def moment(body: Mapping[str, Any], name: str) -> int:
    """Return a required time in epoch seconds."""
    value = whole(body, name)
    if not EARLIEST <= value <= LATEST:
        raise Refused(f"{name} must be between {EARLIEST} and {LATEST}", field=name)
    return value


def flag(body: Mapping[str, Any], name: str) -> bool | None:
    """Return a boolean, also of the older 0 and 1; None when it was not sent."""
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return value
    if value in (0, 1, "0", "1"):
        return bool(int(value))
    raise Refused(f"The {name} field must be true or false.", field=name)


def notes(value: Any) -> dict[str, str]:
    """Return notes: at most 15 keys, values of at most 256 characters; `[]` and null are empty."""
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise Refused("The notes must be an array.", field="notes")
    if len(value) > 15:
        raise Refused("notes: no more than 15 keys are allowed.", field="notes")
    for text in value.values():
        if isinstance(text, dict | list) or len(str(text)) > 256:
            raise Refused("notes: the length of a value must be no more than 256.", field="notes")
    return value


def receipt(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isascii():
        raise Refused("receipt: must be a string of ASCII characters.", field="receipt")
    if len(value) > 40:
        raise Refused("receipt: the length must be no more than 40.", field="receipt")
    return value


def page(query: Mapping[str, str]) -> Page:
    """Read `count`, `skip`, `from` and `to` of a list call."""
    count, skip = _number(query, "count", 10), _number(query, "skip", 0)
    if count < 1:
        raise Refused("The count must be at least 1.", field="count")
    if count > 100:
        raise Refused("The count may not be greater than 100.", field="count")
    if skip < 0:
        raise Refused("The skip must be at least 0.", field="skip")
    return Page(count, min(skip, FURTHEST), _moment(query, "from"), _moment(query, "to"))


def _moment(query: Mapping[str, str], name: str) -> int | None:
    if name not in query:
        return None
    value = _number(query, name, 0)
    if not EARLIEST <= value <= LATEST:
        raise Refused(f"{name} must be between {EARLIEST} and {LATEST}", field=name)
    return value


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise Refused(f"The {name} must be an integer.", field=name) from None
