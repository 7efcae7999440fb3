"""What an invariant is: a sentence that must hold, and a finder that names each row where it does not.

Finders are set-based: one statement, or one pass over a table. The sentences and ids are those of
reference/invariants.md § 3.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

Finder = Callable[[datetime], Iterable[str]]


@dataclass(frozen=True)
class Finding:
    """One broken sentence, and the row that breaks it."""

    id: str
    sentence: str
    what: str

    def __str__(self) -> str:
        return f"{self.id} {self.sentence}: {self.what}"


@dataclass(frozen=True)
class Invariant:
    """One sentence; `over` is the table whose rows it speaks of, `find` names the rows that break it."""

    id: str
    sentence: str
    over: str
    find: Finder

    def rows(self) -> int:
        """Count the rows that the sentence speaks of."""
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {self.over}")  # nosec B608 - a name of ours
            return cursor.fetchone()[0]


def sql(query: str) -> Finder:
    """Make a finder of a select whose only column names what is wrong; %(now)s is the moment of the check."""

    def find(now: datetime) -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(query, {"now": now})
            yield from (row[0] for row in cursor.fetchall())

    return find


def guarded(*tables: str) -> Finder:
    """Make a finder of tables without a working trigger against update and delete."""

    def find(_now: datetime) -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(UNGUARDED, {"tables": list(tables)})
            yield from (f"{name} has no working trigger against a change" for (name,) in cursor.fetchall())

    return find


UNGUARDED = """
    select name from unnest(%(tables)s::text[]) name
    where not exists (
        select 1 from pg_trigger g
        where g.tgrelid = name::regclass and not g.tgisinternal and g.tgenabled in ('O', 'A')
            and g.tgtype & 24 = 24  -- delete and update
            and g.tgfoid in ('refuse_change'::regproc, 'refuse_document_change'::regproc,
                'refuse_einvoice_change'::regproc)
    )
"""
