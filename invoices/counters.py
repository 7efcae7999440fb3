"""Counters and days from records: the sums that the intake keeps up to date, made again, and what differed told.

One way for all who move or price records after the fact. The caller holds the accounts' locks; repeating makes
the same.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from invoices.invariants_usage import COUNTERS, DAYS

MINE = "account_id = any(%(accounts)s)"
IN_CYCLES = " and cycle_id = any(%(cycles)s)"
SINCE = " and day >= %(since)s"
STARTED_SINCE = " and started_at >= (%(since)s::timestamp at time zone 'Asia/Kolkata')"

COMPARE = """
    with truth as ({truth}), stored as (select {keys}, {sums} from {table} where {scope})
    select a.ban, {keys}, {was}, {is_} from truth t full join stored s using ({keys})
    join accounts_account a on a.id = account_id
    where ({was}) is distinct from ({is_}) order by a.ban, {keys}
"""
REPLACE = """
    with truth as ({truth}), gone as (delete from {table} s where {scope} and not exists (
        select 1 from truth t where ({t_keys}) = ({s_keys})))
    insert into {table} as s ({keys}, {sums}) select {keys}, {sums} from truth t
    on conflict ({unique}) do update set ({sums}) = row({new}) where ({s_sums}) is distinct from ({new})
"""

# fmt: off
TABLES = (
    # what      table, truth, keys, unique, sums
    ("counter", ("invoices_usagecounter", COUNTERS, "account_id, cycle_id, feature_id", "cycle_id, feature_id",
                 "records, units, amount, unrated, late")),
    ("day",     ("invoices_usageday",     DAYS,     "account_id, day, feature_id",      "account_id, day, feature_id",
                 "records, units, amount")),
)
# fmt: on


def rebuild(
    accounts: Sequence[int], cycles: Sequence[int] | None = None, *, since: date | None = None
) -> None:
    """Make the counters and days of accounts from their records.

    Where only a part has changed: the counters of some cycles, and the days from `since` on.
    """
    words = {"accounts": list(accounts), "cycles": list(cycles or ()), "since": since}
    with connection.cursor() as cursor:
        for what, names in TABLES:
            cursor.execute(_made(REPLACE, what, *names, cycles is not None, since is not None), words)


def differences(accounts: Sequence[int]) -> list[str]:
    """Tell each counter and day of the accounts that is not the sum of its records, a line each."""
    found = []
    with connection.cursor() as cursor:
        for what, names in TABLES:
            cursor.execute(_made(COMPARE, what, *names, False, False), {"accounts": list(accounts)})
            found += [_told(what, names[-1].split(", "), row) for row in cursor.fetchall()]
    return found


def _made(
    template: str,
    what: str,
    table: str,
    truth: str,
    keys: str,
    unique: str,
    sums: str,
    of_cycles: bool,
    of_days: bool,
) -> str:
    """Fill a template with the names of one of the two tables and the part of it that is meant."""
    words, place = sums.split(", "), keys.split(", ")
    stored, records = MINE, MINE
    if what == "counter" and of_cycles:
        stored, records = stored + IN_CYCLES, records + IN_CYCLES
    if what == "day" and of_days:
        stored, records = stored + SINCE, records + STARTED_SINCE
    return template.format(
        table=table,
        truth=truth % f"where {records}",
        scope=stored,
        keys=keys,
        unique=unique,
        sums=sums,
        was=", ".join(f"coalesce(s.{word}, 0)" for word in words),
        is_=", ".join(f"coalesce(t.{word}, 0)" for word in words),
        new=", ".join(f"excluded.{word}" for word in words),
        s_sums=", ".join(f"s.{word}" for word in words),
        t_keys=", ".join(f"t.{word}" for word in place),
        s_keys=", ".join(f"s.{word}" for word in place),
    )


def _told(what: str, sums: list[str], row: tuple[Any, ...]) -> str:
    """A line like: BA-100042 counter click_to_call 17: units 5 → 6."""
    ban, _account, second, feature, *values = row
    pairs = zip(sums, values[: len(sums)], values[len(sums) :], strict=True)
    moved = ", ".join(f"{name} {was} → {right}" for name, was, right in pairs if was != right)
    return f"{ban} {what} {feature} {second}: {moved}"
