"""Cleaning up after tests with real transactions: what they left is deleted, what every database has is put back.

Django would truncate a hundred tables and seed permissions and groups anew, half a second a test.
"""

from django.db import connection
from django.test.testcases import TransactionTestCase

KEPT: dict[str, str] = {}  # what a fresh database holds: table → its copy
FILLED = (
    "select relname from pg_class join pg_namespace n on n.oid = relnamespace where nspname = 'public' and {}"
)
LEAVES = "relkind = 'r' and relname <> 'django_migrations'"


def begin() -> None:
    """Copy what a fresh database holds, and clean up by it from now on; only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if not cursor.fetchone()[0]:
            return
        cursor.execute("create schema if not exists fresh")
        for table in _filled(cursor):
            cursor.execute(f'create table fresh."{table}" as table public."{table}"')
            KEPT[table] = f'fresh."{table}"'
    TransactionTestCase._fixture_teardown = _clean


def _filled(cursor) -> list[str]:
    """The tables that hold a row, partitions by themselves; one query that stops at each table's first."""
    cursor.execute(FILLED.format(LEAVES))
    tables = [name for (name,) in cursor.fetchall()]
    cursor.execute(" union all ".join(f"(select '{one}' from public.\"{one}\" limit 1)" for one in tables))
    return [name for (name,) in cursor.fetchall()]


def _clean(case: TransactionTestCase) -> None:
    """Delete and put back without triggers: some of them refuse it, as they should."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        try:
            filled = _filled(cursor)
            for table in filled:
                cursor.execute(f'delete from public."{table}"')
            for table, copy in KEPT.items():
                cursor.execute(f'insert into public."{table}" select * from {copy}')
        finally:
            cursor.execute("set session_replication_role = default")
