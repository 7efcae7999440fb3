"""Usage intake: each record once, rated at once, and the counters moved in the same statement.

One (source, id) is one record, whatever else a repetition says. A record that is not usable is refused alone,
with field and reason; the others of its batch are taken. The accounts are locked, in ascending order, so that a
cycle cannot close between looking it up and counting in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection

from billing_portal.unit import unit
from invoices import rating
from invoices.models import Feature
from invoices.usage_checks import Bad, Clean, Kind, clean
from invoices.usage_places import Place, Places, Rate

BATCH = 10_000
INDIA = timezone(timedelta(hours=5, minutes=30))  # no daylight saving: a fixed offset is the calendar
UNPRICED = "taken, but the plan has no price for this feature: it cannot be billed until there is one"


class Result(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record, in the batch's order."""

    id: str
    outcome: Result
    field: str = ""
    reason: str = ""


class TooMany(ValueError):
    """More records than one batch may have."""


@unit
def ingest(
    records: Sequence[Mapping[str, Any]], *, source: str, now: datetime, only_account: str = ""
) -> list[Outcome]:
    """Take in a batch of at most 10,000 records of one source; return the outcome of each, in order.

    Fields: usage_checks.FIELDS. Late records (their cycle is closed) count in the open cycle, marked. Repeating a
    batch changes nothing. With `only_account`, records of other accounts are refused. Raises TooMany.
    """
    if len(records) > BATCH:
        raise TooMany(f"{len(records)} records; a batch has at most {BATCH}")
    checked = _checked(records, now, only_account)
    cleaned = [one for one in checked if isinstance(one, Clean)]
    if not cleaned:
        return [_outcome(record, one, set()) for record, one in zip(records, checked, strict=True)]
    days = {one.started_at.astimezone(INDIA).date() for one in cleaned}
    places = Places({one.account for one in cleaned}, days)
    lines, placed = _placed(checked, places, source, now)
    new = _store(lines) if lines else set()
    return [_outcome(record, one, new) for record, one in zip(records, placed, strict=True)]


@dataclass(frozen=True, slots=True)
class Ready:
    """A record that may be stored; a repetition within its batch is not `first`."""

    record_id: str
    first: bool
    is_priced: bool


def _checked(records: Sequence[Mapping[str, Any]], now: datetime, only_account: str) -> list[Clean | Bad]:
    kinds = {row.code: Kind(row.kind == Feature.Kind.CALL, row.direction) for row in Feature.objects.all()}
    oldest = now - timedelta(days=settings.USAGE_OLDEST_DAYS)
    checked: list[Clean | Bad] = []
    for record in records:
        try:
            one = clean(record, kinds, now=now, oldest=oldest)
            if only_account and one.account != only_account:
                raise Bad("account", "no such account")
            checked.append(one)
        except Bad as bad:
            checked.append(bad)
    return checked


def _placed(
    checked: Sequence[Clean | Bad], places: Places, source: str, now: datetime
) -> tuple[list[str], list[Ready | Bad]]:
    """Find each record's cycle and price; return the lines to store and what is known of every record."""
    lines: list[str] = []
    placed: list[Ready | Bad] = []
    seen: set[str] = set()
    tail = f"{_escaped(source)}\t{now.isoformat()}\n"
    for one in checked:
        if isinstance(one, Bad):
            placed.append(one)
            continue
        day = one.started_at.astimezone(INDIA).date()
        try:
            place = places.of(one.account, day)
        except Bad as bad:
            placed.append(bad)
            continue
        rate = places.rate(place.version_id, one.feature)
        is_first = one.record_id not in seen
        if is_first:
            seen.add(one.record_id)
            lines.append(_line(one, day, place, rate, tail))
        placed.append(Ready(one.record_id, is_first, rate.unit_price is not None))
    return lines, placed


def _line(one: Clean, day: date, place: Place, rate: Rate, tail: str) -> str:
    """Write one record as a line of COPY's text format."""
    units = rating.pulses(one.seconds, rate.pulse) if one.units is None else one.units
    return "\t".join(
        (
            day.replace(day=1).isoformat(),
            day.isoformat(),
            _escaped(one.record_id),
            str(place.account_id),
            one.feature,
            str(place.cycle_id),
            one.caller,
            one.called,
            one.started_at.isoformat(),
            one.answered_at.isoformat() if one.answered_at else "\\N",
            one.ended_at.isoformat() if one.ended_at else "\\N",
            str(units),
            "\\N" if rate.unit_price is None else str(rate.unit_price),
            "t" if place.is_late else "f",
            tail,
        )
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")


def _outcome(record: Any, one: Ready | Clean | Bad, new: set[str]) -> Outcome:
    if isinstance(one, Bad):
        given = record.get("id") if isinstance(record, Mapping) else None
        return Outcome(given[:64] if isinstance(given, str) else "", Result.REJECTED, one.field, one.reason)
    is_new = isinstance(one, Ready) and one.first and one.record_id in new
    if not is_new:
        return Outcome(one.record_id, Result.DUPLICATE)
    note = "" if isinstance(one, Ready) and one.is_priced else UNPRICED
    return Outcome(one.record_id, Result.ACCEPTED, "feature" if note else "", note)


COLUMNS = (
    "month, day, record_id, account_id, feature_id, cycle_id, caller, called, started_at, answered_at, ended_at, "
    "units, unit_price, is_late, source, received_at"
)
BATCH_TABLE = """
    create temporary table if not exists usage_batch (
        month date, day date, record_id varchar(64), account_id bigint, feature_id varchar(20), cycle_id bigint,
        caller varchar(20), called varchar(20), started_at timestamptz, answered_at timestamptz,
        ended_at timestamptz, units integer, unit_price bigint, is_late boolean, source varchar(20),
        received_at timestamptz
    ) on commit delete rows
"""
STORE = """
    with taken as (
        insert into invoices_usagekey (source, record_id) select source, record_id from usage_batch
        on conflict do nothing returning record_id
    ), fresh as (
        select b.* from usage_batch b join taken using (record_id)
    ), stored as (
        insert into invoices_usagerecord (month, record_id, account_id, feature_id, cycle_id, caller, called,
            started_at, answered_at, ended_at, units, unit_price, is_late, source, received_at)
        select month, record_id, account_id, feature_id, cycle_id, caller, called, started_at, answered_at,
            ended_at, units, unit_price, is_late, source, received_at from fresh
    ), counted as (
        insert into invoices_usagecounter as c
            (account_id, cycle_id, feature_id, records, units, amount, unrated, late)
        select account_id, cycle_id, feature_id, count(*),
            coalesce(sum(units) filter (where unit_price is not null), 0), coalesce(sum(units * unit_price), 0),
            count(*) filter (where unit_price is null), count(*) filter (where is_late)
        from fresh group by 1, 2, 3
        on conflict (cycle_id, feature_id) do update set records = c.records + excluded.records,
            units = c.units + excluded.units, amount = c.amount + excluded.amount,
            unrated = c.unrated + excluded.unrated, late = c.late + excluded.late
    ), dated as (
        insert into invoices_usageday as d (account_id, day, feature_id, records, units, amount)
        select account_id, day, feature_id, count(*),
            coalesce(sum(units) filter (where unit_price is not null), 0), coalesce(sum(units * unit_price), 0)
        from fresh group by 1, 2, 3
        on conflict (account_id, day, feature_id) do update set records = d.records + excluded.records,
            units = d.units + excluded.units, amount = d.amount + excluded.amount
    )
    select record_id from taken
"""


def _store(lines: list[str]) -> set[str]:
    """Store what is new of the lines and count it; return the ids that were new."""
    with connection.cursor() as cursor:
        cursor.execute(BATCH_TABLE)
        cursor.execute("delete from usage_batch")  # a unit inside another's transaction may follow one
        with cursor.copy(f"copy usage_batch ({COLUMNS}) from stdin") as copy:
            copy.write("".join(lines))
        cursor.execute(STORE)
        return {record_id for (record_id,) in cursor.fetchall()}
