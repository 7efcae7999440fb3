"""What a credit limit is decided from, read for many accounts in a constant number of statements.

Money received is read from the ledger: lines of the operator's money books on the account's entries. When money was
there is the entry's `received_at` (the gateway's capture), or else when it was posted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.ledger import Book
from billing_portal.money import Paise
from credit import limits_rule, policy
from credit.limits_rule import Sibling, Temporary

MONEY_BOOKS = [Book.GATEWAY.value, Book.BANK.value, Book.SUSPENSE.value]


@dataclass(frozen=True, slots=True)
class Stored:
    """The account's row as it stands; see CreditLimit."""

    amount: Paise
    earned: Paise
    base: Paise
    received: Paise
    factor: int
    sibling: int | None
    sibling_points: int
    effective_until: date | None
    seen_entries: int
    seen_allocation: int
    revision: int


NOTHING = Stored(policy.FLOOR, policy.FLOOR, policy.FLOOR, 0, policy.START, None, 0, None, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class State:
    """One account as of a day: its stored limit, and what its base, sibling rule and temporary limit come from."""

    account: int
    ban: str
    entries: int
    anchor_day: int
    is_new: bool  # it has no row yet
    stored: Stored
    received: Paise
    sibling: Sibling | None
    temporary: Temporary | None

    @property
    def has_news(self) -> bool:
        """Its ledger has entries whose causes are not recorded."""
        return self.entries > self.stored.seen_entries


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill that is fully covered, and when the last of the money was there. `is_renewal`: it closes a cycle."""

    account: int
    document: int
    number: str
    is_renewal: bool
    due_on: date
    covered_on: date


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in. `advance` is what of it was added to the prepaid money, net of tax, in paise."""

    account: int
    key: str
    received_on: date
    advance: Paise
    settles: bool  # a part of it paid something due
    rental: Paise | None  # of a month on the account's plan of that day
    crossed: bool  # it came while a restriction for credit stood


@dataclass(frozen=True, slots=True)
class News:
    """What happened, by account: bills covered, money that came in, the newest allocation."""

    bills: dict[int, list[Bill]] = field(default_factory=dict)
    payments: dict[int, list[Payment]] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)


STATES = """
    select a.id, a.ban, a.entry_count, coalesce(s.anchor_day, 1), l.id is null,
        l.amount, l.earned, l.base, l.received, l.factor, l.sibling_id, l.sibling_points, l.effective_until,
        l.seen_entries, l.seen_allocation, l.revision,
        coalesce(r.received, 0), b.id, b.ban, b.number, t.id, t.amount, t.from_on, t.until_on, t.reason
    from accounts_account a
    left join invoices_subscription s on s.account_id = a.id
    left join credit_creditlimit l on l.account_id = a.id
    left join (
        select e.account_id, -sum(m.amount)::bigint as received
        from accounts_entry e join accounts_line m on m.entry_id = e.id
        where e.account_id = any(%(ids)s) and e.posted_on > %(start)s and e.posted_on <= %(today)s
            and m.book = any(%(books)s)
        group by 1
    ) r on r.account_id = a.id
    left join lateral (
        select o.id, o.ban, d.number
        from accounts_account o join invoices_document d on d.account_id = o.id
        where o.customer_id = a.customer_id and o.id <> a.id and d.open_amount > 0 and d.due_on <= %(owing)s
        order by o.id is not distinct from l.sibling_id desc, d.due_on, d.id limit 1
    ) b on true
    left join lateral (
        select id, amount, from_on, until_on, reason from credit_temporarylimit
        where account_id = a.id and from_on <= %(today)s and until_on >= %(today)s order by id desc limit 1
    ) t on true
    where a.id = any(%(ids)s) order by a.id
"""
PAYMENTS = """
    select e.account_id, e.key, c.on,
        coalesce(sum(l.amount) filter (where l.book = 'advances'), 0)::bigint, bool_or(l.book = 'receivable'),
        (select v.rental from invoices_cycle y join invoices_planversion v on v.id = y.version_id
            where y.account_id = e.account_id and y.starts_on <= c.on order by y.starts_on desc limit 1),
        exists (select 1 from accounts_restriction x where x.account_id = e.account_id and x.reason = 'credit'
            and x.imposed_at <= c.at and (x.lifted_at is null or x.lifted_at >= c.at))
    from unnest(%(ids)s::bigint[], %(entries)s::bigint[]) n(id, seen)
    join accounts_entry e on e.account_id = n.id and e.number > n.seen and e.reverses_id is null
        and not starts_with(e.key, 'dispute-won:')  -- the same money again, no new payment
    join accounts_line l on l.entry_id = e.id
    cross join lateral (select coalesce(e.received_at, e.posted_at) as at) m
    cross join lateral (select m.at, (m.at at time zone %(zone)s)::date as on) c
    group by e.id, c.at, c.on
    having sum(l.amount) filter (where l.book = any(%(books)s)) < 0
    order by e.account_id, e.number
"""
BILLS = """
    with touched as (
        select distinct p.document_id
        from unnest(%(ids)s::bigint[], %(allocations)s::bigint[]) n(id, seen)
        join invoices_allocation p on p.account_id = n.id and p.id > n.seen
    )
    select d.account_id, d.id, d.number, starts_with(d.cause, 'cycle:'), d.due_on,
        (max(coalesce(e.received_at, p.allocated_at)) at time zone %(zone)s)::date
    from touched t
    join invoices_document d on d.id = t.document_id
    join invoices_allocation p on p.document_id = d.id and not starts_with(p.cause, 'credit-note:')
    left join accounts_entry e on e.key = p.cause
    where d.open_amount = 0 and d.due_on is not null
    group by d.id order by d.account_id, d.id
"""
HEADS = "select account_id, max(id) from invoices_allocation where account_id = any(%(ids)s) group by 1"
LEAVING = """
    select coalesce(-sum(m.amount), 0)::bigint from accounts_entry e join accounts_line m on m.entry_id = e.id
    where e.account_id = %(id)s and e.posted_on > %(start)s and e.posted_on <= %(until)s and m.book = any(%(books)s)
"""


def states(account_ids: Sequence[int], *, today: date) -> list[State]:
    """Return the accounts' states, ascending by id. One query."""
    words = {
        "ids": list(account_ids),
        "today": today,
        "start": limits_rule.window_start(today),
        "owing": today - timedelta(days=policy.SIBLING_DAYS),
        "books": MONEY_BOOKS,
    }
    return [_state(row) for row in _rows(STATES, words)]


def news(found: Sequence[State]) -> News:
    """Return what happened since each account was last looked at. Three queries, for any number of accounts."""
    if not found:
        return News()
    words = {
        "ids": [one.account for one in found],
        "entries": [one.stored.seen_entries for one in found],
        "allocations": [one.stored.seen_allocation for one in found],
        "books": MONEY_BOOKS,
        "zone": settings.TIME_ZONE,
    }
    got = News(heads=dict(_rows(HEADS, words)))
    for row in _rows(BILLS, words):
        got.bills.setdefault(row[0], []).append(Bill(*row))
    for row in _rows(PAYMENTS, words):
        got.payments.setdefault(row[0], []).append(Payment(*row))
    return got


def leaving(account_id: int, *, today: date, until: date) -> Paise:
    """Return the money that counts today and will not count on `until` any more, in paise."""
    words = {
        "id": account_id,
        "start": limits_rule.window_start(today),
        "until": limits_rule.window_start(until),
        "books": MONEY_BOOKS,
    }
    return int(_rows(LEAVING, words)[0][0])


def _rows(query: str, words: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, words)
        return cursor.fetchall()


def _state(row: tuple[Any, ...]) -> State:
    account, ban, entries, anchor_day, is_new = row[:5]
    stored = NOTHING if is_new else Stored(*row[5:16])
    points = stored.sibling_points if stored.sibling == row[17] else policy.POINTS[policy.Kind.SIBLING]
    return State(
        account,
        ban,
        entries,
        anchor_day,
        is_new,
        stored,
        max(0, row[16]),
        Sibling(row[17], row[18], row[19], points) if row[17] else None,
        Temporary(*row[20:25]) if row[20] else None,
    )
