"""`limits_nightly`: the nightly look at every credit limit, against one set-based statement over the same rows.

Sizes are set by LIMITS_ACCOUNTS (default 1000,10000,100000). Each account has twelve payments, one on each thirtieth
day, and a bill; of four accounts two have one customer, and every twentieth account owes for more than 60 days. Each
round is one night: a thirtieth of the accounts has money leaving the window. The floor sums the same lines, looks for
the same siblings and updates the same rows in one statement, and is taken back before ours runs.
"""

import itertools
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from accounts.models import Account
from benchmarks import world
from benchmarks.table import Row
from credit import limits_job, limits_rule, policy
from credit.models import CreditLimit

SIZES = [int(size) for size in os.environ.get("LIMITS_ACCOUNTS", "1000,10000,100000").split(",")]
NIGHTS = 3
START = world.NOW.date()
_nights = itertools.count()

# fmt: off
FILL = (
    """
    insert into accounts_customer (name, created_at)
    select 'L ' || n, %(now)s from generate_series(%(first)s, %(size)s) n
    """,  # of four accounts, the third and the fourth have one customer
    """
    insert into accounts_account (ban, customer_id, name, billing_name, address, city, pin, state, registration, gstin,
        pan, minimum_top_up, created_at, entry_count, entry_hash)
    select 'LB-' || n, (select min(id) from accounts_customer) + n - (n %% 4 = 0)::int, 'Lotus', 'Lotus', 'MG Road',
        'Bengaluru', '560001', '29', 'unregistered', '', '', 150000, %(now)s, 12, ''
    from generate_series(%(first)s, %(size)s) n
    """,
    """
    insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, number, previous_hash, hash)
    select a.id, 'payment:' || a.ban || '-' || n, '', %(now)s,
        %(start)s::date - 365 + (a.id %% 30)::int + n * 30 - 29, n, '', ''
    from accounts_account a, generate_series(1, 12) n where a.id > %(after)s
    """,
    """
    insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after)
    select id, account_id, 'advances', '29:intra', 150000, number, number * 150000 from accounts_entry
        where account_id > %(after)s
    union all select id, account_id, 'gateway', '', -150000, null, null from accounts_entry
        where account_id > %(after)s
    """,
    """
    insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, due_on, supplier, recipient,
        details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, open_amount, hash)
    select id, 'invoice', 'LI' || id, 'bench:' || id, %(start)s, %(now)s, %(start)s::date - 90, '{}', '{}', '{}', '29',
        'zero', 100000, 0, 0, 0, 0, 100000, case when id %% 20 = 0 then 100000 else 0 end, ''
    from accounts_account where id > %(after)s
    """,
)
# fmt: on
FLOOR = """
    with fresh as (
        select a.id, coalesce(r.received, 0) as received, b.id as sibling
        from accounts_account a
        join credit_creditlimit l on l.account_id = a.id
        left join (
            select e.account_id, -sum(m.amount)::bigint as received
            from accounts_entry e join accounts_line m on m.entry_id = e.id
            where e.posted_on > %(from)s and e.posted_on <= %(today)s and m.book in ('gateway', 'bank') group by 1
        ) r on r.account_id = a.id
        left join lateral (
            select o.id from accounts_account o join invoices_document d on d.account_id = o.id
            where o.customer_id = a.customer_id and o.id <> a.id and d.open_amount > 0 and d.due_on <= %(owing)s
            order by d.due_on, d.id limit 1
        ) b on true
    ), worth as (
        select *, greatest(10000, (received / 10 + 50) / 100 * 100) as base from fresh
    ), moved as (
        update credit_creditlimit l set received = w.received, base = w.base, sibling_id = w.sibling,
            amount = (w.base * (l.factor - case when w.sibling is null then 0 else 20 end) / 100 + 50) / 100 * 100,
            earned = (w.base * (l.factor - case when w.sibling is null then 0 else 20 end) / 100 + 50) / 100 * 100
        from worth w where w.id = l.account_id
            and (l.received, l.sibling_id) is distinct from (w.received, w.sibling)
        returning l.account_id, l.base
    )
    insert into credit_limitchange (account_id, kind, "on", key, points, cycle_on, details, recorded_at)
    select account_id, 'base', %(today)s, 'floor:' || %(today)s, 0, %(today)s,
        jsonb_build_object('after', base), now() from moved
"""


def measure() -> list[Row]:
    return [row for size in SIZES for row in _measure(size)]


def _measure(size: int) -> Iterator[Row]:
    _fill(size, next(_nights))
    ours, floor, changed = [], [], 0
    for _ in range(NIGHTS):
        night = next(_nights)
        now = world.NOW + timedelta(days=night)
        with transaction.atomic():
            began = time.perf_counter()
            _floor(night)
            floor.append(size / (time.perf_counter() - began))
            transaction.set_rollback(True)
        began = time.perf_counter()
        done = limits_job.nightly(now=now)
        ours.append(size / (time.perf_counter() - began))
        assert (done["looked"], done["behind"], done["failed"]) == (size, 0, 0), done
        changed = done["changed"]
    note = f"{changed:,} changed a night"
    yield Row(f"limits_nightly, {size:,} accounts", "/s", ours, floor, at_most=5, note=note)


def _floor(night: int) -> None:
    today = START + timedelta(days=night)
    words: dict[str, Any] = {
        "today": today,
        "from": limits_rule.window_start(today),
        "owing": today - timedelta(days=policy.SIBLING_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, words)


def _fill(size: int, night: int) -> None:
    """Let the world grow to so many accounts, each with its limit of this night. Sizes go up."""
    words: dict[str, Any] = {
        "now": world.NOW,
        "start": START,
        "size": size,
        "first": Account.objects.count() + 1,
        "after": Account.objects.order_by("pk").values_list("pk", flat=True).last() or 0,
    }
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, words)
        cursor.execute("vacuum analyze")
    limits_job.nightly(now=world.NOW + timedelta(days=night))
    assert CreditLimit.objects.count() == Account.objects.count() == size
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
