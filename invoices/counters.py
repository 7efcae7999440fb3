"""Counters from records: what the intake keeps up to date, made again where records moved or somebody asks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

COUNTERS = """
    insert into invoices_usagecounter (account_id, cycle_id, feature_id, records, units, amount, unrated, late)
    select account_id, cycle_id, feature_id, count(*),
        coalesce(sum(units) filter (where unit_price is not null), 0), coalesce(sum(units * unit_price), 0),
        count(*) filter (where unit_price is null), count(*) filter (where is_late)
    from invoices_usagerecord where account_id = %(account)s and cycle_id = any(%(cycles)s) group by 1, 2, 3
"""
DAYS = """
    insert into invoices_usageday (account_id, day, feature_id, records, units, amount)
    select account_id, (started_at at time zone 'Asia/Kolkata')::date, feature_id, count(*),
        coalesce(sum(units) filter (where unit_price is not null), 0), coalesce(sum(units * unit_price), 0)
    from invoices_usagerecord
    where account_id = %(account)s and started_at >= (%(day)s::timestamp at time zone 'Asia/Kolkata')
    group by 1, 2, 3
"""


def recount(account_id: int, cycles: Sequence[int], *, since: date) -> None:
    """Make the counters of an account's cycles, and its days from `since` on, from its records.

    The caller holds the account's lock. Repeating makes the same.
    """
    words: dict[str, Any] = {"account": account_id, "cycles": list(cycles), "day": since}
    with connection.cursor() as cursor:
        cursor.execute("delete from invoices_usagecounter where cycle_id = any(%(cycles)s)", words)
        cursor.execute(COUNTERS, words)
        cursor.execute(
            "delete from invoices_usageday where account_id = %(account)s and day >= %(day)s", words
        )
        cursor.execute(DAYS, words)
