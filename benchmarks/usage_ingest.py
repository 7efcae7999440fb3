"""`usage_ingest`: records through the function, the CSV command and the HTTP API, against a bare COPY.

Each way takes USAGE_RECORDS of USAGE_ACCOUNTS accounts, in turns with the floor, into tables that hold USAGE_STORED
records already. The floor copies the same rows as text into tables with our columns, keys, indexes and partitions,
in transactions as large; it neither validates, nor locks, rates or counts.
"""

import csv
import io
import json
import os
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from accounts import api_keys
from benchmarks import world
from benchmarks.table import Row
from billing_portal import clock
from invoices import usage

RECORDS = int(os.environ.get("USAGE_RECORDS", "1000000"))
ACCOUNTS = int(os.environ.get("USAGE_ACCOUNTS", "20000"))
STORED = int(os.environ.get("USAGE_STORED", "1000000"))
TURNS = 5
NOW = world.NOW
FIELDS = (
    "id",
    "account",
    "feature",
    "direction",
    "caller",
    "called",
    "started_at",
    "answered_at",
    "ended_at",
    "units",
)

COLUMNS = (
    "source, record_id, account_id, feature_id, cycle_id, month, caller, called, started_at, answered_at, ended_at, "
    "units, unit_price, is_late, received_at"
)
FLOOR = f"""
    create table usage_floor_key (like invoices_usagekey including all);
    create table usage_floor (like invoices_usagerecord including all) partition by range (month);
    create table usage_floor_one partition of usage_floor for values from ('2026-11-01') to ('2026-12-01');
    insert into invoices_usagekey select 'old', lpad(n::text, 12, '0') from generate_series(1, {STORED}) n;
    insert into usage_floor_key select * from invoices_usagekey;
    insert into invoices_usagerecord ({COLUMNS})
    select 'old', lpad(n::text, 12, '0'), 1 + n % {ACCOUNTS}, 'incoming', 1 + n % {ACCOUNTS}, '2026-11-01',
        '+918040001234', '+919900012345', t, t, t, 1, 30000, false, t
    from generate_series(1, {STORED}) n, lateral (select timestamptz '2026-11-10' + n * interval '0.1 s' as t);
    insert into usage_floor ({COLUMNS}) select {COLUMNS} from invoices_usagerecord;
    analyze;
    checkpoint
"""


def measure() -> list[Row]:
    clock.now = lambda: NOW
    bans = world.subscribed(ACCOUNTS)
    with connection.cursor() as cursor:
        for statement in FLOOR.split(";"):
            cursor.execute(statement)
    ways = {"function": (_function, 2.5), "CSV": (_csv, 3.5), "HTTP API": (_http, 6.0)}
    share, rates = RECORDS // TURNS, defaultdict(list)
    for turn in range(-1, TURNS):  # the first one warms
        for name, way in {"floor": _floor, **{name: way for name, (way, _most) in ways.items()}}.items():
            rate = way(f"{name[:3].lower()}{turn}", share if turn >= 0 else 10_000, bans)
            if turn >= 0:
                rates[name].append(rate)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        Row(
            f"usage_ingest {name}, {RECORDS:,} records",
            "/s",
            rates[name],
            rates["floor"],
            at_most=most,
            note=f"{memory} MiB at most",
        )
        for name, (_way, most) in ways.items()
    ]


def _records(name: str, count: int, bans: list[str]) -> Iterator[dict[str, Any]]:
    """Calls one after the other in time, as a platform sends them: a fifth of the accounts makes two thirds of them."""
    began = NOW - timedelta(days=3)
    step = timedelta(days=2) / count
    last = len(bans)
    for number in range(count):
        started = (began + step * number).replace(microsecond=0)
        answered = started + timedelta(seconds=5)
        is_in = number % 3 == 0
        yield {
            "id": f"{name}-{number:010}",
            "account": bans[int(last * (number * 0.6180339887 % 1) ** 4)],
            "feature": "incoming" if is_in else "click_to_call",
            "direction": "in" if is_in else "out",
            "caller": "+918040001234",
            "called": "+919900012345",
            "started_at": started.isoformat(),
            "answered_at": answered.isoformat(),
            "ended_at": (answered + timedelta(seconds=number % 600)).isoformat(),
            "units": None,
        }


def batches(name: str, count: int, bans: list[str], size: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the records in batches of so many."""
    batch = []
    for record in _records(name, count, bans):
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _function(name: str, count: int, bans: list[str]) -> float:
    took = 0.0
    for batch in batches(name, count, bans, usage.MOST):
        began = time.perf_counter()
        outcomes = usage.ingest(batch, source="platform", now=NOW)
        took += time.perf_counter() - began
        assert {one.outcome for one in outcomes} == {"accepted"}
    return count / took


def _http(name: str, count: int, bans: list[str]) -> float:
    token = api_keys.issue("Benchmark", ["telephony"], actor=None, reason="benchmark", now=NOW).token
    client, took = Client(headers={"authorization": f"Bearer {token}"}), 0.0
    for batch in batches(name, count, bans, 10_000):
        body = json.dumps({"records": batch})
        began = time.perf_counter()
        response = client.post("/api/v1/usage-events/", body, content_type="application/json")
        took += time.perf_counter() - began
        assert json.loads(response.content)["accepted"] == len(batch), response.content[:300]
    return count / took


def _csv(name: str, count: int, bans: list[str]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(_records(name, count, bans))
        file.flush()
        said = io.StringIO()
        began = time.perf_counter()
        with redirect_stderr(io.StringIO()):
            call_command("import_usage", file.name, stdout=said, stderr=io.StringIO())
        took = time.perf_counter() - began
    assert f"{count} accepted" in said.getvalue(), said.getvalue()
    return count / took


def _floor(name: str, count: int, bans: list[str]) -> float:
    """COPY of the finished rows; making their text is not measured."""
    took, ids = 0.0, {ban: number for number, ban in enumerate(bans, 1)}
    for batch in batches(name, count, bans, usage.MOST):
        keys = "".join(f"platform\t{r['id']}\n" for r in batch)
        text = "".join(
            f"platform\t{r['id']}\t{ids[r['account']]}\t{r['feature']}\t{ids[r['account']]}\t2026-11-01\t{r['caller']}\t"
            f"{r['called']}\t{r['started_at']}\t{r['answered_at']}\t{r['ended_at']}\t3\t60000\tf\t{NOW}\n"
            for r in batch
        )
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in (("usage_floor_key", keys), (f"usage_floor ({COLUMNS})", text)):
                with cursor.copy(f"copy {table} from stdin") as copy:
                    copy.write(rows)
        took += time.perf_counter() - began
    return count / took
