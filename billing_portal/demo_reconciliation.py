"""The demo's money at the gateway and the bank: what it listed, what it paid out, and what does not agree.

What the gateway's lists would have told is written down here, and the nightly comparison reads from today on; the
sandbox learns of it afterwards (demo_gateway.py).
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from accounts.models import JobRun, User
from billing_portal import clock
from billing_portal.money import share
from payments import (
    bank_lines,
    day_close,
    differences,
    findings,
    reconcile,
    settlement_bank,
    settlements,
    working_days,
)
from payments.gateways.reconciliation import ListedSettlement, SettledRow
from payments.models import BankLine, Difference, Dispute, Downtime, GatewayRecord, ParkedReport, Payment

INDIA = ZoneInfo("Asia/Kolkata")
DAYS = 30  # of closed days
WORDS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def seed(finance: User, *, now: datetime) -> None:
    """Tell of all payments so far: records, settlements, bank lines; of the last weeks closed days and differences."""
    today = clock.business_date(now)
    records = _records(now)
    _settle(records, finance, now)
    _downtime(now)
    settlement_bank.match(now=now)
    differences.keep(findings.look(_midnight(today - timedelta(days=DAYS)), now=now), now=now)
    day_close.compute(today - timedelta(days=DAYS), today - timedelta(days=1), now=now)
    fee = Difference.objects.filter(kind=Difference.Kind.LINE_FEE).first()
    if fee:
        differences.explain(fee.pk, by=finance, reason="Asked the gateway: ticket 48213, they look", now=now)
    _runs(today, now)
    reconcile.begin_at(today, now=now)


def _records(now: datetime) -> list[GatewayRecord]:
    """What the lists would have told of the payments, and of the one that is nobody's."""
    paid = Payment.objects.received().filter(gateway_payment_id__isnull=False)
    rows = [
        _record(
            one.gateway_payment_id or "",
            one.gateway_order_id or "",
            one.amount,
            one.method,
            one.captured_at or now,
            now,
        )
        for one in paid.order_by("captured_at", "pk")
    ]  # fmt: skip
    strays = ParkedReport.objects.filter(kind="unknown_order", state="open")
    rows += [
        _record(one.gateway_payment_id, one.gateway_order_id, one.amount or 0, "upi", one.parked_at, now)
        for one in strays
    ]
    made = GatewayRecord.objects.bulk_create(rows)
    return sorted(made, key=lambda row: row.created_at)


def _record(
    payment_id: str, order_id: str, amount: int, method: str, at: datetime, now: datetime
) -> GatewayRecord:
    fee = share(amount, 2, 100)
    tax = share(fee, 18, 100)
    return GatewayRecord(
        kind="payment", gateway_id=payment_id, order_id=order_id, amount=amount, currency="INR", status="captured",
        method=method, was_captured=True, fee=fee + tax, tax=tax, created_at=at, seen_at=now,
    )  # fmt: skip


def _settle(records: Iterable[GatewayRecord], finance: User, now: datetime) -> None:
    """Pay each day out two working days later at 11:00, all that is left just now; the bank shows all but the last."""
    lost = list(Dispute.objects.filter(debited_at__isnull=False).order_by("debited_at", "pk"))
    batches = [(at, list(batch)) for at, batch in groupby(records, key=lambda row: _paid_at(row, now))]
    for number, (at, batch) in enumerate(batches):
        told = _told(number, at, batch, is_odd=number == len(batches) - 3)
        if lost and lost[0].debited_at and lost[0].debited_at < at and _net(told) > lost[0].debited:
            told.append(_charged_back(told[0].settlement_id, lost.pop(0)))
        net = _net(told)
        if net <= 0:
            continue
        utr = f"UTIBN{at:%y%m%d}{number:05}"
        settlements.keep(ListedSettlement(told[0].settlement_id, net, "processed", utr, at), now=at)
        settlements.keep_rows(told, now=at)
        settlements.post_due(now=at)
        if number < len(batches) - 1:
            _bank_line(utr, net, at, finance)


def _paid_at(row: GatewayRecord, now: datetime) -> datetime:
    on = working_days.add(clock.business_date(row.created_at), 2)
    return min(datetime.combine(on, time(11), INDIA), now - timedelta(hours=1))


def _told(number: int, at: datetime, batch: list[GatewayRecord], *, is_odd: bool) -> list[SettledRow]:
    """The rows of a settlement; an odd one keeps ₹5 too much of its first payment, and takes a charge of ₹118."""
    settlement = _id("setl", f"{number}:{at:%Y%m%d}")
    rows = [
        SettledRow(
            settlement, row.gateway_id, "payment", row.amount, 0, row.amount - fee, fee, row.tax, "", "", ""
        )
        for place, row in enumerate(batch)
        for fee in (row.fee + 500 * (is_odd and place == 0),)
    ]
    if is_odd:
        words = "Charge for instant settlement reports"
        rows.append(
            SettledRow(
                settlement, _id("adj", settlement), "adjustment", 11_800, 11_800, 0, 0, 0, "", "", words
            )
        )
    return rows


def _net(told: Iterable[SettledRow]) -> int:
    return sum(row.credit - row.debit for row in told)


def _charged_back(settlement: str, dispute: Dispute) -> SettledRow:
    """What the gateway kept of a settlement for a dispute that was lost."""
    amount, number = dispute.debited, dispute.gateway_dispute_id
    return SettledRow(
        settlement, _id("adj", number), "adjustment", amount, amount, 0, 0, 0, "", number, "Chargeback debit"
    )


def _bank_line(utr: str, amount: int, at: datetime, finance: User) -> None:
    line = BankLine(
        bank=bank_lines.banks()[0], source=BankLine.Source.ENTERED, direction="in", amount=amount, open_amount=amount,
        value_on=clock.business_date(at), utr=utr, narration=f"NEFT CR-{utr}-RAZORPAY SOFTWARE PVT LTD",
        payer="RAZORPAY SOFTWARE PVT LTD", row_hash=hashlib.sha256(utr.encode()).hexdigest(), entered_by=finance,
        entered_at=at + timedelta(hours=3),
    )  # fmt: skip
    bank_lines.adding()
    bank_lines.add([line], now=at + timedelta(hours=3))


def _downtime(now: datetime) -> None:
    began = now - timedelta(days=3, hours=2)
    Downtime.objects.create(
        gateway_id=_id("down", "demo"), method="netbanking", instrument={"bank": "HDFC"}, status="resolved",
        severity="high", begins_at=began, ends_at=began + timedelta(minutes=95),
        resolved_at=began + timedelta(minutes=96), seen_at=began + timedelta(minutes=96),
    )  # fmt: skip


def _runs(today: date, now: datetime) -> None:
    JobRun.objects.bulk_create(_run(today - timedelta(days=n), now) for n in range(2, DAYS + 1))


def _run(day: date, now: datetime) -> JobRun:
    at = min(datetime.combine(day, time(2, 5), INDIA), now)
    return JobRun(job=reconcile.JOB, business_date=day, started_at=at, finished_at=at + timedelta(seconds=40))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, INDIA)


def _id(kind: str, key: str) -> str:
    """An id of the gateway's shape that follows from its key."""
    return f"{kind}_" + "".join(_letters(hashlib.sha256(f"{kind}:{key}".encode()).digest()))


def _letters(digest: bytes) -> Iterator[str]:
    return (WORDS[byte % len(WORDS)] for byte in digest[:14])
