"""Which job runs: a worker says it, and what is written down meanwhile names it (`origin`).

Imports nothing of Django's: the Celery app needs it before the apps are loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_job: ContextVar[str] = ContextVar("job", default="")


@contextmanager
def named(job: str) -> Iterator[None]:
    """Say which job does what is done within."""
    token = _job.set(job)
    try:
        yield
    finally:
        _job.reset(token)


def current() -> str:
    """Return the job that runs, or ""."""
    return _job.get()
