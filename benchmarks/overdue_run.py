"""`overdue_run`: the day's outbound blocking over all accounts, against finding the due and a bare UPDATE of them.

Sizes are set by OVERDUE_ACCOUNTS (default 10000,100000,1000000); so many of them are due: none, 1 %, 5 %. Each due
account owes one bill of fifteen days, had its two reminders, and has a contact with an address and a mobile: the step
locks it, restricts it, orders the platform, and owes two messages. A run that would harm more than 2 % has been
confirmed by a person. The floor is taken back before ours runs.
"""

import itertools
import os
import resource
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import job_runs
from accounts.models import Account
from benchmarks import world
from benchmarks.table import Row
from credit import overdue_jobs, overdue_policies
from credit.ladder import Action
from credit.models import OverdueCase
from payments import overdue_runs

SIZES = [int(size) for size in os.environ.get("OVERDUE_ACCOUNTS", "10000,100000,1000000").split(",")]
SHARES = (1, 5)  # per cent of the accounts
ROUNDS = 3
ACTION = Action.BLOCK_OUTBOUND
_nights = itertools.count(1)

# fmt: off
ACCOUNTS = (
    "insert into accounts_customer (name, created_at) select 'Lotus', %(now)s where %(first)s = 1",
    """
    insert into accounts_account (ban, customer_id, name, billing_name, address, city, pin, state, registration, gstin,
        pan, minimum_top_up, created_at, entry_count, entry_hash)
    select 'LO-' || n, (select max(id) from accounts_customer), 'Lotus', 'Lotus', 'MG Road', 'Bengaluru', '560001',
        '29', 'unregistered', '', '', 150000, %(now)s, 0, ''
    from generate_series(%(first)s, %(size)s) n
    """,
)
DUE = (
    """
    insert into accounts_contact (account_id, category, name, email, phone)
    select id, 'accounts', 'Asha', 'a' || id || '@example.in', '+919800000001' from one
    """,
    """
    insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, due_on, supplier, recipient,
        details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, open_amount, hash)
    select id, 'invoice', 'LO' || %(night)s || '-' || id, 'overdue:' || %(night)s || ':' || id, %(today)s::date - 22,
        %(now)s, %(today)s::date - 15, '{}', '{}', '{}', '29', 'zero', 5000, 0, 0, 0, 0, 5000, 5000, '' from one
    """,
    """
    insert into credit_overduecase (account_id, policy_id, due_on, watched_at, opened_on, closed_why, next_action,
        next_step_on, last_on, waits_for, shields)
    select id, %(policy)s, %(today)s::date - 15, %(now)s, %(today)s::date - 15, '', %(action)s, %(today)s,
        %(today)s::date - 8, '', 0 from one
    """,
    """
    insert into credit_steptaken (case_id, account_id, day, action, due_on, taken_on, taken_at, due)
    select c.id, c.account_id, n, 'remind', c.due_on, c.due_on + n, %(now)s, 5000
    from one join credit_overduecase c on c.account_id = one.id, (values (0), (7)) days(n)
    """,
    """
    insert into accounts_notice (account_id, name, event, channel, recipient, context, attachments, state, owed_at,
        attempts, error, sent_at, message_id, subject, text)
    select c.account_id, 'overdue-reminder',
        'overdue:' || c.id || ':7:' || to_char(c.due_on + 7, 'YYYYMMDD'), 'email', 'a@example.in', '{}', '[]', 'sent',
        %(now)s, 1, '', %(now)s, '', '', ''
    from one join credit_overduecase c on c.account_id = one.id
    """,
)
# fmt: on
ONE = "with one as (select id from accounts_account where id > %(after)s and id <= %(until)s)"
PROBE = """
    select id from credit_overduecase where closed_at is null and next_action = %(action)s and next_step_on <= %(today)s
"""
FLOOR = f"""
    update credit_overduecase set next_action = 'suspend', next_step_on = %(today)s::date + 15, last_on = %(today)s
    where id in ({PROBE})
"""  # nosec B608 - our own words


def measure() -> list[Row]:
    world.account()  # the customer that all belong to
    return [row for size in SIZES for row in _measure(size)]


def _measure(size: int) -> Iterator[Row]:
    fill(size)
    yield from _nothing(size)
    for share in SHARES:
        yield from _share(size, share)


def _nothing(size: int) -> Iterator[Row]:
    ours, floor, queries = [], [], 0
    for _ in range(ROUNDS):
        said = words(next(_nights))
        floor.append(1000 * _timed(PROBE, said))
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as seen:
            overdue_runs.run(ACTION, now=said["now"])
        ours.append(1000 * (time.perf_counter() - began))
        queries = len(seen)
    yield Row(
        f"overdue_run, {size:,} accounts, none due", "ms", ours, floor, at_most=20, note=f"{queries} queries"
    )


def _share(size: int, share: int) -> Iterator[Row]:
    count, before = size * share // 100, _memory()
    ours, floor = [], []
    for _ in range(ROUNDS):
        said = words(next(_nights))
        make_due(count, said)
        floor.append(count / _timed(FLOOR, said))
        run = job_runs.begin(overdue_jobs.JOBS[ACTION], now=said["now"])
        assert run
        run.confirmed_at = said["now"]
        run.save(update_fields=["confirmed_at"])
        began = time.perf_counter()
        done = overdue_runs.run(ACTION, now=said["now"])
        ours.append(count / (time.perf_counter() - began))
        assert done == {"taken": count}, done
    name = f"overdue_run, {size:,} accounts, {share} % due"
    yield Row(name, "/s", ours, floor, at_most=60)
    yield Row(f"{name}, memory after", "MiB", [_memory()], [before])


def words(night: int) -> dict[str, Any]:
    now = world.NOW + timedelta(days=night)
    return {"now": now, "today": now.date(), "night": night, "action": str(ACTION)}


def _timed(statement: str, words: dict[str, Any]) -> float:
    with transaction.atomic(), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(statement, words)
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return took


def fill(size: int) -> None:
    with connection.cursor() as cursor:
        for statement in ACCOUNTS:
            cursor.execute(statement, {"now": world.NOW, "first": Account.objects.count() + 1, "size": size})
        cursor.execute("vacuum analyze")


def make_due(count: int, said: dict[str, Any]) -> None:
    """Let so many accounts that have no case yet be due on the night's date."""
    after = OverdueCase.objects.order_by("account").values_list("account", flat=True).last() or 0
    said |= {"after": after, "until": after + count, "policy": overdue_policies.current(now=said["now"]).pk}
    with connection.cursor() as cursor:
        for statement in DUE:
            cursor.execute(f"{ONE} {statement}", said)
        cursor.execute("vacuum analyze")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
