"""A cache that may be away: every operation then answers as if nothing were cached.

Nothing of value lives here (sessions and limits of money are in the database), so an outage must not
reach a customer as an error.
"""

import functools
from typing import Any

import redis
import structlog
from django.core.cache.backends.redis import RedisCache

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache with outages answered by each method's empty answer."""


def _forgive(name: str, empty: Any) -> None:
    original = getattr(RedisCache, name)

    @functools.wraps(original)
    def method(self: ForgivingRedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except (redis.ConnectionError, redis.TimeoutError):
            log.warning("cache_away", operation=name)
            return kwargs.get("default", args[1] if name == "get" and len(args) > 1 else empty)

    setattr(ForgivingRedisCache, name, method)


for _name, _empty in {
    "get": None,
    "set": None,
    "add": True,
    "touch": False,
    "delete": False,
    "has_key": False,
    "incr": 1,
    "clear": None,
}.items():
    _forgive(_name, _empty)
