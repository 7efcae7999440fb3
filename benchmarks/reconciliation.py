"""`reconciliation`: a month's payments compared with the gateway's lists, against the one SQL join of the same rows.

Sizes are set by RECONCILIATION_PAYMENTS (default 10000,100000). Each payment has its entry and voucher; each day is
settled two days later, one row a payment; of every thousand payments one is missing here, one there, one has another
amount. The whole run reads the lists from memory, page by page as the gateway gives them, keeps them, posts the
settlements, compares, and draws up thirty days. The floor is one full join with its sums, over rows that are there.
"""

import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from benchmarks import world
from benchmarks.table import Row
from payments import differences, findings, reconcile
from payments.gateways import GatewayPayment, Refused
from payments.gateways.reconciliation import ListedPayment, ListedSettlement, SettledRow
from payments.models import Difference, Payment

SIZES = [int(size) for size in os.environ.get("RECONCILIATION_PAYMENTS", "10000,100000").split(",")]
ROUNDS, DAYS, AMOUNT, FEE, TAX = 3, 30, 150_000, 3540, 540
NOW = world.NOW

# fmt: off
FILL = (
    """
    insert into payments_payment (account_id, number, amount, currency, status, start_token, started_at,
        gateway_order_id, gateway_payment_id, method, instrument, failure_reason, captured_at, settled_at, checks)
    select %(account)s, 'RC-' || %(base)s + n, 150000, 'INR', 'captured', gen_random_uuid(), t.at,
        'order_' || lpad((%(base)s + n)::text, 14, '0'), 'pay_' || lpad((%(base)s + n)::text, 14, '0'), 'upi', '', '',
        t.at, t.at, 0
    from generate_series(1, %(size)s) n,
        lateral (select %(first)s::timestamptz + (n %% %(days)s) * interval '1 day' + interval '5 hours' as at) t
    where n %% 1000 <> 7
    """,
    """
    insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, received_at, number, previous_hash,
        hash)
    select %(account)s, 'payment:' || number, '', captured_at, captured_at::date, captured_at, id, '', ''
    from payments_payment where id > %(last)s
    """,
    """
    insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after)
    select id, account_id, 'advances', '29:intra', 127118, id, 0 from accounts_entry where number > %(last)s
    union all select id, account_id, 'igst', '', 22882, null, null from accounts_entry where number > %(last)s
    union all select id, account_id, 'gateway', '', -150000, null, null from accounts_entry where number > %(last)s
    """,
    """
    insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, supplier, recipient, details,
        place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, open_amount, hash)
    select %(account)s, 'receipt_voucher', 'RC' || id, 'advance:' || number, captured_at::date, captured_at, '{}', '{}',
        '{}', '29', 'inter', 127118, 0, 0, 22882, 0, 150000, 0, ''
    from payments_payment where id > %(last)s
    """,
)
# fmt: on
FLOOR = """
    select count(*), sum(r.amount), sum(p.amount),
        count(*) filter (where r.id is null), count(*) filter (where p.id is null),
        count(*) filter (where r.amount <> p.amount or r.currency <> p.currency)
    from (select * from payments_gatewayrecord where kind = 'payment' and created_at >= %(first)s) r
    full join (select * from payments_payment where captured_at >= %(first)s) p on p.gateway_payment_id = r.gateway_id
"""


class Lists(world.Instant):
    """The gateway's lists of one month, page by page; of every thousand payments one it has not, one it tells wrong."""

    size, base, first = 0, 0, date.min  # how many, the number before the first, the first day

    def listed_payments(self, _since: datetime, _until: datetime) -> Iterator[list[ListedPayment]]:
        for start in range(1, self.size + 1, 100):
            yield [self._listed(n) for n in range(start, min(start + 100, self.size + 1)) if n % 1000 != 8]

    def listed_refunds(self, _since: datetime, _until: datetime) -> Iterator[list[Any]]:
        return iter(())

    def listed_settlements(self, _since: datetime, _until: datetime) -> Iterator[list[ListedSettlement]]:
        yield [self._settlement(day) for day in range(DAYS - 2)]

    def listed_payment(self, _payment_id: str) -> ListedPayment:
        raise Refused("400: The id provided does not exist", unknown_id=True)

    def fetch(self, payment_id: str) -> GatewayPayment:
        return world.report(payment_id.replace("pay_", "order_"), AMOUNT)

    def receipt_of(self, _order_id: str) -> str:
        raise Refused("400: The id provided does not exist", unknown_id=True)

    def settled_rows(self, day: date) -> Iterator[list[SettledRow]]:
        number = (day - self.first).days - 2
        numbers = list(self._settled(number)) if 0 <= number < DAYS - 2 else []
        for start in range(0, len(numbers), 1000):
            yield [self._row(n, number) for n in numbers[start : start + 1000]]

    def _listed(self, n: int) -> ListedPayment:
        amount = AMOUNT - 100 * (n % 1000 == 9)
        at = _start(self.first) + timedelta(days=n % DAYS, hours=5)
        ids = _id("pay", self.base + n), _id("order", self.base + n)
        return ListedPayment(*ids, amount, "INR", "captured", "upi", True, FEE, TAX, at)

    def _settled(self, day: int) -> Iterator[int]:
        """The payments of a day that are settled: those that the gateway has."""
        return (n for n in range(day or DAYS, self.size + 1, DAYS) if n % 1000 != 8)

    def _settlement(self, day: int) -> ListedSettlement:
        paid = sum(AMOUNT - FEE for _ in self._settled(day))
        at = _start(self.first) + timedelta(days=day + 2, hours=6)
        name = _id("setl", self.base + day)
        return ListedSettlement(name, paid, "processed", f"UTIB{self.base + day:012}", at)

    def _row(self, n: int, day: int) -> SettledRow:
        ids = _id("setl", self.base + day), _id("pay", self.base + n)
        return SettledRow(*ids, "payment", AMOUNT, 0, AMOUNT - FEE, FEE, TAX, "", "", "")


def _start(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), NOW.tzinfo)


def _id(kind: str, n: int) -> str:
    return f"{kind}_{n:014}"


def measure() -> list[Row]:
    settings.GATEWAY = "benchmarks.reconciliation.Lists"
    account = world.account()
    return [row for month, size in enumerate(SIZES) for row in _measure(account.pk, month, size)]


def _measure(account: int, month: int, size: int) -> Iterator[Row]:
    """Measure one month; those before it are history, outside its window."""
    now = NOW + timedelta(days=60 * month)
    Lists.size, Lists.base = size, (month + 1) * 10**9
    Lists.first = now.date() - timedelta(days=DAYS)
    _fill(account)
    before, standing = _memory(), _standing()
    whole = _timed(lambda: reconcile.look(Lists.first, now=now), 1)
    _analyze()
    after, compared, floor = _memory(), [], []
    for _ in range(ROUNDS):
        compared += _timed(lambda: _compare(now), 1)
        floor += _timed(_floor, 1)
    # of each thousand one is missing here, one there, and one is of another amount
    assert _standing() - standing == Counter(dict.fromkeys(PLANTED, size // 1000)), _standing() - standing
    name = f"reconciliation, {size:,} payments"
    yield Row(f"{name}: compare", "s", compared, floor, at_most=10)
    yield Row(f"{name}: the whole run", "s", whole, floor, note="read, keep, post, compare, 30 days")
    yield Row(f"{name}: memory after", "MiB", [after], [before], at_most=1.2)


PLANTED = ("payment_missing_here", "payment_missing_there", "payment_amount")


def _standing() -> Counter[str]:
    rows = Difference.objects.standing().filter(kind__in=PLANTED)
    return Counter(rows.values_list("kind", flat=True))


def _timed(what: Any, times: int) -> list[float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return took


def _compare(now: datetime) -> None:
    differences.keep(findings.look(_start(Lists.first), now=now), now=now)


def _floor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, {"first": _start(Lists.first)})
        cursor.fetchall()


def _fill(account: int) -> None:
    last = Payment.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    words: dict[str, Any] = {
        "account": account, "size": Lists.size, "base": Lists.base, "last": last, "days": DAYS,
        "first": _start(Lists.first),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, words)
    _analyze()


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
