"""Usage intake: each record of the platform once, rated at the price of its cycle, counted at the same time.

One batch is one unit with a constant number of statements. A record counts in the open cycle that its start (Indian
date) lies in; when that one is closed, late, in the oldest open one; when it has not been opened, it is opened now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings

from accounts.models import Account
from billing_portal.unit import unit
from invoices import partitions, rating, subscriptions, usage_rows
from invoices.models import Cycle, Feature, PlanPrice, Subscription
from invoices.usage_checks import Kind, Record, Rejected, Window, read
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


class Open(NamedTuple):
    """A cycle that takes usage, in Indian days since 1970."""

    pk: int
    version: int
    first: int
    last: int


@dataclass
class Holder:
    """An account with a plan, as the batch needs it: since when (day number), and its open cycles, oldest first."""

    account: int
    since: int
    until: int | None
    cycles: list[Open] = field(default_factory=list)


Sound = list[tuple[int, Record]]  # with their places in the batch


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
        partitions.ensure({usage_rows.month_of(day) for day in {record.day for _, record in sound}})
        holders = _lock({record.account for _, record in sound}, only_account)
        _open_following(sound, holders)
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


def _id(record: Any) -> str | None:
    given = record.get("id") if isinstance(record, dict) else None
    return given[:64] if isinstance(given, str) else None


def _lock(bans: Iterable[str], only_account: str | None) -> dict[str, Holder | None]:
    """Lock the accounts, ascending, and return by number what is on them; None for one without a plan."""
    wanted = [ban for ban in bans if only_account in (None, ban)]
    accounts = dict(Account.objects.lock_all(ban__in=wanted).values_list("ban", "pk"))
    plans = Subscription.objects.filter(account__in=accounts.values())
    holders = {
        pk: Holder(pk, usage_rows.number(since), None if until is None else usage_rows.number(until))
        for pk, since, until in plans.values_list("account_id", "started_on", "ended_on")
    }
    _add_cycles(holders, Cycle.objects.open().filter(account__in=list(holders)))
    return {ban: holders.get(pk) for ban, pk in accounts.items()}


def _add_cycles(holders: dict[int, Holder], cycles: Iterable[Cycle]) -> None:
    for one in cycles:
        span = (usage_rows.number(one.starts_on), usage_rows.number(one.ends_on))
        holders[one.account_id].cycles.append(Open(one.pk, one.version_id, *span))


def _open_following(sound: Sound, by_ban: dict[str, Holder | None]) -> None:
    """Open the next cycles of accounts whose usage lies after their last one: their run has not come yet."""
    newest: dict[str, int] = {}
    for _, record in sound:
        if record.day > newest.get(record.account, 0):
            newest[record.account] = record.day
    until = {}
    for ban, day in newest.items():
        holder = by_ban.get(ban)
        if holder and holder.until is None and holder.cycles and holder.cycles[-1].last < day:
            until[holder.account] = usage_rows.day_of(day)
    if until:
        holders = {holder.account: holder for holder in by_ban.values() if holder}
        _add_cycles(holders, subscriptions.open_next(until))


def _place(sound: Sound, holders: dict[str, Holder | None], outcomes: list[Outcome | None]) -> list[Row]:
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
            holder, cycle, is_late = _cycle(record, holders)
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


def _cycle(record: Record, holders: dict[str, Holder | None]) -> tuple[Holder, Open, bool]:
    """Return the cycle that a record counts in, and whether its own was closed. Raises Rejected."""
    holder = holders.get(record.account)
    if holder is None:
        raise Rejected("account", "has no plan" if record.account in holders else "is not known")
    if record.day < holder.since:
        raise Rejected("started_at", "is before the account's plan began")
    if holder.until is not None and record.day > holder.until:
        raise Rejected("started_at", "is after the account's plan ended")
    for cycle in holder.cycles:
        if cycle.first <= record.day <= cycle.last:
            return holder, cycle, False
    if not holder.cycles or record.day > holder.cycles[-1].last:
        raise Rejected("started_at", "the account has no open cycle for it")
    return holder, holder.cycles[0], True
