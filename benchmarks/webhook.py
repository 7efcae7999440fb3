"""`webhook`: verify, store, answer, against a view that stores one raw body; both on gunicorn, 16 clients."""

import hashlib
import hmac
import json
import time
from statistics import median

from django.conf import settings

from benchmarks import server
from benchmarks.table import Row

CLIENTS, EACH, ROUNDS = 16, 40, 5


def measure() -> list[Row]:
    ours, floor, tails = [], [], []
    with server.gunicorn():
        _load("/gateway/webhook/", "warm")
        _load("/floor/body/", "warm-floor")
        for number in range(ROUNDS):
            rate, times = _load("/gateway/webhook/", f"ours{number}")
            ours.append(rate)
            tails.append(server.p99(times))
            floor.append(_load("/floor/body/", f"floor{number}")[0])
    return [
        Row(f"webhook, {CLIENTS} clients", "/s", ours, floor, at_most=1.5),
        Row("webhook, p99 of 100 ms", "ms", tails, at_most=1.0, given=median(tails) / 100),
    ]


def _load(path: str, name: str) -> tuple[float, list[float]]:
    calls = [
        [("POST", path, *_call(f"{name}-{n}-{number}")) for number in range(EACH)] for n in range(CLIENTS)
    ]
    return server.load(calls)


def _call(name: str) -> tuple[bytes, dict[str, str]]:
    event = {"entity": "event", "event": "benchmark.call", "payload": {}, "note": name, "padding": "x" * 900}
    body = json.dumps(event).encode()
    signature = hmac.new(settings.RAZORPAY_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json",
        "X-Razorpay-Signature": signature,
        "X-Razorpay-Event-Id": f"evt_{time.time_ns()}_{name}",
    }
