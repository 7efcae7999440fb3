"""Posting: one cause posts once, and balanced. The caller holds the account's lock.

Credit is positive, debit negative. The entry's hash covers its lines and the account's entry before it,
so that nothing in an account's history can be changed or left out unseen.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Account, Balance, Entry, Line
from accounts.models.ledger import CUSTOMER_BOOKS, Book
from billing_portal import bulk, clock
from billing_portal.money import Paise

__all__ = [
    "Book",
    "EntryDiffers",
    "Posting",
    "Unbalanced",
    "balances",
    "digest",
    "post",
    "post_many",
    "reverse",
]


class Unbalanced(Exception):
    """The lines of an entry do not sum to zero, or there are fewer than two."""


class EntryDiffers(Exception):
    """This cause has posted before, with other lines."""


@dataclass(frozen=True)
class Posting:
    """One cause and its lines: book → paise, together zero (zeros are left out); see `post`."""

    key: str
    account: Account
    lines: Mapping[Book, Paise]
    narrative: str = ""
    treatment: str = ""
    reverses: Entry | None = None
    received_at: datetime | None = None

    @property
    def legs(self) -> dict[Book, Paise]:
        return {book: amount for book, amount in self.lines.items() if amount}


def post(
    key: str,
    account: Account,
    lines: Mapping[Book, Paise],
    *,
    now: datetime,
    narrative: str = "",
    treatment: str = "",
    reverses: Entry | None = None,
    received_at: datetime | None = None,
) -> Entry:
    """Post one cause, or return the entry that it made before.

    `lines` maps a book to its paise, together zero (zeros are left out); `treatment` names the tax
    treatment that a line of the advances belongs to; `reverses` the entry that this one undoes (see
    `reverse`); `received_at` when the money was really there, where that is not now. Raises Unbalanced,
    EntryDiffers.
    """
    posting = Posting(key, account, lines, narrative, treatment, reverses, received_at)
    return post_many([posting], now=now)[0]


def post_many(postings: Sequence[Posting], *, now: datetime) -> list[Entry]:
    """Post many causes, of one account or of many, in their order; a constant number of statements.

    The caller holds the lock of every account and passes one and the same object of each. What has posted
    before returns its entry. Raises Unbalanced, EntryDiffers.
    """
    for posting in postings:
        if sum(posting.legs.values()) or len(posting.legs) < 2:
            raise Unbalanced(f"{posting.key}: {posting.legs}")
    before = _posted(postings)
    fresh = [posting for posting in postings if posting.key not in before]
    made = {entry.key: entry for entry in _append(fresh, now)} if fresh else {}
    return [before.get(posting.key) or made[posting.key] for posting in postings]


def _posted(postings: Sequence[Posting]) -> dict[str, Entry]:
    """Return the entries that these causes made before. Raises EntryDiffers where they say something else."""
    entries = Entry.objects.filter(key__in=[posting.key for posting in postings]).prefetch_related("lines")
    before = {entry.key: entry for entry in entries}
    for posting in postings:
        entry = before.get(posting.key)
        if entry and (
            {line.book: line.amount for line in entry.lines.all()} != posting.legs
            or entry.account_id != posting.account.pk
        ):
            raise EntryDiffers(posting.key)
    return before


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


_written = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` would make an encoder an entry


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
        *(["received", entry.received_at.timestamp()] if entry.received_at else []),
    ]
    return hashlib.sha256(_written(words).encode()).hexdigest()


def _append(postings: Sequence[Posting], now: datetime) -> list[Entry]:
    """Put entries at the end of their accounts' chains, with their lines and the balances they move."""
    entries = bulk.create([_chained(posting, now) for posting in postings], ids=True)
    accounts = {posting.account.pk: posting.account for posting in postings}
    stored = {
        (row.account_id, row.book, row.treatment): row for row in Balance.objects.filter(account__in=accounts)
    }
    lines: list[dict[str, Any]] = []
    for entry, posting in zip(entries, postings, strict=True):
        lines += _lines(entry, posting, stored)
    bulk.insert(Line, lines)
    _keep(accounts.values(), stored, now)
    return entries


def _chained(posting: Posting, now: datetime) -> Entry:
    account, legs = posting.account, posting.legs
    entry = Entry(
        account=account,
        key=posting.key,
        narrative=posting.narrative,
        posted_at=now,
        posted_on=clock.business_date(now),
        number=account.entry_count + 1,
        previous_hash=account.entry_hash,
        reverses=posting.reverses,
        received_at=posting.received_at,
    )
    entry.hash = digest(
        entry, ((book, _treatment(book, posting.treatment), amount) for book, amount in legs.items())
    )
    account.entry_count, account.entry_hash = entry.number, entry.hash
    return entry


def _lines(
    entry: Entry, posting: Posting, stored: dict[tuple[int, str, str], Balance]
) -> list[dict[str, Any]]:
    """Make the rows of an entry's lines; those of customer books move the balance in `stored` and carry it."""
    account, lines = posting.account, []
    for book, amount in posting.legs.items():
        treatment = _treatment(book, posting.treatment)
        line = {
            "entry_id": entry.pk,
            "account_id": account.pk,
            "book": book,
            "treatment": treatment,
            "amount": amount,
            "number": None,
            "balance_after": None,
        }
        if book in CUSTOMER_BOOKS:
            key = account.pk, str(book), treatment
            if (balance := stored.get(key)) is None:
                balance = stored[key] = Balance(account=account, book=book, treatment=treatment)
            balance.amount += amount
            balance.lines += 1
            line |= {"number": balance.lines, "balance_after": balance.amount}
        lines.append(line)
    return lines


def _keep(accounts: Iterable[Account], stored: Mapping[tuple[int, str, str], Balance], now: datetime) -> None:
    """Write the balances and the heads of the chains, and that credit is to look at them (`Account.review_at`).

    What has not moved is written as it is.
    """
    sums = ((b.account_id, b.book, b.treatment, b.amount, b.lines) for b in stored.values())
    heads = ((account.pk, account.entry_count, account.entry_hash) for account in accounts)
    with connection.cursor() as cursor:
        if stored:
            cursor.execute(SUMS, bulk.arrays(sums))
        cursor.execute(HEADS, [now, *bulk.arrays(heads)])


SUMS = """
    insert into accounts_balance (account_id, book, treatment, amount, lines)
    select * from unnest(%s::bigint[], %s::varchar[], %s::varchar[], %s::bigint[], %s::bigint[])
    on conflict (account_id, book, treatment) do update set amount = excluded.amount, lines = excluded.lines
"""
HEADS = """
    update accounts_account a set entry_count = h.count, entry_hash = h.hash, review_at = coalesce(review_at, %s)
    from unnest(%s::bigint[], %s::bigint[], %s::text[]) h(id, count, hash) where a.id = h.id
"""


def _treatment(book: Book, treatment: str) -> str:
    return treatment if book == Book.ADVANCES else ""
