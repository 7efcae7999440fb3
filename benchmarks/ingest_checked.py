"""`ingest_checked`: usage taken in with every check (free units, low balance, limit, holds), against the bare intake.

A fifth of the accounts makes two thirds of the calls; limits are crossed and alerts given on the way, as in life.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from benchmarks import usage_ingest, world
from benchmarks.table import Row
from credit import intake
from invoices import usage

RECORDS = int(os.environ.get("CHECKED_RECORDS", "100000"))
ACCOUNTS = int(os.environ.get("CHECKED_ACCOUNTS", "5000"))
ROUNDS = 3


def measure() -> list[Row]:
    bans = world.subscribed(ACCOUNTS)
    _take("warm", bans, usage.ingest)
    ours, floor = [], []
    for number in range(ROUNDS):
        floor.append(_take(f"off{number}", bans, usage.ingest))
        ours.append(_take(f"on{number}", bans, intake.take_in))
    return [Row(f"ingest_checked, {RECORDS:,} records", "/s", ours, floor, at_most=1.5)]


def _take(name: str, bans: list[str], way: Callable[..., list[Any]]) -> float:
    took = 0.0
    for batch in usage_ingest.batches(name, RECORDS, bans, usage.MOST):
        began = time.perf_counter()
        outcomes = way(batch, source="platform", now=world.NOW)
        took += time.perf_counter() - began
        assert {one.outcome for one in outcomes} == {"accepted"}
    return RECORDS / took
