"""What must be true of payments: credited once, with proof, decided in time, and to one account."""

from billing_portal.invariant import Invariant, sql
from payments import (
    invariants_auto_pay,
    invariants_bank,
    invariants_by_hand,
    invariants_disputes,
    invariants_reconciliation,
    invariants_refunds,
)

CREDITED = sql("""
    select p.number || ': received ' || p.amount || ', credited ' || coalesce(e.amount, 0)
        || ' by ' || coalesce(e.entries, 0) || ' entries'
    from payments_payment p left join lateral (
        select count(distinct e.id) as entries, -sum(l.amount) as amount, bool_and(e.account_id = p.account_id) as own
        from accounts_entry e join accounts_line l on l.entry_id = e.id
            and l.book in ('gateway', 'suspense', 'tds', 'gst_tds')
        where e.key = 'payment:' || p.number
    ) e on true
    where p.status in ('captured', 'partly_refunded', 'refunded')
        and (e.entries <> 1 or e.amount is distinct from p.amount or not e.own)
""")
# What may move money of an account besides a payment coming in; each has an invariant of its own.
OTHER_MOVES = "recovery|refund|refund-failed|dispute|dispute-won|bounce|take-back"
PROOF = sql(f"""
    select e.key || ': credited without a captured payment of ours'
    from accounts_entry e join lateral (
        select sum(amount) as amount from accounts_line l
        where l.entry_id = e.id and l.book in ('gateway', 'bank', 'suspense', 'tds', 'gst_tds')
    ) l on l.amount is not null
    left join payments_payment p on 'payment:' || p.number = e.key
        and p.status in ('captured', 'partly_refunded', 'refunded')
        and p.captured_at is not null and p.currency = 'INR'
        and p.account_id = e.account_id and p.amount = -l.amount
        and (p.gateway_payment_id is not null or p.channel = 'bank')
        and (p.gateway_order_id is not null or p.channel in ('bank', 'transfer') or exists (
            select 1 from payments_parkedreport r
            where r.gateway_payment_id = p.gateway_payment_id and r.state = 'resolved' and r.resolved_by_id is not null
        ))
    where p.id is null and e.account_id is not null
        and e.key !~ '^({OTHER_MOVES}):'
""")  # nosec B608 - constants of this module
EVENTS_LATE = sql("""
    select 'event ' || id || ' ' || name || ', received ' || received_at
    from payments_webhookevent
    where handled_at is null and parked_at is null and received_at < %(now)s - interval '15 minutes'
""")
EVENTS_TWICE = sql("""
    select 'body ' || left(body_hash, 12) || ': ' || count(*) || ' events'
    from payments_webhookevent group by body_hash having count(*) > 1
    union all
    select event_id || ': ' || count(*) || ' events'
    from payments_webhookevent where event_id is not null group by event_id having count(*) > 1
""")
UNDECIDED = sql("""
    select p.number || ': ' || p.status || ' since ' || p.started_at
    from payments_payment p
    where p.status in ('created', 'unknown', 'authorized')
        and case p.channel when 'auto_pay' then greatest(p.started_at, p.opened_at) else p.started_at end
            < %(now)s - interval '5 days 1 hour'
        and not exists (select 1 from payments_parkedreport r where r.payment_id = p.id and r.state = 'open')
""")
CURRENCY = sql("""
    select number || ': ' || amount || ' ' || currency
    from payments_payment where amount <= 0 or amount > 10000000000000 or currency <> 'INR'
""")
ALLOCATED = sql("""
    select a.cause || ': allocated ' || a.sum || coalesce(' of ' || p.amount, ', which is no received payment')
    from (
        select cause, sum(amount) as sum from invoices_allocation where starts_with(cause, 'payment:') group by 1
    ) a left join payments_payment p on 'payment:' || p.number = a.cause
        and p.status in ('captured', 'partly_refunded', 'refunded')
    where p.id is null or a.sum > p.amount
""")
STRANGERS = sql("""
    select a.cause || ' was allocated to a bill of another account'
    from invoices_allocation a join payments_payment p on 'payment:' || p.number = a.cause
    where a.account_id <> p.account_id
    union all
    select n.event || ' was told to another account'
    from accounts_notice n join payments_payment p on 'payment:' || p.number = n.event
    where n.account_id <> p.account_id
    union all
    select d.number || ' is the voucher of another account''s payment'
    from invoices_document d join payments_payment p on 'advance:' || p.number = d.cause
    where d.account_id <> p.account_id
""")

# fmt: off
INVARIANTS = (
    Invariant("I05", "A payment is a positive amount of rupees",             "payments_payment",      CURRENCY),
    Invariant("I09", "A received payment is credited once, to its account",  "payments_payment",      CREDITED),
    Invariant("I10", "Nothing is credited without proof",                    "accounts_entry",        PROOF),
    Invariant("I13", "An event reaches an outcome within 15 minutes",        "payments_webhookevent", EVENTS_LATE),
    Invariant("I13", "An event is stored once",                              "payments_webhookevent", EVENTS_TWICE),
    Invariant("I14", "No payment is undecided for more than 5 days",         "payments_payment",      UNDECIDED),
    Invariant("I20", "Allocations never exceed their payment",               "invoices_allocation",   ALLOCATED),
    Invariant("I38", "A payment's effects belong to its account",            "payments_payment",      STRANGERS),
    *invariants_bank.INVARIANTS,
    *invariants_reconciliation.INVARIANTS,
    *invariants_disputes.INVARIANTS,
    *invariants_refunds.INVARIANTS,
    *invariants_auto_pay.INVARIANTS,
    *invariants_by_hand.INVARIANTS,
)
# fmt: on
