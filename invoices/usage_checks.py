"""What a usage record must be before it is taken in: one rule a field, each with the reason a sender reads. Pure.

Times are ISO 8601 with an offset. A call's units are computed from its times; a message's are given.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

CALL = ("started_at", "answered_at", "ended_at")
FIELDS = frozenset(("id", "account", "feature", "direction", "caller", "called", "units", *CALL))
AHEAD = timedelta(minutes=10)  # a platform's clock may be ahead of ours by so much
LONGEST_CALL = timedelta(hours=24)
MOST_UNITS = 100_000  # of one message record
ID = re.compile(r"[\x21-\x7e]{1,64}")
NUMBER = re.compile(r"\+?\d{2,19}")
SENDER = re.compile(r"[A-Za-z0-9-]{2,11}")  # a message's registered sender, e.g. VM-KAVERI
DIRECTIONS = {"in", "out"}


class Bad(ValueError):
    """A field that makes a record unusable."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Kind:
    """What the checks need to know of a feature."""

    is_call: bool
    direction: str


@dataclass(frozen=True, slots=True)
class Clean:
    """A record whose fields are usable; `seconds` is what a call was answered for, `units` what a message counts."""

    record_id: str
    account: str
    feature: str
    caller: str
    called: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int
    units: int | None  # None: a call, its pulses follow from the price list


def clean(record: Mapping[str, Any], kinds: Mapping[str, Kind], *, now: datetime, oldest: datetime) -> Clean:
    """Check one record's own fields. Raises Bad for the first that is not usable."""
    if not isinstance(record, Mapping):
        raise Bad("", "a record is an object")
    unknown = record.keys() - FIELDS
    if unknown:
        raise Bad(str(min(unknown, key=str))[:40], "is not a field of a record")
    record_id = _text(record, "id", ID, "1 to 64 printable characters without blanks")
    account = _text(record, "account", None, "an account number like BA-100042")
    feature = _text(record, "feature", None, "a feature's code")
    kind = kinds.get(feature)
    if kind is None:
        raise Bad("feature", "no such feature")
    if record.get("direction", kind.direction) != kind.direction:
        raise Bad("direction", f"{feature} is always {kind.direction!r}")
    started_at = _moment(record, "started_at")
    if started_at is None:
        raise Bad("started_at", "is missing")
    if started_at > now + AHEAD:
        raise Bad("started_at", "lies in the future")
    if started_at < oldest:
        raise Bad("started_at", "is too old to be billed; records are taken for a limited time")
    answered_at, ended_at = _moment(record, "answered_at"), _moment(record, "ended_at")
    seconds = _talk(started_at, answered_at, ended_at, now) if kind.is_call else 0
    return Clean(
        record_id,
        account,
        feature,
        _number(record, "caller", kind),
        _number(record, "called", kind),
        started_at,
        answered_at,
        ended_at,
        seconds,
        None if kind.is_call else _units(record),
    )


def _talk(
    started_at: datetime, answered_at: datetime | None, ended_at: datetime | None, now: datetime
) -> int:
    """Return the whole seconds a call was answered for, a begun one counted; 0 when it was not answered."""
    if ended_at is not None and ended_at < started_at:
        raise Bad("ended_at", "lies before started_at")
    if ended_at is not None and ended_at > now + AHEAD:
        raise Bad("ended_at", "lies in the future")
    if answered_at is None:
        return 0
    if answered_at < started_at:
        raise Bad("answered_at", "lies before started_at")
    if ended_at is None:
        raise Bad("ended_at", "is missing for a call that was answered")
    if ended_at < answered_at:
        raise Bad("ended_at", "lies before answered_at")
    if ended_at - answered_at > LONGEST_CALL:
        raise Bad("ended_at", "makes the call longer than 24 hours")
    return -(-(ended_at - answered_at) // timedelta(seconds=1))


def _units(record: Mapping[str, Any]) -> int:
    units = record.get("units", 1)
    if type(units) is not int or not 1 <= units <= MOST_UNITS:
        raise Bad("units", f"must be a whole number from 1 to {MOST_UNITS}")
    return units


def _text(record: Mapping[str, Any], field: str, pattern: re.Pattern[str] | None, wanted: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value or (pattern and not pattern.fullmatch(value)):
        raise Bad(field, "is missing" if value in (None, "") else f"must be {wanted}")
    return value


def _number(record: Mapping[str, Any], field: str, kind: Kind) -> str:
    value = record.get(field) or ""
    if value == "":
        return ""
    fits: Callable[[str], Any] = NUMBER.fullmatch if kind.is_call else _sender
    if not isinstance(value, str) or not value.isascii() or not fits(value):
        raise Bad(field, "must be a phone number: + and 2 to 19 digits")
    return value


def _sender(value: str) -> Any:
    return NUMBER.fullmatch(value) or SENDER.fullmatch(value)


def _moment(record: Mapping[str, Any], field: str) -> datetime | None:
    value = record.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Bad(field, "must be a time like 2026-11-24T10:30:00+05:30")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Bad(field, "must be a time like 2026-11-24T10:30:00+05:30") from None
    if moment.tzinfo is None or (isinstance(moment, date) and not isinstance(moment, datetime)):
        raise Bad(field, "needs an offset, like +05:30 or Z")
    return moment
