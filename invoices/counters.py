"""Counters from records: what the intake keeps up to date, made again where records moved or somebody asks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from invoices.invariants_usage import COUNTERS, DAYS

OF_CYCLES = "where account_id = %(account)s and cycle_id = any(%(cycles)s)"
SINCE = "where account_id = %(account)s and started_at >= (%(day)s::timestamp at time zone 'Asia/Kolkata')"
INTO_COUNTERS = """
    insert into invoices_usagecounter (account_id, cycle_id, feature_id, records, units, amount, unrated, late)
"""
INTO_DAYS = "insert into invoices_usageday (account_id, day, feature_id, records, units, amount) "


def recount(account_id: int, cycles: Sequence[int], *, since: date) -> None:
    """Make the counters of an account's cycles, and its days from `since` on, from its records.

    The caller holds the account's lock. Repeating makes the same.
    """
    words: dict[str, Any] = {"account": account_id, "cycles": list(cycles), "day": since}
    with connection.cursor() as cursor:
        cursor.execute("delete from invoices_usagecounter where cycle_id = any(%(cycles)s)", words)
        cursor.execute(INTO_COUNTERS + COUNTERS % OF_CYCLES, words)
        cursor.execute(
            "delete from invoices_usageday where account_id = %(account)s and day >= %(day)s", words
        )
        cursor.execute(INTO_DAYS + DAYS % SINCE, words)
