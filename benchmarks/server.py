"""The portal under gunicorn with the floors beside it, and clients that call it at once."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from typing import TypeAlias

PORT = 18_790
Call: TypeAlias = tuple[str, str, bytes | None, dict[str, str]]  # method, path, body, headers


@contextmanager
def gunicorn() -> Iterator[None]:
    """Two processes of four threads, as production runs it."""
    bind = ["-b", f"127.0.0.1:{PORT}", "-k", "gthread", "-w", "2", "--threads", "4"]
    words = ["gunicorn", "benchmarks.wsgi:application", *bind]
    process = subprocess.Popen(
        [sys.executable, "-m", *words, "--no-control-socket", "--log-level", "warning"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait()
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def load(calls: Sequence[Sequence[Call]]) -> tuple[float, list[float]]:
    """Make the calls, one client a row, all at once; return calls a second and each call's seconds."""
    times: list[float] = []
    gate = threading.Barrier(len(calls) + 1)
    threads = [threading.Thread(target=_client, args=(row, gate, times.append)) for row in calls]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    assert len(times) == sum(map(len, calls)), "some calls failed"
    return len(times) / took, times


def p99(times: Sequence[float]) -> float:
    """Return the milliseconds that 99 of 100 calls stay below."""
    return quantiles(times, n=100)[98] * 1000


def _client(calls: Sequence[Call], gate: threading.Barrier, note: Callable[[float], None]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    gate.wait()
    for method, path, body, headers in calls:
        began = time.perf_counter()
        client.request(method, path, body, headers)
        answer = client.getresponse()
        answer.read()
        if answer.status == 200:
            note(time.perf_counter() - began)
    client.close()


def _wait() -> None:
    for _ in range(100):
        try:
            client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            client.request("GET", "/healthz")
            if client.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")
