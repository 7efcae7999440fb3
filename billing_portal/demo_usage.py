"""What the accounts of the demo world used: calls and messages that follow from account and day. Pure.

The same account and day give the same records. Numbers are invented; their ids are the day and a count.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from invoices.cycle import Span

INDIA = ZoneInfo("Asia/Kolkata")
# fmt: off
KINDS = (  # feature, direction, weight
    ("click_to_call", "out", 46), ("incoming", "in", 34), ("sms", "out", 14), ("whatsapp", "out", 6),
)
# fmt: on
QUIET = {5: 2, 6: 5}  # Saturday a half, Sunday a fifth


def records(ban: str, span: Span, pace: int, *, until: datetime) -> Iterator[dict[str, Any]]:
    """Give the records of an account's days, about `pace` a working day, that had ended by `until`."""
    day = span.starts_on
    while day <= span.ends_on:
        yield from (one for one in of_day(ban, day, pace) if _ended(one) <= until.isoformat())
        day += timedelta(days=1)


def of_day(ban: str, day: date, pace: int) -> list[dict[str, Any]]:
    """Return one day's records in the order they began."""
    dice = random.Random(f"{ban}:{day}")  # nosec B311 - a repeatable world
    count = max(0, round(dice.gauss(pace, pace / 4))) // QUIET.get(day.weekday(), 1)
    moments = sorted(dice.randrange(9 * 3600, 20 * 3600) for _ in range(count))
    return [_record(ban, day, number, seconds, dice) for number, seconds in enumerate(moments, start=1)]


def filling(ban: str, span: Span, minutes: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return answered calls over the span's days that use just so many minutes of each feature."""
    days = (span.ends_on - span.starts_on).days + 1
    found: list[dict[str, Any]] = []
    for feature, direction, _weight in KINDS:
        for turn in range(minutes.get(feature, 0)):
            day = span.starts_on + timedelta(days=turn % days)
            number = len(found) + 1
            dice = random.Random(f"{ban}:{day}:{number}")  # nosec B311 - a repeatable world
            seconds = dice.randrange(9 * 3600, 20 * 3600)
            record = _begun(ban, day, number, seconds, feature, direction, dice)
            answered = datetime.fromisoformat(record["started_at"]) + timedelta(seconds=8)
            ended = answered + timedelta(seconds=dice.randrange(10, 60))
            found.append(record | {"answered_at": answered.isoformat(), "ended_at": ended.isoformat()})
    return found


def _record(ban: str, day: date, number: int, seconds: int, dice: random.Random) -> dict[str, Any]:
    feature, direction, _weight = dice.choices(KINDS, [weight for *_, weight in KINDS])[0]
    record = _begun(ban, day, number, seconds, feature, direction, dice)
    if feature in ("sms", "whatsapp"):
        return record | {"units": dice.choice((1, 1, 1, 2, 3))}
    return record | _talk(datetime.fromisoformat(record["started_at"]), dice)


def _begun(
    ban: str, day: date, number: int, seconds: int, feature: str, direction: str, dice: random.Random
) -> dict[str, Any]:
    """A record as far as calls and messages are alike; it begins so many seconds into the day."""
    started = datetime.combine(day, time(), INDIA) + timedelta(seconds=seconds)
    ours, theirs = f"+9180471{ban[-5:]}", f"+91990{dice.randrange(10**7):07}"
    return {
        "id": f"{ban[3:]}-{day:%y%m%d}-{number:04}",
        "account": ban,
        "feature": feature,
        "direction": direction,
        "caller": theirs if direction == "in" else ours,
        "called": ours if direction == "in" else theirs,
        "started_at": started.isoformat(),
    }


def _talk(started: datetime, dice: random.Random) -> dict[str, str | None]:
    """A call: one in six is not answered, most are short, a few are long."""
    if dice.random() < 1 / 6:
        return {"answered_at": None, "ended_at": (started + timedelta(seconds=30)).isoformat()}
    answered = started + timedelta(seconds=dice.randrange(3, 25))
    seconds = min(3600, round(dice.expovariate(1 / 140)) + 5)
    return {
        "answered_at": answered.isoformat(),
        "ended_at": (answered + timedelta(seconds=seconds)).isoformat(),
    }


def _ended(record: dict[str, Any]) -> str:
    return str(record.get("ended_at") or record["started_at"])
