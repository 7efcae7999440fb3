"""`statement`: an account with 100,000 entries: its first page, a deep page and its whole CSV.

The floor of a page is the one SQL that reads its entries with their sums and the running balance; of the CSV, a COPY of
the same query. STATEMENT_ENTRIES says how long the account's history is.
"""

import os
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection

from accounts import statement
from accounts.models import Account
from accounts.models.ledger import CUSTOMER_BOOKS
from benchmarks import world
from benchmarks.table import Row
from invoices import statement_rows

COUNT, SHORT = int(os.environ.get("STATEMENT_ENTRIES", "100000")), 100
ROUNDS, REPEATS, PAGE = 7, 10, 50
FIRST, LAST = date(2020, 4, 1), date(2026, 11, 24)
SPAN = (LAST - FIRST).days + 1


def measure() -> list[Row]:
    long, short = _with(COUNT), _with(SHORT)
    with connection.cursor() as cursor:
        cursor.execute("analyze accounts_entry, accounts_line, accounts_balance")
    deep = COUNT - PAGE - 1
    _check(long, deep)
    return [
        _page("statement, first page", long, 0),
        _page(f"statement, page at {deep:,}", long, deep),
        Row(
            f"statement, first page, {COUNT:,} against {SHORT} entries",
            "ms",
            *_in_turn(lambda: _read(long, 0), lambda: _read(short, 0)),
            at_most=1.5,
        ),
        Row(
            f"statement, sums and opening of {COUNT:,}",
            "ms",
            *_in_turn(lambda: statement.totals(long, FIRST, LAST), lambda: _sums(long), repeats=1),
            at_most=3,
        ),
        Row(
            f"statement, CSV of {COUNT:,} rows",
            "ms",
            *_in_turn(lambda: _csv(long), lambda: _copy(long), repeats=1, rounds=3),
            note="floor: COPY of the same rows",
        ),
    ]


def _page(name: str, account: Account, after: int) -> Row:
    return Row(
        name, "ms", *_in_turn(lambda: _read(account, after), lambda: _floor(account, after)), at_most=3
    )


def _in_turn(
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    repeats: int = REPEATS,
    rounds: int = ROUNDS,
) -> tuple[list[float], list[float]]:
    """Measure both in turn; return the milliseconds of one call in each round."""
    ours(), floor()  # warm
    times: tuple[list[float], list[float]] = [], []
    for _ in range(rounds):
        for work, taken in zip((ours, floor), times, strict=True):
            began = time.perf_counter()
            for _ in range(repeats):
                work()
            taken.append((time.perf_counter() - began) * 1000 / repeats)
    return times


def _read(account: Account, after: int) -> object:
    return statement.page(account, FIRST, LAST, after=after, size=PAGE)


def _floor(account: Account, after: int) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            ROWS + " and e.number > %(after)s and e.number <= %(until)s" + GROUP, _words(account, after)
        )
        return cursor.fetchall()


def _sums(account: Account) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement.SUMS, _words(account))
        return cursor.fetchall()


def _csv(account: Account) -> int:
    return sum(len(row) for row in statement_rows.lines(account, FIRST, LAST))


def _copy(account: Account) -> int:
    with connection.cursor() as cursor:
        query = f"copy ({ROWS}{GROUP}) to stdout with csv"
        with cursor.copy(query, _words(account)) as rows:
            return sum(len(row) for row in rows)


def _words(account: Account, after: int = 0) -> dict[str, Any]:
    words: dict[str, Any] = {
        "account": account.pk,
        "first": FIRST,
        "last": LAST,
        "books": list(CUSTOMER_BOOKS),
    }
    return words | {"after": after, "until": after + PAGE}


def _check(account: Account, deep: int) -> None:
    """What is measured is right: a page is whole, and the last balance is the stored one."""
    rows, _after = statement.page(account, FIRST, LAST, after=deep, size=PAGE + 1)
    assert [row.number for row in rows] == list(range(deep + 1, COUNT + 1))
    assert (
        rows[-1].balance == statement.balance_now(account) == statement.totals(account, FIRST, LAST).closing
    )
    assert [row[0] for row in _floor(account, deep)] == [row.number for row in rows[:PAGE]]


ROWS = """
    select e.number, e.posted_on, e.key, e.narrative,
        sum(l.amount) filter (where l.book = any(%(books)s)) as moved,
        sum(l.amount) filter (where l.book in ('cgst', 'sgst', 'igst')) as tax,
        max(l.balance_after) as balance
    from accounts_entry e join accounts_line l on l.entry_id = e.id
    where e.account_id = %(account)s and e.posted_on between %(first)s and %(last)s
"""
GROUP = " group by e.id order by e.number"


def _with(count: int) -> Account:
    """An account whose entries are invoices of ₹118 and payments of ₹118 by turns, spread over the years."""
    account = world.account()
    words: dict[str, Any] = {"account": account.pk, "count": count, "first": FIRST, "span": SPAN}
    with connection.cursor() as cursor:
        for made in MADE:
            cursor.execute(made, words)
    return account


MADE = (
    """
    insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, number, previous_hash, hash)
    select %(account)s, case when n %% 2 = 1 then 'invoice:' else 'payment:' end || 'S' || %(account)s || '/' || n,
        case when n %% 2 = 1 then 'Invoice ' else 'Payment ' end || n, day + interval '6 hours', day, n, '',
        repeat('0', 64)
    from (
        select n, %(first)s::date + ((n - 1)::bigint * %(span)s / %(count)s)::int as day
        from generate_series(1, %(count)s) n
    ) days order by n
    """,
    """
    insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after)
    select id, %(account)s, 'receivable', '', case when number %% 2 = 1 then -11800 else 11800 end, number,
        case when number %% 2 = 1 then -11800 else 0 end
    from accounts_entry where account_id = %(account)s order by id
    """,
    """
    insert into accounts_line (entry_id, account_id, book, treatment, amount)
    select id, %(account)s, 'gateway', '', -11800 from accounts_entry
    where account_id = %(account)s and number %% 2 = 0
    union all
    select id, %(account)s, book, '', amount from accounts_entry,
        (values ('revenue', 10000), ('cgst', 900), ('sgst', 900)) legs(book, amount)
    where account_id = %(account)s and number %% 2 = 1
    """,
    """
    insert into accounts_balance (account_id, book, treatment, amount, lines)
    values (%(account)s, 'receivable', '', -11800 * (%(count)s %% 2), %(count)s)
    """,
    "update accounts_account set entry_count = %(count)s where id = %(account)s",
)
