"""Sessions in the database, whose keys look like keys: what a cookie says beside that is no session.

A quoted cookie may hold any character, NUL too, which no column can be compared with.
"""

from django.contrib.sessions.backends.db import SessionStore as Stored


class SessionStore(Stored):
    """Django's, for letters and digits alone, at most as many as the column holds."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and key.isascii() and key.isalnum() and 8 <= len(key) <= 40
