"""`webhook`: verify, store, answer, against a view that stores one raw body; both on gunicorn, 16 clients."""

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from django.conf import settings

from benchmarks.table import Row

CLIENTS, EACH, ROUNDS = 16, 40, 5
PORT = 18_790


def measure() -> list[Row]:
    ours, floor, tails = [], [], []
    with _gunicorn():
        _load("/gateway/webhook/", "warm")
        _load("/floor/body/", "warm-floor")
        for number in range(ROUNDS):
            rate, times = _load("/gateway/webhook/", f"ours{number}")
            ours.append(rate)
            tails.append(quantiles(times, n=100)[98] * 1000)
            floor.append(_load("/floor/body/", f"floor{number}")[0])
    return [
        Row("webhook, 16 clients", "/s", ours, floor, at_most=1.5),
        Row("webhook, p99 of 100 ms", "ms", tails, at_most=1.0, given=median(tails) / 100),
    ]


@contextmanager
def _gunicorn() -> Iterator[None]:
    words = [
        "gunicorn",
        "benchmarks.wsgi:application",
        "-b",
        f"127.0.0.1:{PORT}",
        "-w",
        "2",
        "--threads",
        "4",
    ]
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


def _load(path: str, name: str) -> tuple[float, list[float]]:
    """Post from 16 clients at once; return calls a second and each call's seconds."""
    times: list[float] = []
    gate = threading.Barrier(CLIENTS + 1)
    threads = [
        threading.Thread(target=_client, args=(path, f"{name}-{n}", gate, times.append))
        for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    assert len(times) == CLIENTS * EACH, "some calls failed"
    return len(times) / took, times


def _client(path: str, name: str, gate: threading.Barrier, note: Callable[[float], None]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    calls = [_call(f"{name}-{number}") for number in range(EACH)]
    gate.wait()
    for body, headers in calls:
        began = time.perf_counter()
        client.request("POST", path, body, headers)
        answer = client.getresponse()
        answer.read()
        if answer.status == 200:
            note(time.perf_counter() - began)
    client.close()


def _call(name: str) -> tuple[bytes, dict[str, str]]:
    event = {"entity": "event", "event": "benchmark.call", "payload": {}, "note": name, "padding": "x" * 900}
    body = json.dumps(event).encode()
    signature = hmac.new(settings.RAZORPAY_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json",
        "X-Razorpay-Signature": signature,
        "X-Razorpay-Event-Id": f"evt_{time.time_ns()}_{name}",
    }
