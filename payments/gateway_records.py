"""Keeping what the gateway lists: one row a payment or refund, as it was told last.

The lists are read page by page, so that a month costs no more memory than a page; the same page again changes nothing
but `seen_at`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.db import connection

from payments.gateways import NotAnId, Refused
from payments.gateways.reconciliation import GatewayLists, ListedPayment, ListedRefund
from payments.models import GatewayRecord

PART = 2000  # rows a statement
Kind = GatewayRecord.Kind


def take_payments(door: GatewayLists, since: datetime, until: datetime, *, now: datetime) -> int:
    """Read the payments made in a window and keep them; return how many were told. Raises GatewayError."""
    pages = door.listed_payments(since, until)
    return sum(_keep(map(_payment, part), now) for part in _parts(pages))


def take_refunds(door: GatewayLists, since: datetime, until: datetime, *, now: datetime) -> int:
    """Read the refunds made in a window and keep them; return how many were told. Raises GatewayError."""
    pages = door.listed_refunds(since, until)
    return sum(_keep(map(_refund, part), now) for part in _parts(pages))


def ask_payments(door: GatewayLists, ids: Iterable[str], *, now: datetime) -> int:
    """Ask for single payments, older than any window; return how many the gateway knows. Raises GatewayError."""
    return _keep((_payment(one) for one in _known(door.listed_payment, ids)), now)


def ask_refunds(door: GatewayLists, ids: Iterable[str], *, now: datetime) -> int:
    """Ask for single refunds; return how many the gateway knows. Raises GatewayError."""
    return _keep((_refund(one) for one in _known(door.listed_refund, ids)), now)


def _known(ask: Any, ids: Iterable[str]) -> Iterator[Any]:
    for one in ids:
        try:
            yield ask(one)
        except NotAnId:
            continue
        except Refused as error:
            if not error.unknown_id:
                raise


def _parts(pages: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    rows = chain.from_iterable(pages)
    while part := tuple(islice(rows, PART)):
        yield part


def _payment(told: ListedPayment) -> tuple[Any, ...]:
    return (
        Kind.PAYMENT, told.payment_id, "", told.order_id, "", told.amount, told.currency, told.status,
        told.method, told.was_captured, told.fee, told.tax, told.created_at,
    )  # fmt: skip


def _refund(told: ListedRefund) -> tuple[Any, ...]:
    return (
        Kind.REFUND, told.refund_id, told.payment_id, "", told.receipt, told.amount, told.currency, told.status,
        "", False, 0, 0, told.created_at,
    )  # fmt: skip


def _keep(rows: Iterable[tuple[Any, ...]], now: datetime) -> int:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if not columns:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [now, *columns])
    return len(columns[0])


KEEP = """
    insert into payments_gatewayrecord (seen_at, kind, gateway_id, payment_id, order_id, receipt, amount, currency,
        status, method, was_captured, fee, tax, created_at)
    select distinct on (t.gateway_id) %s::timestamptz, t.* from unnest(%s::varchar[], %s::varchar[], %s::varchar[],
        %s::varchar[], %s::varchar[], %s::bigint[], %s::varchar[], %s::varchar[], %s::varchar[], %s::bool[],
        %s::bigint[], %s::bigint[], %s::timestamptz[]) as t(kind, gateway_id, payment_id, order_id, receipt, amount,
        currency, status, method, was_captured, fee, tax, created_at)
    on conflict (gateway_id) do update set (payment_id, order_id, receipt, amount, currency, status, method,
        was_captured, fee, tax, created_at, seen_at) = (excluded.payment_id, excluded.order_id, excluded.receipt,
        excluded.amount, excluded.currency, excluded.status, excluded.method, excluded.was_captured, excluded.fee,
        excluded.tax, excluded.created_at, excluded.seen_at)
"""
