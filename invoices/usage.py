"""Usage intake: each record of the platform once, rated at the price of its cycle, counted at the same time.

One batch is one unit with a constant number of statements. A record counts in the open cycle that its start (Indian
date) lies in; when that one is closed, late, in the oldest open one; when it has not been opened, it is opened now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings

from billing_portal import collector
from billing_portal.unit import unit
from invoices import partitions, rating, usage_holders, usage_rows
from invoices.models import Feature, PlanPrice
from invoices.usage_checks import Kind, Record, Rejected, Window, read
from invoices.usage_holders import Holders
from invoices.usage_rows import Row

MOST = 10_000  # records a batch
USUAL_PULSE = 60  # seconds; what a call without a price is counted in until it has one
ACCEPTED, DUPLICATE, REJECTED = "accepted", "duplicate", "rejected"
NO_PRICE = "stored without a price: the plan has none for this feature"


class TooMany(ValueError):
    """More records than one batch may hold."""


class Outcome(NamedTuple):
    """What became of one record, in the order sent; `field` and `reason` say why it was rejected."""

    id: str | None
    outcome: str
    field: str = ""
    reason: str = ""


Sound = list[tuple[int, Record]]  # with their places in the batch


@collector.paused()
@unit
def ingest(
    records: Sequence[Any], *, source: str, now: datetime, only_account: str | None = None
) -> list[Outcome]:
    """Take in at most 10,000 records of a source; return an outcome for each, in their order.

    A record whose (source, id) was taken before is a duplicate whatever else it says, so repeating a batch
    changes nothing. `only_account` is the one account number that the sender may report for. Raises TooMany.
    """
    if len(records) > MOST:
        raise TooMany(f"a batch has at most {MOST} records, this one {len(records)}")
    outcomes: list[Outcome | None] = [None] * len(records)
    sound = _read(records, outcomes, now)
    if sound:
        newest, days = _newest(sound)
        partitions.ensure(set(map(usage_rows.month_of, days)))
        holders = usage_holders.lock(one for one in newest if only_account in (None, one))
        usage_holders.open_following(newest, holders)
        rows = _place(sound, holders, outcomes)
        for place in usage_rows.write(rows, source=source, now=now):
            outcomes[place] = Outcome(outcomes[place].id, DUPLICATE)  # type: ignore[union-attr]  # was accepted
    return outcomes  # type: ignore[return-value]  # each place has been filled


def _read(records: Sequence[Any], outcomes: list[Outcome | None], now: datetime) -> Sound:
    """Sort the records: sound ones are returned, the others get their outcome."""
    window = Window.at(now, settings.USAGE_OLDEST_DAYS)
    kinds = {
        row.code: Kind(row.direction, row.kind == Feature.Kind.CALL) for row in Feature.objects.order_by()
    }
    sound = []
    for place, record in enumerate(records):
        try:
            sound.append((place, read(record, window, kinds)))
        except Rejected as why:
            outcomes[place] = Outcome(_id(record), REJECTED, why.field, why.reason)
    return sound


def _newest(sound: Sound) -> tuple[dict[str, int], set[int]]:
    """Return each account's last day in the batch, and all its days."""
    newest: dict[str, int] = {}
    days = set()
    for _place, record in sound:
        day = record.day
        days.add(day)
        if day > newest.get(record.account, 0):
            newest[record.account] = day
    return newest, days


def _id(record: Any) -> str | None:
    """Return the id that a refused record named; what no answer could carry (half a surrogate pair) as its escape."""
    given = record.get("id") if isinstance(record, dict) else None
    return given[:64].encode("utf-8", "backslashreplace").decode() if isinstance(given, str) else None


def _place(sound: Sound, holders: Holders, outcomes: list[Outcome | None]) -> list[Row]:
    """Find each record's cycle and price; the same id a second time in the batch is a duplicate."""
    versions = {one.version for holder in holders.values() if holder for one in holder.cycles}
    prices = {
        (version, feature): (price, pulse)
        for version, feature, price, pulse in PlanPrice.objects.filter(version__in=versions).values_list(
            "version_id", "feature_id", "unit_price", "pulse"
        )
    }
    rows: list[Row] = []
    seen: set[str] = set()
    for place, record in sound:
        try:
            holder, cycle, is_late = usage_holders.place(record, holders)
        except Rejected as why:
            outcomes[place] = Outcome(record.id, REJECTED, why.field, why.reason)
            continue
        if record.id in seen:
            outcomes[place] = Outcome(record.id, DUPLICATE)
            continue
        seen.add(record.id)
        price, pulse = prices.get((cycle.version, record.feature), (None, USUAL_PULSE))
        units = rating.pulses(record.seconds, pulse) if record.is_call else record.units
        rows.append(Row(place, record, holder.account, cycle.pk, units, price, is_late))
        outcomes[place] = Outcome(record.id, ACCEPTED, "", NO_PRICE if price is None else "")
    return rows
