"""The unit of work: one transaction, repeated whole on a deadlock, and closed to the outside world.

`@unit` is for a use case, `@outside` for a call that leaves the process (gateway, mail, SMS). A call
inside a transaction would hold locks while a stranger thinks, so it is refused.
"""

import contextlib
import functools
import random
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 5
TRANSIENT = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
READ_ONLY = "25006"  # read-only transaction
_open: ContextVar[int] = ContextVar("open_units", default=0)


class InsideUnit(RuntimeError):
    """An outside system was called while a unit of work was open."""


def unit(function: Callable[P, R]) -> Callable[P, R]:
    """Run the function in one transaction; repeat it whole, at most 5 times, on a deadlock.

    A unit inside another one joins it: only the outermost repeats, with everything that chose its values.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if _open.get():
            return function(*args, **kwargs)
        for attempt in range(1, TRIES + 1):
            try:
                return _once(function, args, kwargs)
            except OperationalError as error:
                if attempt == TRIES or not _is_transient(error) or connection.in_atomic_block:
                    raise
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # nosec B311 - jitter
        raise AssertionError("unreachable")  # pragma: no cover

    return wrapper


def outside(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a call that leaves the process. Raises InsideUnit while a unit of work is open."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if _open.get():
            raise InsideUnit(f"{function.__qualname__} was called inside a transaction")
        return function(*args, **kwargs)

    return wrapper


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """Run a block in which the database refuses every write and no outside call is possible. It is rolled back."""
    token = _open.set(1)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set transaction read only")
            yield
            transaction.set_rollback(True)
    finally:
        _open.reset(token)


def is_refused_write(error: Exception) -> bool:
    """Whether an error is that of a write, or of an outside call, in a block that is read only."""
    return isinstance(error, InsideUnit) or getattr(error.__cause__, "sqlstate", None) == READ_ONLY


def _once(function: Callable[..., R], args: tuple, kwargs: dict) -> R:
    token = _open.set(1)
    try:
        with transaction.atomic():
            return function(*args, **kwargs)
    finally:
        _open.reset(token)


def _is_transient(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in TRANSIENT


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """Read in one transaction that sees one moment and writes nothing; inside another transaction, in that one."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        yield
