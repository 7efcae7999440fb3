"""`pages`: each page of the panel for an account with two years of payments, against an empty view."""

import time
from collections.abc import Sequence
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from benchmarks import world
from benchmarks.table import Row
from invoices.models import Document
from payments import recharge

COUNT, ROUNDS, HISTORY = 25, 5, 120


def measure() -> list[Row]:
    settings.GATEWAY = "benchmarks.world.Instant"
    account = _with_history()
    client = Client()
    client.force_login(account.members.get().user)
    with override_settings(ROOT_URLCONF="benchmarks.urls", DEBUG=False):
        floor = [_time(client, "/floor/empty/") for _ in range(ROUNDS)]
        return [_page(client, name, address, floor) for name, address in _addresses(account)]


def _with_history() -> Account:
    account = world.account()
    for _ in range(HISTORY):
        world.due(account)
        recharge.settle(world.payment(account).pk, now=world.NOW)
    return account


def _addresses(account: Account) -> list[tuple[str, str]]:
    payment = account.payments.order_by("-pk")[0]
    document = Document.objects.filter(account=account).newest_first().first()
    assert document
    base = f"/{account.ban}"
    return [
        ("overview", f"{base}/"),
        ("payments", f"{base}/payments/"),
        ("preview", f"{base}/payments/preview/?choice=own&own=2000"),
        ("payment", f"{base}/payments/{payment.number}/"),
        ("result", f"{base}/payments/{payment.number}/result/"),
        ("invoices", f"{base}/invoices/"),
        ("profile", "/profile/"),
    ]


def _page(client: Client, name: str, address: str, floor: Sequence[float]) -> Row:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(address)
        asked = len(queries)
    assert answer.status_code == 200, (name, answer.status_code)
    times = [_time(client, address) for _ in range(ROUNDS)]
    note = f"{asked} queries, {len(answer.content) / 1024:.0f} kB"
    return Row(f"page {name}", "ms", times, floor, at_most=6, note=note)


def _time(client: Client, address: str) -> float:
    """Return the median milliseconds of one page."""
    times = []
    for _ in range(COUNT):
        began = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
    return median(times)
