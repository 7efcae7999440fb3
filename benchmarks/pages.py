"""`pages`: each page of the panel, and staff's page of the account, with two years of data, against an empty view."""

import re
import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import cast

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from benchmarks import panel
from benchmarks.table import Row

COUNT, ROUNDS = 25, 5
MOST_KB, MOST_REQUESTS = 60, 8
ASSETS = re.compile(
    rb'(?:<script[^>]+src|<link[^>]+rel="(?:stylesheet|icon)"[^>]+href|<img[^>]+src)="([^"#]+)'
)


def measure() -> list[Row]:
    settings.DEMO = True
    settings.STAFF_SECOND_FACTOR, settings.ADMIN_RATE = (
        False,
        100_000,
    )  # who measures asks more often than a person
    account = panel.account()
    with override_settings(ROOT_URLCONF="benchmarks.urls", DEBUG=False):
        owner, staff = _signed_in(panel.owner(account)), _signed_in(panel.staff())
        _times(owner, "/floor/empty/")  # warm
        floor = [median(_times(owner, "/floor/empty/")) for _ in range(ROUNDS)]
        rows = [_page(owner, name, address, floor) for name, address in panel.pages(account)]
        return rows + [_page(staff, name, address, floor) for name, address in panel.staff_pages(account)]


def _signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _page(client: Client, name: str, address: str, floor: Sequence[float]) -> Row:
    client.get(address)  # warm
    with CaptureQueriesContext(connection) as queries:
        answer = cast(HttpResponse, client.get(address))
        asked = len(queries)
    assert answer.status_code == 200, (name, answer.status_code)
    rounds = [_times(client, address) for _ in range(ROUNDS)]
    p99 = quantiles([one for times in rounds for one in times], n=100)[98]
    kilobytes = len(answer.content) / 1024
    requests = 1 + len(set(ASSETS.findall(answer.content)))
    words = [f"p99 {p99:.0f} ms", f"{asked} queries", f"{kilobytes:.0f} kB", f"{requests} requests"]
    if kilobytes > MOST_KB or requests > MOST_REQUESTS:
        words.append(f"beyond {MOST_KB} kB or {MOST_REQUESTS} requests")
    return Row(f"page {name}", "ms", [median(one) for one in rounds], floor, at_most=6, note=", ".join(words))


def _times(client: Client, address: str) -> list[float]:
    """Return the milliseconds of a page, some times in turn."""
    times = []
    for _ in range(COUNT):
        began = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
    return times
