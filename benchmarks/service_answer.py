"""`service_answer`: may this account call, at 16 clients, against the same view with one indexed read.

2,000 accounts with a plan, counters and two years of ledger behind every tenth of them.
"""

from statistics import median, quantiles

from accounts import api_keys
from benchmarks import server, world
from benchmarks.table import Row
from credit.intake import take_in

CLIENTS, EACH, ROUNDS, ACCOUNTS = 16, 60, 5, 2_000


def measure() -> list[Row]:
    bans = world.subscribed(ACCOUNTS)
    for ban in bans[:200]:
        outcomes = take_in(world.calls(ban, 20), source="bench", now=world.NOW)
        assert all(one.outcome == "accepted" for one in outcomes), outcomes[0]
    token = api_keys.issue("Benchmark", ["telephony"], actor=None, reason="benchmark", now=world.NOW).token
    ours, floor, tails, middles = [], [], [], []
    with server.gunicorn():
        _load(bans, "service", token)
        _load(bans, "floor", token)
        for _ in range(ROUNDS):
            rate, times = _load(bans, "service", token)
            ours.append(rate)
            tails.append(server.p99(times))
            middles.append(quantiles(times, n=2)[0] * 1000)
            floor.append(_load(bans, "floor", token)[0])
    return [
        Row(f"service_answer, {CLIENTS} clients", "/s", ours, floor, at_most=1.3),
        Row("service_answer, p50", "ms", middles),
        Row("service_answer, p99 of 25 ms", "ms", tails, at_most=1.0, given=median(tails) / 25),
    ]


def _load(bans: list[str], end: str, token: str) -> tuple[float, list[float]]:
    headers = {"Authorization": f"Bearer {token}"}
    calls = [
        [
            ("GET", f"/api/v1/accounts/{bans[(n * EACH + number) % len(bans)]}/{end}/", None, headers)
            for number in range(EACH)
        ]
        for n in range(CLIENTS)
    ]
    return server.load(calls)
