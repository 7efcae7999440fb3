"""What a usage record must look like: one table of fields, and how its times must stand to each other. Pure.

Nothing here knows the database; `usage.py` then asks whether the account, its plan and its cycle exist.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

SECOND = 1_000_000  # microseconds, in which all times are counted here
DAY = 86_400 * SECOND
AHEAD = 600 * SECOND  # how far a platform's clock may be before ours
LONGEST = DAY  # no call lasts longer
INDIA = 19_800 * SECOND  # that Indian time is ahead of UTC, all year
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_UNITS = 100_000  # messages in one record


class Rejected(ValueError):
    """A record that is not taken: which of its fields is why, in words for the platform's people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Record(NamedTuple):
    """A sound record. Times are microseconds since 1970-01-01 UTC, `day` Indian days since then.

    `seconds` were answered, each begun one counts.
    """

    id: str
    account: str
    feature: str
    is_call: bool
    caller: str
    called: str
    started_at: int
    answered_at: int | None
    ended_at: int | None
    day: int
    seconds: int
    units: int  # as given: messages; a call is counted from its seconds


@dataclass(frozen=True)
class Kind:
    """What the rules ask of a feature."""

    direction: str
    is_call: bool


@dataclass(frozen=True)
class Window:
    """Which starts are believable, in microseconds."""

    oldest: int
    latest: int
    days: int

    @classmethod
    def at(cls, now: datetime, days: int) -> "Window":
        moment = microseconds(now)
        return cls(moment - days * DAY, moment + AHEAD, days)


ID = re.compile(r"[!-~]{1,64}").fullmatch
ACCOUNT = re.compile(r"BA-[0-9]{4,12}").fullmatch
NUMBER = re.compile(r"(?:\+[0-9]{1,19}|[0-9]{1,20})?").fullmatch
SENDER = re.compile(r"(?:\+[0-9]{1,19}|[0-9]{1,20})?|[A-Za-z0-9-]{1,11}").fullmatch
Match = Callable[[str], object]

# fmt: off
FIELDS: tuple[tuple[str, bool, str], ...] = (
    # field         needed  what it is, as the platform's people read it (docs/usage.md shows this table)
    ("id",          True,   "1 to 64 printable ASCII characters without spaces"),
    ("account",     True,   "an account number like BA-100042"),
    ("feature",     True,   "the code of a feature, e.g. click_to_call"),
    ("direction",   False,  "in or out, as the feature has it"),
    ("caller",      False,  "+ and digits, at most 20 characters; of a message also a sender name of at most 11"),
    ("called",      False,  "+ and digits, at most 20 characters; of a message also a sender name of at most 11"),
    ("started_at",  True,   "a time in ISO 8601 with its offset, e.g. 2026-11-24T11:30:00+05:30"),
    ("answered_at", False,  "a time like started_at; none when nobody answered"),
    ("ended_at",    False,  "a time like started_at; needed when answered_at is given"),
    ("units",       False,  "messages: 1 to 100000, 1 when left out; calls: counted by us"),
)
# fmt: on
NAMES = frozenset(name for name, _needed, _what in FIELDS)
WHAT = {name: what for name, _needed, what in FIELDS}


def read(given: Any, window: Window, features: Mapping[str, Kind]) -> Record:
    """Return the sound record of what the platform sent. Raises Rejected with the first field that is wrong."""
    if type(given) is not dict:
        raise Rejected("", "a record must be an object")
    if not NAMES.issuperset(given):
        raise Rejected(_shown(next(iter(given.keys() - NAMES))), "is no field of a usage record")
    get = given.get
    record_id, account, feature = get("id"), get("account"), get("feature")
    if type(record_id) is not str or ID(record_id) is None:
        raise Rejected("id", _missing("id", record_id))
    if type(account) is not str or ACCOUNT(account) is None:
        raise Rejected("account", _missing("account", account))
    if type(feature) is not str:
        raise Rejected("feature", _missing("feature", feature))
    kind = features.get(feature)
    if kind is None:
        raise Rejected("feature", "is not known")
    if (direction := get("direction")) is not None and direction != kind.direction:
        raise Rejected("direction", f"must be {kind.direction} for {feature}")
    match = NUMBER if kind.is_call else SENDER
    caller = _text("caller", caller, match) if (caller := get("caller")) is not None else ""
    called = _text("called", called, match) if (called := get("called")) is not None else ""
    started = _moment("started_at", get("started_at"))
    if not window.oldest <= started <= window.latest:
        raise Rejected("started_at", _outside(started, window))
    answered = _moment("answered_at", answered) if (answered := get("answered_at")) is not None else None
    ended = _moment("ended_at", ended) if (ended := get("ended_at")) is not None else None
    seconds = 0 if answered is ended is None else _seconds(kind, started, answered, ended, window)
    units = _units(kind, get("units"))
    day = (started + INDIA) // DAY
    return Record(
        record_id, account, feature, kind.is_call, caller, called, started, answered, ended, day, seconds, units,
    )  # fmt: skip


def _text(field: str, value: Any, match: Match) -> str:
    if type(value) is not str or match(value) is None:
        raise Rejected(field, _missing(field, value))
    return value


def _missing(field: str, value: Any) -> str:
    return "is missing" if value is None else f"must be {WHAT[field]}"


def _moment(field: str, value: Any) -> int:
    """Read a time with its offset; callers within the portal may give the aware datetime itself."""
    try:
        since = (datetime.fromisoformat(value) if type(value) is str else value) - EPOCH
        return since.days * DAY + since.seconds * SECOND + since.microseconds
    except (ValueError, TypeError, AttributeError):  # no time, or one without an offset
        raise Rejected(field, _missing(field, value)) from None


def microseconds(moment: datetime) -> int:
    """Return the microseconds from 1970-01-01 UTC to an aware time."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _outside(started: int, window: Window) -> str:
    return "is in the future" if started > window.latest else f"is older than {window.days} days"


def _seconds(kind: Kind, started: int, answered: int | None, ended: int | None, window: Window) -> int:
    """Return the seconds between answer and end, a begun one counts; 0 where nobody answered."""
    if answered is not None and answered < started:
        raise Rejected("answered_at", "is before started_at")
    if ended is None:
        if kind.is_call:
            raise Rejected("ended_at", "is missing: the call was answered")
        return 0
    if ended < (started if answered is None else answered):
        raise Rejected("ended_at", f"is before {'started_at' if answered is None else 'answered_at'}")
    if ended - started > LONGEST:
        raise Rejected("ended_at", "is more than 24 hours after started_at")
    if ended > window.latest:
        raise Rejected("ended_at", "is in the future")
    return 0 if answered is None else -((answered - ended) // SECOND)


def _units(kind: Kind, value: Any) -> int:
    """Return the messages of a record; a call's own count is of no use, but must be a number."""
    if value is None:
        return 1
    least = 0 if kind.is_call else 1
    if type(value) is not int or not least <= value <= MOST_UNITS:
        raise Rejected("units", f"must be a whole number from {least} to {MOST_UNITS}")
    return value


def _shown(name: Any) -> str:
    """A stranger's field name, short and printable."""
    return ascii(str(name)[:40])[1:-1]
