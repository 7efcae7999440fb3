"""Settlements of the gateway: kept with the rows they are made of, and posted once.

`settlement:<id>` moves what is paid out from the gateway to suspense, where the bank's own line takes it out again, and
the fees of its rows to expense and input GST. A row that is told later posts its fee by itself; a failed settlement is
taken back whole.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Min, Q, Sum

from accounts import house
from accounts.ledger import Book
from accounts.models import Entry
from billing_portal import clock
from billing_portal.unit import unit
from payments import settlement_bank
from payments.gateways.reconciliation import GatewayLists, ListedSettlement, SettledRow, lists
from payments.models import Difference, Settlement, SettlementLine

PATIENCE = timedelta(hours=24)  # rows may be told late; after that the sum is posted without them
Status = Settlement.Status
LATE = "settlement-row"  # what a row that came late posts, with the key of the first of them


def take(door: GatewayLists, since: datetime, until: datetime, *, now: datetime) -> int:
    """Read the settlements made in a window and keep them; return how many. Raises GatewayError."""
    told = {one.settlement_id: one for page in door.listed_settlements(since, until) for one in page}
    for one in told.values():
        keep(one, now=now)
    return len(told)


def plain_utr(utr: str) -> str:
    """Return a UTR as the bank's statement is read: capital letters and digits alone."""
    return "".join(filter(str.isalnum, utr)).upper()


@unit
def keep(told: ListedSettlement, *, now: datetime) -> Settlement:
    """Keep a settlement as it stands. One that failed stays failed."""
    row, is_new = Settlement.objects.get_or_create(
        gateway_id=told.settlement_id,
        defaults={
            "amount": told.amount,
            "status": told.status,
            "utr": plain_utr(told.utr),
            "created_at": told.created_at,
            "settled_on": clock.business_date(told.created_at),
            "seen_at": now,
        },
    )
    if not is_new:
        row.seen_at = now
        row.utr = plain_utr(told.utr) or row.utr
        row.status = row.status if row.status == Status.FAILED else told.status
        row.save(update_fields=["seen_at", "utr", "status"])
    return row


def take_rows(door: GatewayLists, days: Iterable[date], *, now: datetime) -> int:
    """Read the rows settled on these Indian days and keep them; return how many. Raises GatewayError.

    Rows of a settlement that no list has told yet make it known first.
    """
    count = 0
    for day in sorted(set(days)):
        rows = [row for page in door.settled_rows(day) for row in page]
        for missing in {row.settlement_id for row in rows} - set(_ids(row.settlement_id for row in rows)):
            keep(door.listed_settlement(missing), now=now)
        keep_rows(rows, now=now)
        count += len(rows)
    return count


def hear(settlement_id: str, *, now: datetime) -> None:
    """Take in a settlement that a call spoke of, with the rows of its day. Raises GatewayError."""
    door = lists()
    row = keep(door.listed_settlement(settlement_id), now=now)
    take_rows(door, [row.settled_on], now=now)
    post_due(now=now)
    settlement_bank.match(now=now)


def _ids(gateway_ids: Iterable[str]) -> dict[str, int]:
    return dict(Settlement.objects.filter(gateway_id__in=set(gateway_ids)).values_list("gateway_id", "pk"))


def keep_rows(rows: Iterable[SettledRow], *, now: datetime) -> None:
    """Keep the rows of one day, all copies of a row together. A row that is booked keeps its amounts."""
    kept: dict[tuple[str, str, str], SettledRow] = {}
    copies: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = row.settlement_id, row.entity_id, row.kind
        kept[key], copies[key] = row, copies.get(key, 0) + 1
    ids = _ids(row.settlement_id for row in kept.values())
    values = [
        (
            ids[row.settlement_id], row.entity_id, row.kind, row.amount, row.debit, row.credit, row.fee, row.tax,
            row.payment_id, row.dispute_id, row.description, copies[key],
        )
        for key, row in kept.items()
    ]  # fmt: skip
    if values:
        columns: list[Any] = [list(column) for column in zip(*values, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(KEEP_ROWS, [now, *columns])


KEEP_ROWS = """
    insert into payments_settlementline as l (told_at, told_net, settlement_id, entity_id, kind, amount, debit, credit,
        fee, tax, payment_id, dispute_id, description, copies)
    select %s::timestamptz, t.credit - t.debit, t.* from unnest(%s::bigint[], %s::varchar[], %s::varchar[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[],
        %s::varchar[], %s::int[]) as t(settlement_id, entity_id, kind, amount, debit, credit, fee, tax, payment_id,
        dispute_id, description, copies)
    on conflict (settlement_id, entity_id, kind) do update set copies = excluded.copies, told_at = excluded.told_at,
        told_net = excluded.told_net,
        amount = case when l.booked_at is null then excluded.amount else l.amount end,
        debit = case when l.booked_at is null then excluded.debit else l.debit end,
        credit = case when l.booked_at is null then excluded.credit else l.credit end,
        fee = case when l.booked_at is null then excluded.fee else l.fee end,
        tax = case when l.booked_at is null then excluded.tax else l.tax end
"""


def days_to_read(since: date, today: date) -> set[date]:
    """Return the Indian days whose rows to read: the window, and the days around settlements that lack rows."""
    days = {since + timedelta(days=n) for n in range((today - since).days + 1)}
    lacking = Difference.objects.standing().filter(kind=Difference.Kind.SETTLEMENT_SUM).values("subject")
    rows = Settlement.objects.filter(Q(gateway_id__in=lacking) | Q(status=Status.PROCESSED, posted_at=None))
    for day in rows.values_list("settled_on", flat=True):
        days |= {day - timedelta(days=1), day, day + timedelta(days=1)}
    return {day for day in days if day <= today}


def post_due(*, now: datetime) -> int:
    """Post what is paid out and complete, or has waited long enough; take back what failed. Return how many.

    Repeating finds nothing more to do.
    """
    paid = Settlement.objects.filter(status=Status.PROCESSED, posted_at=None).values_list("pk", flat=True)
    failed = Settlement.objects.filter(status=Status.FAILED, posted_at__isnull=False, withdrawn_at=None)
    late = SettlementLine.objects.filter(
        booked_at=None, settlement__posted_at__isnull=False, settlement__status=Status.PROCESSED
    )
    done = sum(post(pk, now=now) for pk in list(paid))
    done += sum(withdraw(pk, now=now) for pk in list(failed.values_list("pk", flat=True)))
    ids = late.order_by().values_list("settlement", flat=True).distinct()
    return done + sum(_book_late(pk, now=now) for pk in list(ids))


@unit
def post(settlement_id: int, *, now: datetime) -> bool:
    """Post one settlement with the fees of its rows, once; return whether it was posted now.

    Gateway: what is paid out and what was kept of it as fees. The fee of a row that is not told yet stays there.
    """
    row = Settlement.objects.select_for_update().get(pk=settlement_id)
    if row.posted_at or row.status != Status.PROCESSED:
        return False
    lines = row.lines.all()
    sums = lines.aggregate(
        net=Sum(F("credit") - F("debit"), default=0), fee=Sum("fee", default=0), tax=Sum("tax", default=0)
    )
    if sums["net"] != row.amount and now < row.created_at + PATIENCE:
        return False
    house.post(
        row.cause,
        {
            Book.SUSPENSE: -row.amount,
            Book.FEES: -(sums["fee"] - sums["tax"]),
            Book.INPUT_GST: -sums["tax"],
            Book.GATEWAY: row.amount + sums["fee"],
        },
        now=now,
        narrative=f"Settlement {row.gateway_id}, UTR {row.utr or 'not told'}",
        received_at=min(row.created_at, now),
    )
    row.posted_at = now
    row.save(update_fields=["posted_at"])
    lines.update(booked_at=now)
    return True


@unit
def withdraw(settlement_id: int, *, now: datetime) -> bool:
    """Take a failed settlement back: the money is at the gateway again. Return whether it was done now."""
    row = Settlement.objects.select_for_update().get(pk=settlement_id)
    if row.withdrawn_at or row.status != Status.FAILED or not row.posted_at:
        return False
    settlement_bank.give_back(row)
    late = [f"{LATE}:{pk}" for pk in row.lines.values_list("pk", flat=True)]
    for entry in Entry.objects.filter(key__in=[row.cause, *late]).order_by("number"):
        house.reverse(entry, key=f"{entry.key}:failed", now=now, narrative=f"{row.gateway_id} failed")
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    return True


@unit
def _book_late(settlement_id: int, *, now: datetime) -> bool:
    """Post the fees of the rows that were told after their settlement was posted, in one entry named by the first."""
    row = Settlement.objects.select_for_update().get(pk=settlement_id)
    lines = row.lines.filter(booked_at=None)
    sums = lines.aggregate(first=Min("pk"), fee=Sum("fee", default=0), tax=Sum("tax", default=0))
    if sums["first"] is None or row.status != Status.PROCESSED:
        return False
    if sums["fee"]:
        fees = {Book.FEES: sums["tax"] - sums["fee"], Book.INPUT_GST: -sums["tax"], Book.GATEWAY: sums["fee"]}
        words = f"Fees of {row.gateway_id}, told late"
        house.post(f"{LATE}:{sums['first']}", fees, now=now, narrative=words)
    lines.update(booked_at=now)
    return True
