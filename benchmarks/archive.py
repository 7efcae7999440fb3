"""`archive`: an account's records sealed, compared and removed, and brought back, in MB of lines a second.

The floor out is reading the same lines from PostgreSQL and hashing them; the floor back is inserting them from memory.
ARCHIVE_RECORDS sets the size (default 200000).
"""

import os
import tempfile
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Account
from benchmarks import world
from benchmarks.table import Row
from billing_portal import sealed
from billing_portal.unit import unit
from credit import archive_tables, archives, overdue_policies
from credit.models import Archive, OverdueCase
from invoices.models import Cycle

RECORDS = int(os.environ.get("ARCHIVE_RECORDS", "200000"))
ROUNDS = 3
T = TypeVar("T")
USAGE = archive_tables.BY_NAME["invoices_usagerecord"]
FILL = """
    insert into invoices_usagerecord (month, source, record_id, account_id, feature_id, cycle_id, caller, called,
        started_at, answered_at, ended_at, units, unit_price, is_late, received_at)
    select date_trunc('month', %(now)s::timestamptz)::date, 'platform', %(account)s || '-' || n, %(account)s,
        'click_to_call', %(cycle)s, '+918047100042', '+9199' || lpad((n %% 100000000)::text, 8, '0'), %(now)s, %(now)s,
        %(now)s, 1 + n %% 9, 60000, false, %(now)s from generate_series(1, %(records)s) n
"""
KEYS = "insert into invoices_usagekey (source, record_id) select source, record_id from invoices_usagerecord t where {}"


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        backend = "billing_portal.files.DocumentStorage"
        kept: dict[str, Any] = {"BACKEND": backend, "OPTIONS": {"location": folder}}
        settings.STORAGES = {**settings.STORAGES, "archives": kept}
        return _measure()


def _measure() -> list[Row]:
    rounds = [_round(ban) for ban in world.subscribed(ROUNDS)]
    out, read, back, inserted = zip(*rounds, strict=True)
    note = f"{RECORDS:,} records"
    return [
        Row("archive, out", "MB/s", out, read, note=note, given=_times(read, out)),
        Row("archive, back", "MB/s", back, inserted, note=note, given=_times(inserted, back)),
    ]


def _times(floor: tuple[float, ...], ours: tuple[float, ...]) -> float:
    return sorted(floor)[len(floor) // 2] / sorted(ours)[len(ours) // 2]


def _round(ban: str) -> tuple[float, float, float, float]:
    """MB/s out, of reading alone, back, of inserting alone."""
    account = Account.objects.get(ban=ban)
    _fill(account)
    lines, read = _timed(lambda: list(archive_tables.lines(USAGE, account.pk)))
    _content, hashed = _timed(lambda: sealed.digest(iter(lines)))
    size = sum(len(line) for line in lines) / 1e6
    policy = overdue_policies.current(now=world.NOW)
    case = OverdueCase.objects.create(
        account=account, policy=policy, due_on=world.NOW.date(), watched_at=world.NOW
    )
    archive, made = _timed(lambda: archives.make(case, world.NOW))
    _none, moved = _timed(lambda: _move(account.pk, case))
    _count, back = _timed(lambda: _bring_back(account.pk, archive))
    with transaction.atomic():
        archive_tables.remove(USAGE, account.pk)
        _count, inserted = _timed(lambda: archive_tables.insert(USAGE, account.pk, lines))
        transaction.set_rollback(True)
    return size / (made + moved), size / (read + hashed), size / back, size / inserted


def _fill(account: Account) -> None:
    cycle = Cycle.objects.get(account=account)
    words: dict[str, Any] = {"now": world.NOW, "account": account.pk, "cycle": cycle.pk, "records": RECORDS}
    with connection.cursor() as cursor:
        cursor.execute("update invoices_cycle set closed_at = %s where id = %s", [world.NOW, cycle.pk])
        cursor.execute(FILL, words)
        cursor.execute(KEYS.format(USAGE.rows), {"account": account.pk})  # nosec B608 - our own words
        cursor.execute("vacuum analyze invoices_usagerecord, invoices_usagekey")


@unit
def _move(account: int, case: OverdueCase) -> None:
    wait = archives.move(Account.objects.lock(account), case, world.NOW)
    assert wait is None, wait


@unit
def _bring_back(account: int, archive: Archive) -> None:
    Account.objects.lock(account)
    for part in archive.parts.exclude(moved_at=None):
        table = archive_tables.BY_NAME[part.table]
        assert archive_tables.insert(table, account, archives.read(part)) == (part.rows, part.sha256)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began
