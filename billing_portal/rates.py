"""So many times a minute and no more: counts in the cache. While the cache is away nobody is refused."""

import hashlib
import time

from django.core.cache import cache

MINUTE = 60  # seconds


def allows(what: str, whose: str, *, most: int) -> bool:
    """Count one more of `what` by somebody; say whether there were at most `most` in this minute."""
    minute = int(time.time()) // MINUTE
    key = f"rate:{what}:{hashlib.sha256(whose.encode()).hexdigest()[:32]}:{minute}"
    if cache.add(key, 1, timeout=2 * MINUTE):
        return most > 0
    try:
        return cache.incr(key) <= most
    except ValueError:  # it expired between the two
        return True
