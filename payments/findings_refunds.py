"""Questions about refunds, both ways; see `payments.findings`.

What the gateway gave back by itself, before the money was ours, is no difference; nor is money of nobody's that went
back in full.
"""

# What we gave back: their id, our number, paise, state, when we asked. Money that was never booked is not among it.
OURS = """
    select gateway_refund_id as refund_id, number, amount, status as state, asked_at from payments_refund
    where way = 'gateway' and source not in ('parked', 'gateway') and gateway_refund_id is not null
"""
# A refund counts when its payment is in our books, or was captured and did not go back whole.
COUNTS = """
    exists (
        select 1 from payments_gatewayrecord m
        left join payments_payment p on p.gateway_payment_id = m.gateway_id
            and p.status in ('captured', 'partly_refunded', 'refunded')
        where m.gateway_id = r.payment_id and m.was_captured and (p.id is not null or m.status <> 'refunded')
    )
"""
STANDING = "(select subject from payments_difference where starts_with(kind, 'refund_') and gone_at is null)"
REFUNDS = f"""
    with ours as ({OURS})
    select case
            when o.refund_id is null then 'refund_missing_here'
            when r.amount <> o.amount then 'refund_amount' else 'refund_status'
        end,
        r.gateway_id, (r.created_at at time zone 'Asia/Kolkata')::date,
        case when o.state = 'processed' then o.amount end, case when r.status = 'processed' then r.amount end,
        case
            when o.refund_id is null then concat_ws(', ', 'Of ' || r.payment_id, r.status, nullif(r.receipt, ''))
            else format('%%s is %%s and %%s here, %%s and %%s there', o.number, o.amount, o.state, r.amount, r.status)
        end
    from payments_gatewayrecord r left join ours o on o.refund_id = r.gateway_id
    where r.kind = 'refund' and (r.created_at >= %(since)s or r.gateway_id in {STANDING}) and (
        (o.refund_id is null and r.status <> 'failed' and {COUNTS})
        or r.amount <> o.amount
        or (o.state = 'processed' and r.status = 'failed') or (o.state = 'failed' and r.status = 'processed'))
"""  # nosec B608 - constants of this module
NOT_LISTED = f"""
    with ours as ({OURS})
    select 'refund_missing_there', o.refund_id, (coalesce(r.created_at, o.asked_at) at time zone 'Asia/Kolkata')::date,
        case when o.state = 'processed' then o.amount end, null::bigint,
        o.number || ' is ' || o.state || ' here, and no list of the gateway has it'
    from ours o left join payments_gatewayrecord r on r.gateway_id = o.refund_id
    where o.refund_id is not null and o.state <> 'failed'
        and (o.asked_at between %(since)s and %(young)s or o.refund_id in {STANDING})
        and (r.id is null or (r.created_at >= %(since)s and r.seen_at < %(now)s))
"""  # nosec B608 - constants of this module
QUESTIONS = (REFUNDS, NOT_LISTED)

# For the close of a day: what went back of its refunds, by the gateway's list and by the ledger.
LISTED = f"""
    select (r.created_at at time zone 'Asia/Kolkata')::date, sum(r.amount), count(*) from payments_gatewayrecord r
    where r.kind = 'refund' and r.status = 'processed' and r.currency = 'INR' and not exists (
            select 1 from payments_difference d
            where d.kind = 'refund_missing_there' and d.subject = r.gateway_id and d.gone_at is null)
        and r.created_at >= %(from)s and r.created_at < %(to)s and {COUNTS}
    group by 1
"""  # nosec B608 - constants of this module
LEDGER = f"""
    with ours as ({OURS})
    select (coalesce(r.created_at, o.asked_at) at time zone 'Asia/Kolkata')::date, sum(l.amount)
    from ours o left join payments_gatewayrecord r on r.gateway_id = o.refund_id
    join accounts_entry e on e.key in ('refund:' || o.number, 'refund-failed:' || o.number)
    join accounts_line l on l.entry_id = e.id and l.book = 'gateway'
    where coalesce(r.created_at, o.asked_at) >= %(from)s and coalesce(r.created_at, o.asked_at) < %(to)s
    group by 1
"""  # nosec B608 - constants of this module
DOCUMENTS = f"""
    with ours as ({OURS})
    select (coalesce(r.created_at, o.asked_at) at time zone 'Asia/Kolkata')::date, sum(o.amount)
    from ours o left join payments_gatewayrecord r on r.gateway_id = o.refund_id
    where o.state = 'processed'
        and coalesce(r.created_at, o.asked_at) >= %(from)s and coalesce(r.created_at, o.asked_at) < %(to)s
    group by 1
"""  # nosec B608 - constants of this module
