"""`usage_ingest`: records through the function, the CSV command and the HTTP API, against a bare COPY.

Counts are set by USAGE_RECORDS and USAGE_ACCOUNTS; each way takes its share in batches of 10,000 into tables that hold
some already. The floor copies the same rows into one unpartitioned table with a key and the account's index.
"""

import csv
import io
import json
import os
import resource
import tempfile
import time
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
BATCH = 10_000
SHARES = (1, 10, 100)  # of the records: 1,000,000, 100,000, 10,000 show that the cost is linear
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

FLOOR = """
    create table usage_floor (
        source varchar(20) not null, record_id varchar(64) not null, account_id bigint not null,
        feature_id varchar(20) not null, cycle_id bigint not null, month date not null,
        caller varchar(20) not null, called varchar(20) not null, started_at timestamptz not null,
        answered_at timestamptz, ended_at timestamptz, units integer not null, unit_price bigint,
        is_late boolean not null, received_at timestamptz not null, primary key (source, record_id)
    );
    create index usage_floor_by_account on usage_floor (account_id, started_at desc)
"""


def measure() -> list[Row]:
    clock.now = lambda: NOW
    bans = world.subscribed(ACCOUNTS)
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)
    _floor("warm", RECORDS // 10, bans)
    _function("warm", RECORDS // 10, bans)
    floor = {part: _floor(f"floor{part}", RECORDS // part, bans) for part in SHARES}
    ours = {part: _function(f"ours{part}", RECORDS // part, bans) for part in SHARES}
    ways = {"CSV": (_csv, 3.5), "HTTP API": (_http, 6)}
    rows = [
        _row("function", n, [ours[part]], [floor[part]], 2.5) for part in SHARES for n in [RECORDS // part]
    ]
    for name, (way, most) in ways.items():
        rate = way(name[:3].lower(), RECORDS, bans)
        rows.append(_row(name, RECORDS, [rate], [floor[1]], most))
    return rows


def _row(name: str, count: int, ours: list[float], floor: list[float], most: float) -> Row:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Row(
        f"usage_ingest {name}, {count:,}", "/s", ours, floor, at_most=most, note=f"{memory} MiB at most"
    )


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


def batches(name: str, count: int, bans: list[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the records in batches of 10,000."""
    batch = []
    for record in _records(name, count, bans):
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _function(name: str, count: int, bans: list[str]) -> float:
    took = 0.0
    for batch in batches(name, count, bans):
        began = time.perf_counter()
        outcomes = usage.ingest(batch, source="platform", now=NOW)
        took += time.perf_counter() - began
        assert {one.outcome for one in outcomes} == {"accepted"}
    return count / took


def _http(name: str, count: int, bans: list[str]) -> float:
    token = api_keys.issue("Benchmark", ["telephony"], actor=None, reason="benchmark", now=NOW).token
    client, took = Client(headers={"authorization": f"Bearer {token}"}), 0.0
    for batch in batches(name, count, bans):
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
    took = 0.0
    for batch in batches(name, count, bans):
        text = "".join(
            f"platform\t{r['id']}\t{r['account'][3:]}\t{r['feature']}\t{r['account'][3:]}\t2026-11-01\t{r['caller']}\t"
            f"{r['called']}\t{r['started_at']}\t{r['answered_at']}\t{r['ended_at']}\t3\t60000\tf\t{NOW}\n"
            for r in batch
        )
        began = time.perf_counter()
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy("copy usage_floor from stdin") as copy,
        ):
            copy.write(text)
        took += time.perf_counter() - began
    return count / took
