"""Razorpay's words for what it lists: pages of 100 (rows of settlements: 1,000), newest first, until a short one.

A window ends at a moment that is over, so that no new row pushes the pages on; whoever reads takes a row that comes
twice for one.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from payments.gateways import Unavailable
from payments.gateways.reconciliation import (
    ListedPayment,
    ListedRefund,
    ListedSettlement,
    ReportedDowntime,
    SettledRow,
)
from payments.gateways.wire import Client, ask, checked_id, id_or_empty, word

T = TypeVar("T")
PAGE, ROWS = 100, 1000  # the most that the gateway gives at once


class ListCalls:
    """The lists of the gateway over the official SDK."""

    client: Client

    def listed_payments(self, since: datetime, until: datetime) -> Iterator[list[ListedPayment]]:
        return _pages(self.client.payment.all, _window(since, until), PAGE, read_payment)

    def listed_refunds(self, since: datetime, until: datetime) -> Iterator[list[ListedRefund]]:
        return _pages(self.client.refund.all, _window(since, until), PAGE, read_refund)

    def listed_settlements(self, since: datetime, until: datetime) -> Iterator[list[ListedSettlement]]:
        return _pages(self.client.settlement.all, _window(since, until), PAGE, read_settlement)

    def settled_rows(self, day: date) -> Iterator[list[SettledRow]]:
        words = {"year": day.year, "month": day.month, "day": day.day}
        return _pages(self.client.settlement.report, words, ROWS, read_row)

    def listed_payment(self, payment_id: str) -> ListedPayment:
        return _read(read_payment, ask(lambda: self.client.payment.fetch(checked_id(payment_id))))

    def listed_refund(self, refund_id: str) -> ListedRefund:
        return _read(read_refund, ask(lambda: self.client.refund.fetch(checked_id(refund_id))))

    def listed_settlement(self, settlement_id: str) -> ListedSettlement:
        return _read(read_settlement, ask(lambda: self.client.settlement.fetch(checked_id(settlement_id))))

    def downtimes(self) -> list[ReportedDowntime]:
        items = ask(lambda: self.client.payment.fetchDownTime()).get("items") or []
        return [_read(read_downtime, item) for item in items]

    def downtime(self, downtime_id: str) -> ReportedDowntime:
        return _read(
            read_downtime, ask(lambda: self.client.payment.fetchDownTimeById(checked_id(downtime_id)))
        )


def _pages(
    call: Callable[[dict[str, int]], Any], words: dict[str, int], size: int, read: Callable[[dict], T]
) -> Iterator[list[T]]:
    """Ask for page after page until one is not full."""
    skip, is_full = 0, True
    while is_full:
        items = _items(call, words | {"count": size, "skip": skip})
        if items:
            yield [_read(read, item) for item in items]
        skip, is_full = skip + len(items), len(items) >= size


def _items(call: Callable[[dict[str, int]], Any], words: dict[str, int]) -> list[Any]:
    items = ask(lambda: call(words)).get("items")
    if not isinstance(items, list):
        raise Unavailable("The gateway's answer is not a list.")
    return items


def _window(since: datetime, until: datetime) -> dict[str, int]:
    return {"from": int(since.timestamp()), "to": int(until.timestamp())}


def _read(read: Callable[[dict], T], entity: Any) -> T:
    """Read one row. Raises Unavailable when it is not what was asked for: then nothing is known."""
    try:
        return read(entity)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise Unavailable(f"The gateway's answer cannot be read: {error!r}") from error


def read_payment(entity: dict[str, Any]) -> ListedPayment:
    status = word(entity["status"], 20)
    return ListedPayment(
        payment_id=checked_id(entity["id"]),
        order_id=id_or_empty(entity.get("order_id")),
        amount=_paise(entity["amount"]),
        currency=word(entity.get("currency"), 3),
        status=status,
        method=word(entity.get("method")),
        was_captured=status == "captured" or (status == "refunded" and entity.get("captured") is True),
        fee=_paise(entity.get("fee") or 0),
        tax=_paise(entity.get("tax") or 0),
        created_at=_moment(entity["created_at"]),
    )


def read_refund(entity: dict[str, Any]) -> ListedRefund:
    return ListedRefund(
        refund_id=checked_id(entity["id"]),
        payment_id=checked_id(entity["payment_id"]),
        amount=_paise(entity["amount"]),
        currency=word(entity.get("currency"), 3),
        status=word(entity["status"], 20),
        receipt=word(entity.get("receipt"), 40),
        created_at=_moment(entity["created_at"]),
    )


def read_settlement(entity: dict[str, Any]) -> ListedSettlement:
    return ListedSettlement(
        settlement_id=checked_id(entity["id"]),
        amount=_paise(entity["amount"]),
        status=word(entity["status"], 20),
        utr=word(entity.get("utr"), 40),
        created_at=_moment(entity["created_at"]),
    )


def read_row(entity: dict[str, Any]) -> SettledRow:
    return SettledRow(
        settlement_id=checked_id(entity["settlement_id"]),
        entity_id=word(entity["entity_id"], 40),
        kind=word(entity["type"], 20),
        amount=_paise(entity["amount"]),
        debit=_paise(entity.get("debit") or 0),
        credit=_paise(entity.get("credit") or 0),
        fee=_paise(entity.get("fee") or 0),
        tax=_paise(entity.get("tax") or 0),
        payment_id=id_or_empty(entity.get("payment_id")),
        dispute_id=id_or_empty(entity.get("dispute_id")),
        description=word(entity.get("description"), 200),
    )


def read_downtime(entity: dict[str, Any]) -> ReportedDowntime:
    told = entity.get("instrument")
    narrow = told if isinstance(told, dict) else {}
    ends = entity.get("end")
    return ReportedDowntime(
        downtime_id=checked_id(entity["id"]),
        method=word(entity["method"]),
        instrument={word(name): word(value, 40) for name, value in sorted(narrow.items()) if value},
        status=word(entity["status"], 20),
        severity=word(entity.get("severity")),
        is_scheduled=entity.get("scheduled") is True,
        begins_at=_moment(entity["begin"]),
        ends_at=_moment(ends) if ends else None,
    )


def _paise(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not an amount")
    return value


def _moment(value: Any) -> datetime:
    return datetime.fromtimestamp(value, UTC)
