"""The tables whose rows an archive takes: which rows, in which order, and back again. One place for their SQL.

A row travels as the JSON that PostgreSQL makes of it, ordered by id, so that the same rows are always the same lines.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import connection

from accounts.retention import MODELS as OF_ACCOUNTS
from billing_portal.retention import Keep
from invoices.retention import MODELS as OF_INVOICES

BATCH = 2_000  # rows a statement


@dataclass(frozen=True)
class Table:
    """One table: the rows of an account that an archive takes, and what is done about them elsewhere."""

    name: str
    keep: Keep
    rows: str  # SQL: which of the account's rows
    dated: str = "null::date"  # SQL: a row's date, from which the law counts
    sealed: str = ""  # SQL before they are removed, and
    unsealed: str = ""  # after they are back


TABLES = (
    Table(
        "invoices_usagerecord",
        OF_INVOICES["UsageRecord"].keep,
        "t.account_id = %(account)s and t.cycle_id in "
        "(select id from invoices_cycle where account_id = %(account)s and closed_at is not null)",
        dated="(t.started_at at time zone 'Asia/Kolkata')::date",
        sealed="""
            update invoices_usagekey k set is_sealed = true from invoices_usagerecord t
            where k.source = t.source and k.record_id = t.record_id and {rows}
        """,
        unsealed="""
            update invoices_usagekey k set is_sealed = false from invoices_usagerecord t
            where k.source = t.source and k.record_id = t.record_id and k.is_sealed and {rows}
        """,
    ),
    Table(
        "accounts_apikey",
        OF_ACCOUNTS["ApiKey"].keep,
        "t.account_id = %(account)s",
    ),
)
BY_NAME = {table.name: table for table in TABLES}


class Differs(Exception):
    """Rows are not what they should be; the message says which."""


def lines(table: Table, account: int) -> Iterator[str]:
    """Yield the account's rows as lines, a batch in memory at a time."""
    after = 0
    query = f"""
        select t.id, to_jsonb(t)::text from {table.name} t where {table.rows} and t.id > %(after)s
        order by t.id limit {BATCH}
    """  # nosec B608 - our own words
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query, {"account": account, "after": after})
            rows = cursor.fetchall()
        yield from (text for _id, text in rows)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def has_rows(table: Table, account: int) -> bool:
    """Whether the account has rows that an archive would take."""
    with connection.cursor() as cursor:
        query = f"select exists (select 1 from {table.name} t where {table.rows})"  # nosec B608
        cursor.execute(query, {"account": account})
        return cursor.fetchone()[0]


def last_on(table: Table, account: int) -> date | None:
    """Return the date of the account's newest row, where the table has dates."""
    with connection.cursor() as cursor:
        query = f"select max({table.dated}) from {table.name} t where {table.rows}"  # nosec B608
        cursor.execute(query, {"account": account})
        return cursor.fetchone()[0]


def remove(table: Table, account: int) -> int:
    """Remove the account's rows; return how many."""
    with connection.cursor() as cursor:
        if table.sealed:
            cursor.execute(table.sealed.format(rows=table.rows), {"account": account})
        cursor.execute(f"delete from {table.name} t where {table.rows}", {"account": account})  # nosec B608
        return cursor.rowcount


def insert(table: Table, account: int, given: Iterable[str]) -> tuple[int, str]:
    """Put lines back as rows; return their number and SHA-256 as the database now has them. Raises Differs."""
    query = f"""
        insert into {table.name} as t select * from jsonb_populate_recordset(null::{table.name}, %s::jsonb)
        returning to_jsonb(t)::text
    """  # nosec B608
    sha, rows, waiting = hashlib.sha256(), 0, iter(given)
    while batch := list(islice(waiting, BATCH)):
        with connection.cursor() as cursor:
            cursor.execute(query, [f"[{','.join(batch)}]"])
            made = {text for (text,) in cursor.fetchall()}
        if made != set(batch):
            raise Differs(f"{table.name}: rows came back otherwise than they were")
        for line in batch:
            sha.update(line.encode() + b"\n")
        rows += len(batch)
    if table.unsealed:
        with connection.cursor() as cursor:
            cursor.execute(table.unsealed.format(rows=table.rows), {"account": account})
    return rows, sha.hexdigest()
