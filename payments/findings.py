"""Where the gateway's lists and our books do not agree: one set-based question a kind, both ways. Reads only.

A question looks at the window that was read and at what stood open before, so that its cost grows with the window and
not with the years. Each answers with what differs, the Indian day it belongs to, and both amounts in paise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from billing_portal import clock
from payments import findings_refunds, findings_settlements, working_days
from payments.models import Difference

Kind = Difference.Kind
SETTLED_WITHIN = 5  # working days from capture
SHOWN_BY_BANK = 1  # working days from the settlement
LATE_CAPTURE = timedelta(hours=1)
JUST_NOW = timedelta(hours=1)  # too young to be missed at the gateway
BEFORE = timedelta(days=20)  # before the window, for what is due after T+5 working days


@dataclass(frozen=True)
class Finding:
    """One thing that differs now. Amounts in paise; None: that side has nothing."""

    kind: str
    subject: str
    day: date
    ours: int | None
    theirs: int | None
    detail: str


# A payment is ours when its money was taken in; theirs when it was captured, even if it was given back since. One of
# nothing approved a mandate on a bank account.
PAYMENTS = """
    with theirs as (
        select * from payments_gatewayrecord where kind = 'payment' and created_at >= %(since)s
        union all
        select * from payments_gatewayrecord where kind = 'payment' and created_at < %(since)s and gateway_id in (
            select subject from payments_difference where starts_with(kind, 'payment_') and gone_at is null
        )
    )
    select case
            when r.status = 'authorized' then 'payment_late'
            when p.id is null then 'payment_missing_here'
            when not r.was_captured then 'payment_status'
            else 'payment_amount'
        end,
        r.gateway_id, (greatest(r.created_at, case when p.channel = 'auto_pay' then p.captured_at end)
            at time zone 'Asia/Kolkata')::date, p.amount - p.tds - p.gst_tds,
        case when r.was_captured and r.currency = 'INR' then r.amount end,
        case
            when r.status = 'authorized' then 'Authorised, not captured: the gateway gives it back by itself'
            when p.id is null then 'Captured for ' || coalesce(nullif(r.order_id, ''), 'no order')
            when not r.was_captured then p.number || ' is received here, ' || r.status || ' there'
            else p.number || ' is ' || p.currency || ' here, ' || r.currency || ' there'
        end
    from theirs r left join payments_payment p on p.gateway_payment_id = r.gateway_id
        and p.status in ('captured', 'partly_refunded', 'refunded')
    where (r.status = 'authorized' and r.amount <> 0 and r.created_at < %(late)s)
        or (p.id is null and r.was_captured and r.amount <> 0 and r.status <> 'refunded')
        or (p.id is not null and not r.was_captured)
        or (p.id is not null and r.was_captured
            and (r.amount <> p.amount - p.tds - p.gst_tds or r.currency <> p.currency))
"""
NOT_LISTED = """
    select 'payment_missing_there', p.gateway_payment_id, (p.captured_at at time zone 'Asia/Kolkata')::date,
        p.amount - p.tds - p.gst_tds, null::bigint, p.number || ' is received here, and no list of the gateway has it'
    from payments_payment p left join payments_gatewayrecord r on r.gateway_id = p.gateway_payment_id
    where p.status in ('captured', 'partly_refunded', 'refunded') and p.gateway_payment_id is not null
        and (p.captured_at between %(since)s and %(young)s or p.gateway_payment_id in (
            select subject from payments_difference where kind = 'payment_missing_there' and gone_at is null))
        and (r.id is null or (r.created_at >= %(since)s and r.seen_at < %(now)s))
"""
UNSETTLED = """
    select 'unsettled', r.gateway_id, t.taken::date, r.amount - r.fee, null::bigint,
        'Captured on ' || to_char(t.taken, 'DD Mon YYYY') || ', in no settlement yet'
    from payments_gatewayrecord r
    left join payments_payment p on p.gateway_payment_id = r.gateway_id and p.channel = 'auto_pay'
    cross join lateral (
        select greatest(r.created_at, p.captured_at) at time zone 'Asia/Kolkata' as taken
    ) t
    where r.kind = 'payment' and r.status = 'captured' and r.currency = 'INR' and r.amount <> 0
        and t.taken < (%(unsettled_on)s + 1)::timestamp
        and (r.created_at >= %(before)s or r.gateway_id in (
            select subject from payments_difference where kind = 'unsettled' and gone_at is null))
        and not exists (
            select 1 from payments_settlementline l join payments_settlement s on s.id = l.settlement_id
            where l.entity_id = r.gateway_id and s.status <> 'failed')
"""


# to the end of the transaction: a month's lists are joined in memory, not on disk
ROOM = "select set_config('work_mem', '64MB', true)"


def look(since: datetime, *, now: datetime) -> Iterator[Finding]:
    """Ask every question about a window that was read at `now`. The same rows give the same answers."""
    words = _words(since, now)
    with connection.cursor() as cursor:
        cursor.execute(ROOM)
        for question in (
            PAYMENTS,
            NOT_LISTED,
            UNSETTLED,
            *findings_refunds.QUESTIONS,
            *findings_settlements.QUESTIONS,
        ):
            cursor.execute(question, words)
            for kind, subject, day, ours, theirs, detail in cursor.fetchall():
                yield Finding(kind, subject, day, ours, theirs, detail[:300])


def _words(since: datetime, now: datetime) -> dict[str, Any]:
    holidays = settings.BANK_HOLIDAYS
    today = clock.business_date(now)
    return {
        "since": since,
        "before": since - BEFORE,
        "now": now,
        "late": now - LATE_CAPTURE,
        "young": now - JUST_NOW,
        "unsettled_on": working_days.back(today, SETTLED_WITHIN + 1, holidays),
        "bank_on": working_days.back(today, SHOWN_BY_BANK + 1, holidays),
        "line_kinds": findings_settlements.LINE_KINDS,
    }
