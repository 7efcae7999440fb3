"""The operator's own entries: a settlement of the gateway, its fees, bank money that is nobody's yet.

They touch no customer's book and belong to no account. Their chain hangs on the one row of `House`, which is
locked after any account; there are few of them a day, so nobody waits for it long.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts import ledger
from accounts.ledger import Book, EntryDiffers, Unbalanced
from accounts.models import Entry, House, Line
from accounts.models.ledger import CUSTOMER_BOOKS
from billing_portal import bulk, clock
from billing_portal.money import Paise
from billing_portal.unit import unit


@dataclass(frozen=True)
class Own:
    """One cause and its lines: book → paise, together zero (zeros are left out); see `post`."""

    key: str
    lines: Mapping[Book, Paise]
    narrative: str = ""
    received_at: datetime | None = None
    reverses: Entry | None = None

    @functools.cached_property
    def legs(self) -> dict[Book, Paise]:
        return {book: amount for book, amount in self.lines.items() if amount}


class NotOurs(Exception):
    """A customer's book moves with the customer's account alone."""


@unit
def post(
    key: str,
    lines: Mapping[Book, Paise],
    *,
    now: datetime,
    narrative: str = "",
    received_at: datetime | None = None,
    reverses: Entry | None = None,
) -> Entry:
    """Post one cause of the operator's own, or return the entry that it made before.

    `lines` maps a book to its paise, credit positive, together zero (zeros are left out). Raises Unbalanced,
    EntryDiffers, NotOurs.
    """
    return post_many([Own(key, lines, narrative, received_at, reverses)], now=now)[0]


@unit
def post_many(causes: Sequence[Own], *, now: datetime) -> list[Entry]:
    """Post many causes of the operator's own in their order; a constant number of statements. See `post`."""
    for own in causes:
        if sum(own.legs.values()) or len(own.legs) < 2:
            raise Unbalanced(f"{own.key}: {own.legs}")
        if set(own.legs) & set(CUSTOMER_BOOKS):
            raise NotOurs(own.key)
    House.objects.get_or_create(pk=1)
    house = House.objects.select_for_update().get(pk=1)
    posted = Entry.objects.filter(key__in=bulk.among(own.key for own in causes)).prefetch_related("lines")
    before = {entry.key: entry for entry in posted}
    today = clock.business_date(now)
    made = {own.key: _entry(own, house, now, today) for own in causes if own.key not in before}
    bulk.create(list(made.values()), ids=True)
    bulk.insert(Line, [line for own in causes if own.key in made for line in _lines(made[own.key], own.legs)])
    house.save(update_fields=["entry_count", "entry_hash"])
    return [made.get(own.key) or _same(before[own.key], own.legs) for own in causes]


def reverse(entry: Entry, *, key: str, now: datetime, narrative: str = "") -> Entry:
    """Undo an entry of the operator's own by its exact mirror. Repeating returns the same entry."""
    mirrored = {Book(line.book): -line.amount for line in entry.lines.all()}
    words = narrative or f"Reversal of {entry.narrative or entry.key}"
    return post(key, mirrored, now=now, narrative=words, reverses=entry)


def _entry(own: Own, house: House, now: datetime, today: date) -> Entry:
    """Make the next entry of the operator's chain and move the chain's head, both unsaved."""
    entry = Entry(
        key=own.key,
        narrative=own.narrative,
        posted_at=now,
        posted_on=today,
        received_at=own.received_at,
        reverses=own.reverses,
        number=house.entry_count + 1,
        previous_hash=house.entry_hash,
    )
    entry.hash = ledger.digest(entry, ((book, "", amount) for book, amount in own.legs.items()))
    house.entry_count, house.entry_hash = entry.number, entry.hash
    return entry


def _lines(entry: Entry, legs: Mapping[Book, Paise]) -> Iterator[dict[str, Any]]:
    for book, amount in legs.items():
        yield {
            "entry_id": entry.pk, "account_id": None, "book": book, "treatment": "", "amount": amount,
            "number": None, "balance_after": None,
        }  # fmt: skip


def _same(before: Entry, legs: Mapping[Book, Paise]) -> Entry:
    lines = {line.book: line.amount for line in before.lines.all()}
    if lines != dict(legs) or before.account_id is not None:
        raise EntryDiffers(before.key)
    return before
