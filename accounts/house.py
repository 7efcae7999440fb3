"""The operator's own entries: a settlement of the gateway, its fees, bank money that is nobody's yet.

They touch no customer's book and belong to no account. Their chain hangs on the one row of `House`, which is
locked after any account; there are few of them a day, so nobody waits for it long.
"""

from collections.abc import Mapping
from datetime import datetime

from accounts import ledger
from accounts.ledger import Book, EntryDiffers, Unbalanced
from accounts.models import Entry, House, Line
from accounts.models.ledger import CUSTOMER_BOOKS
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit


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
    legs = {book: amount for book, amount in lines.items() if amount}
    if sum(legs.values()) or len(legs) < 2:
        raise Unbalanced(f"{key}: {legs}")
    if set(legs) & set(CUSTOMER_BOOKS):
        raise NotOurs(key)
    House.objects.get_or_create(pk=1)
    house = House.objects.select_for_update().get(pk=1)
    before = Entry.objects.filter(key=key).first()
    if before:
        return _same(before, legs)
    entry = Entry(
        key=key,
        narrative=narrative,
        posted_at=now,
        posted_on=clock.business_date(now),
        received_at=received_at,
        reverses=reverses,
        number=house.entry_count + 1,
        previous_hash=house.entry_hash,
    )
    entry.hash = ledger.digest(entry, ((book, "", amount) for book, amount in legs.items()))
    entry.save(force_insert=True)
    Line.objects.bulk_create(Line(entry=entry, book=book, amount=amount) for book, amount in legs.items())
    house.entry_count, house.entry_hash = entry.number, entry.hash
    house.save(update_fields=["entry_count", "entry_hash"])
    return entry


def reverse(entry: Entry, *, key: str, now: datetime, narrative: str = "") -> Entry:
    """Undo an entry of the operator's own by its exact mirror. Repeating returns the same entry."""
    mirrored = {Book(line.book): -line.amount for line in entry.lines.all()}
    words = narrative or f"Reversal of {entry.narrative or entry.key}"
    return post(key, mirrored, now=now, narrative=words, reverses=entry)


def _same(before: Entry, legs: Mapping[Book, Paise]) -> Entry:
    lines = {line.book: line.amount for line in before.lines.all()}
    if lines != dict(legs) or before.account_id is not None:
        raise EntryDiffers(before.key)
    return before
