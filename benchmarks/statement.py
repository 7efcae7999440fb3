"""`statement`: pages of an account with 100,000 entries, against the one SQL that reads such a page."""

import time
from collections.abc import Callable
from datetime import date
from statistics import median

from django.db import connection

from accounts import statement
from accounts.models import Account
from benchmarks import world
from benchmarks.table import Row
from invoices import statement_rows

ENTRIES, FEW = 100_000, 100
SIZE, ROUNDS = 50, 30
FIRST, LAST = date(2020, 1, 1), date(2027, 12, 31)

FILL = """
    with made as (
        insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, number, previous_hash, hash)
        select %(account)s, 'payment:B' || %(account)s || '-' || n, 'Payment B' || n,
            timestamptz '2021-01-01' + n * interval '20 minutes', date '2021-01-01' + n / 72, n, '', repeat('0', 64)
        from generate_series(1, %(count)s) n returning id, number
    ), lines as (
        insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after)
        select id, %(account)s, 'advances', '29:intra', 100, number, number * 100 from made
        union all select id, %(account)s, 'gateway', '', -100, null, null from made
    )
    insert into accounts_balance (account_id, book, treatment, amount, lines)
    values (%(account)s, 'advances', '29:intra', %(count)s * 100, %(count)s)
"""
PAGE = """
    select e.id, e.key, e.narrative, e.posted_on, l.book, l.amount, l.balance_after
    from (select * from accounts_entry where account_id = %s and number > %s order by number limit %s) e
    join accounts_line l on l.entry_id = e.id order by e.number
"""


def measure() -> list[Row]:
    long, short = _filled(ENTRIES), _filled(FEW)
    with connection.cursor() as cursor:
        cursor.execute("analyze accounts_entry, accounts_line, accounts_balance")
    return [
        _row("statement, first page", long, 0),
        _row("statement, page in the middle", long, ENTRIES // 2),
        Row(
            "statement, first page of 100,000 entries against 100",
            "ms",
            _times(lambda: _page(long, 0)),
            _times(lambda: _page(short, 0)),
            at_most=1.5,
        ),
        Row(
            "statement, totals of 100,000 entries",
            "ms",
            _times(lambda: statement.totals(long, FIRST, LAST), 3),
            note="reads the period once",
        ),
        Row(
            "statement, whole CSV",
            "ms",
            _times(lambda: sum(1 for _ in statement_rows.lines(long, FIRST, LAST)), 1),
            note="100,000 rows, streamed",
        ),
    ]


def _row(name: str, account: Account, after: int) -> Row:
    ours, floor = _times(lambda: _page(account, after)), _times(lambda: _floor(account, after))
    return Row(name, "ms", ours, floor, at_most=3)


def _page(account: Account, after: int) -> None:
    rows, _after = statement.page(account, FIRST, LAST, after=after, size=SIZE)
    assert len(rows) == SIZE


def _floor(account: Account, after: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PAGE, [account.pk, after, SIZE])
        assert len(cursor.fetchall()) == 2 * SIZE


def _filled(count: int) -> Account:
    account = world.account()
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"account": account.pk, "count": count})
    return account


def _times(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    work()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return [min(found), median(found), max(found)]
