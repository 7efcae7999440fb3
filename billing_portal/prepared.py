"""Statements of the hottest paths, planned once a connection: the same words again cost no planning.

Everything else goes through Django's own cursors. Behind a pooler that cannot keep prepared statements, switch it off
(`PREPARED_STATEMENTS=false`).
"""

from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Cursor(psycopg.Cursor):
    """Binds on the server, and keeps the statement prepared."""

    def execute(self, query: Any, params: Any = None, **_words: Any) -> Any:
        return super().execute(query, params, prepare=settings.PREPARED_STATEMENTS or None)


def cursor() -> CursorWrapper:
    """Return a cursor whose statements are prepared; it is counted and guarded like every other."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    raw = cast("CursorWrapper", _Cursor(connection.connection))  # what Django's own wrappers expect
    return connection.make_debug_cursor(raw) if connection.queries_logged else connection.make_cursor(raw)
