"""The state: one SQLite file of JSON documents, timers, deliveries, attempts and the request log.

Rule: what one request changes is one `unit`, committed before its answer is sent. A document is a dict with
an `id`; keys that begin with `_` are ours and never leave by the API.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Doc = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
  parent TEXT, lookup TEXT, created REAL NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS docs_parent ON docs (kind, parent);
CREATE INDEX IF NOT EXISTS docs_lookup ON docs (kind, lookup);
CREATE INDEX IF NOT EXISTS docs_order ON docs (kind, seq);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS timers (seq INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, kind TEXT NOT NULL,
  ref TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS timers_due ON timers (due);
CREATE TABLE IF NOT EXISTS deliveries (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  event_id TEXT NOT NULL, webhook_id TEXT NOT NULL, state TEXT NOT NULL, due REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS attempts (seq INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id TEXT NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_delivery ON attempts (delivery_id);
CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
"""
TABLES = ("docs", "meta", "timers", "deliveries", "attempts", "log")


class Store:
    """Documents by kind and id, in one file; used from one thread only."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """All or nothing; a unit inside a unit joins it."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._after_commit.clear()
                self._db.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")
            self._run_after_commit()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run `call` once the unit at hand is committed, never if it is rolled back."""
        if call not in self._after_commit:
            self._after_commit.append(call)

    def _run_after_commit(self) -> None:
        calls, self._after_commit = self._after_commit, []
        for call in calls:
            call()

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._db.execute(sql, values)

    def clear(self) -> None:
        """Forget everything. The caller holds a unit."""
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table}")
        self._db.execute("DELETE FROM sqlite_sequence")

    # Documents

    def put(self, kind: str, doc: Doc, *, parent: str | None = None, lookup: str | None = None) -> Doc:
        """Insert the document, or overwrite the one of this kind and id (parent and lookup stay)."""
        self._db.execute(
            "INSERT INTO docs (kind, id, parent, lookup, created, body) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, doc["id"], parent, lookup, doc.get("created_at", 0), json.dumps(doc, ensure_ascii=False)),
        )
        return doc

    def relabel(self, kind: str, doc_id: str, *, parent: str | None, lookup: str | None) -> None:
        """Have the document found by another parent and lookup from now on."""
        self._db.execute(
            "UPDATE docs SET parent = ?, lookup = ? WHERE kind = ? AND id = ?", (parent, lookup, kind, doc_id)
        )

    def get(self, kind: str, doc_id: str) -> Doc | None:
        row = self._db.execute("SELECT body FROM docs WHERE kind = ? AND id = ?", (kind, doc_id)).fetchone()
        return json.loads(row[0]) if row else None

    def find(
        self,
        kind: str,
        *,
        parent: str | None = None,
        lookup: str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int = -1,
        skip: int = 0,
    ) -> list[Doc]:
        """Return documents, newest first. `since` and `until` are epoch seconds, both included."""
        terms = {"parent = ?": parent, "lookup = ?": lookup, "created >= ?": since, "created <= ?": until}
        used = {term: value for term, value in terms.items() if value is not None}
        where = " AND ".join(["kind = ?", *used])
        rows = self._db.execute(
            f"SELECT body FROM docs WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?",
            (kind, *used.values(), limit, skip),
        )
        return [json.loads(body) for (body,) in rows]

    def delete(self, kind: str, doc_id: str | None = None) -> int:
        """Delete one document, or all of the kind; return how many went."""
        if doc_id is None:
            return self._db.execute("DELETE FROM docs WHERE kind = ?", (kind,)).rowcount
        return self._db.execute("DELETE FROM docs WHERE kind = ? AND id = ?", (kind, doc_id)).rowcount

    # Small values and counters

    def meta(self, key: str, default: Any = None) -> Any:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def set_meta(self, key: str, value: Any) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, json.dumps(value)))

    def count_up(self, counter: str) -> int:
        """Return 1, 2, 3 … for each named counter."""
        row = self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, '1')"
            " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value",
            (f"counter:{counter}",),
        ).fetchone()
        return int(row[0])

    # What is due

    def add_timer(self, due: float, kind: str, ref: str) -> None:
        """Have `kind` happen to `ref` at the virtual time `due`."""
        self._db.execute("INSERT INTO timers (due, kind, ref) VALUES (?, ?, ?)", (due, kind, ref))

    def take_timer(self, now: float) -> tuple[str, str] | None:
        """Take the first timer that is due, in order of its time."""
        row = self._db.execute(
            "SELECT seq, kind, ref FROM timers WHERE due <= ? ORDER BY due, seq LIMIT 1", (now,)
        ).fetchone()
        if row is None:
            return None
        self._db.execute("DELETE FROM timers WHERE seq = ?", (row[0],))
        return row[1], row[2]

    def next_due(self) -> float | None:
        """Return the virtual time at which the next timer or delivery is due."""
        row = self._db.execute(
            "SELECT min(due) FROM (SELECT min(due) AS due FROM timers"
            " UNION ALL SELECT min(due) FROM deliveries WHERE state = 'waiting')"
        ).fetchone()
        return row[0]
