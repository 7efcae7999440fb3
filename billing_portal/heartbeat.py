"""The sign of life of beat and the workers: a tick that a job leaves and the readiness page looks for."""

from datetime import datetime, timedelta

from django.core.cache import cache

KEY = "beat-tick"
OLDEST = timedelta(seconds=90)  # beat sends a tick each 15


def strike(now: datetime) -> None:
    """Leave a tick."""
    cache.set(KEY, now.timestamp(), timeout=3600)


def is_alive(now: datetime) -> bool:
    """Whether a tick has come lately."""
    tick = cache.get(KEY)
    return bool(tick) and now.timestamp() - tick < OLDEST.total_seconds()
