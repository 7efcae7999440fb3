"""Posting: one cause posts once, and balanced. The caller holds the account's lock.

Credit is positive, debit negative. The entry's hash covers its lines and the account's entry before it,
so that nothing in an account's history can be changed or left out unseen.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import Account, Balance, Entry, Line
from accounts.models.ledger import CUSTOMER_BOOKS, Book
from billing_portal import clock
from billing_portal.money import Paise

__all__ = ["Book", "EntryDiffers", "Unbalanced", "balances", "digest", "post", "reverse"]


class Unbalanced(Exception):
    """The lines of an entry do not sum to zero, or there are fewer than two."""


class EntryDiffers(Exception):
    """This cause has posted before, with other lines."""


def post(
    key: str,
    account: Account,
    lines: Mapping[Book, Paise],
    *,
    now: datetime,
    narrative: str = "",
    treatment: str = "",
    reverses: Entry | None = None,
) -> Entry:
    """Post one cause, or return the entry that it made before.

    `lines` maps a book to its paise, together zero (zeros are left out); `treatment` names the tax
    treatment that a line of the advances belongs to; `reverses` the entry that this one undoes (see
    `reverse`). Raises Unbalanced, EntryDiffers.
    """
    legs = {book: amount for book, amount in lines.items() if amount}
    if sum(legs.values()) or len(legs) < 2:
        raise Unbalanced(f"{key}: {legs}")
    before = Entry.objects.filter(key=key).first()
    if before:
        if dict(before.lines.values_list("book", "amount")) != legs or before.account_id != account.pk:
            raise EntryDiffers(key)
        return before
    words = Entry(account=account, key=key, narrative=narrative, posted_at=now, reverses=reverses)
    entry = _append(words, account, legs, treatment)
    Line.objects.bulk_create(_lines(entry, account, legs, treatment))
    return entry


def reverse(entry: Entry, account: Account, *, key: str, now: datetime, narrative: str = "") -> Entry:
    """Undo an entry by its exact mirror under a key of its own. Repeating returns the same entry.

    An entry is reversed once: another key for it is refused by the database.
    """
    mirrored = {Book(line.book): -line.amount for line in entry.lines.all()}
    treatment = max(entry.lines.values_list("treatment", flat=True))  # only the advances' line has one
    words = narrative or f"Reversal of {entry.narrative or entry.key}"
    return post(key, account, mirrored, now=now, narrative=words, treatment=treatment, reverses=entry)


def balances(account: Account) -> dict[Book, Paise]:
    """Return the account's stored balances, in paise, credit positive; every customer's book is present."""
    sums: dict[Book, Paise] = dict.fromkeys(CUSTOMER_BOOKS, 0)
    for book, amount in Balance.objects.filter(account=account).values_list("book", "amount"):
        sums[Book(book)] += amount
    return sums


def digest(entry: Entry, lines: Iterable[tuple[str, str, int]]) -> str:
    """Return the hash of an entry over its own words, its lines (book, treatment, paise) and the one before."""
    words = [
        entry.previous_hash,
        entry.account_id,
        entry.number,
        entry.key,
        entry.narrative,
        entry.posted_at.timestamp(),
        entry.posted_on.isoformat(),
        sorted(lines),
        *([entry.reverses_id] if entry.reverses_id else []),
    ]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def _append(entry: Entry, account: Account, legs: Mapping[Book, Paise], treatment: str) -> Entry:
    """Put an entry at the end of its account's chain."""
    entry.posted_on = clock.business_date(entry.posted_at)
    entry.number, entry.previous_hash = account.entry_count + 1, account.entry_hash
    entry.hash = digest(entry, ((book, _treatment(book, treatment), amount) for book, amount in legs.items()))
    entry.save(force_insert=True)
    account.entry_count, account.entry_hash = entry.number, entry.hash
    account.save(update_fields=["entry_count", "entry_hash"])
    return entry


def _lines(entry: Entry, account: Account, legs: Mapping[Book, Paise], treatment: str) -> list[Line]:
    stored = {(b.book, b.treatment): b for b in Balance.objects.filter(account=account)}
    lines, moved = [], []
    for book, amount in legs.items():
        line = Line(
            entry=entry, account=account, book=book, treatment=_treatment(book, treatment), amount=amount
        )
        if book in CUSTOMER_BOOKS:
            balance = stored.get((book, line.treatment)) or Balance(
                account=account, book=book, treatment=line.treatment
            )
            balance.amount += amount
            balance.lines += 1
            line.number, line.balance_after = balance.lines, balance.amount
            moved.append(balance)
        lines.append(line)
    Balance.objects.bulk_create(
        [
            Balance(account=account, book=b.book, treatment=b.treatment, amount=b.amount, lines=b.lines)
            for b in moved
        ],
        update_conflicts=True,
        unique_fields=["account", "book", "treatment"],
        update_fields=["amount", "lines"],
    )
    return lines


def _treatment(book: Book, treatment: str) -> str:
    return treatment if book == Book.ADVANCES else ""
