"""Running the same thing at the same time, on connections of their own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import connection


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls at once, one thread each; return results, with exceptions in the place of a result."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def errors(results: Sequence[Any]) -> list[Exception]:
    """Return the exceptions among results."""
    return [result for result in results if isinstance(result, Exception)]


def pause(parties: int, patience: float = 10) -> Callable[[], None]:
    """A meeting point that nobody waits at for ever: it lines threads up where a lock would keep them apart."""
    barrier = threading.Barrier(parties)

    def wait() -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=patience)

    return wait
