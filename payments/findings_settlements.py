"""Questions about settlements and their rows; see `payments.findings`. Each is read against the gateway's own lists."""

STANDING = "(select subject from payments_difference where kind = '{}' and gone_at is null)"
SUM = f"""
    select 'settlement_sum', s.gateway_id, s.settled_on, t.net, s.amount,
        t.rows || ' rows come to ' || t.net || ' paise, ' || s.amount || ' were paid out'
    from payments_settlement s, lateral (
        select coalesce(sum(credit - debit), 0)::bigint as net, count(*) as rows
        from payments_settlementline where settlement_id = s.id
    ) t
    where s.status = 'processed' and t.net <> s.amount
        and (s.created_at >= %(since)s or s.gateway_id in {STANDING.format("settlement_sum")})
"""  # nosec B608 - constants of this module
FAILED = f"""
    select 'settlement_failed', s.gateway_id, s.settled_on, s.amount, null::bigint,
        case t.rows when 0 then 'Failed before its rows were read, and payments of that time are not paid out yet'
            else t.waiting || ' of its ' || t.rows || ' rows are in no other settlement yet' end
    from payments_settlement s, lateral (
        select count(*) as rows, count(*) filter (where not exists (
            select 1 from payments_settlementline o join payments_settlement n on n.id = o.settlement_id
            where o.entity_id = l.entity_id and n.status <> 'failed')) as waiting
        from payments_settlementline l where l.settlement_id = s.id
    ) t
    where s.status = 'failed' and (t.waiting > 0 or (t.rows = 0 and exists (
            select 1 from payments_gatewayrecord r
            where r.kind = 'payment' and r.status = 'captured' and r.currency = 'INR'
                and r.created_at between s.created_at - interval '7 days' and s.created_at - interval '1 day'
                and not exists (
                    select 1 from payments_settlementline o join payments_settlement n on n.id = o.settlement_id
                    where o.entity_id = r.gateway_id and n.status <> 'failed'))))
        and (s.created_at >= %(before)s or s.gateway_id in {STANDING.format("settlement_failed")})
"""  # nosec B608 - constants of this module
# One pass over the rows: each against the gateway's own list, and against what was booked of it.
LINES = """
    with lines as (
        select l.*, s.gateway_id, s.settled_on from payments_settlementline l
        join payments_settlement s on s.id = l.settlement_id and s.status <> 'failed' where s.created_at >= %(since)s
        union all
        select l.*, s.gateway_id, s.settled_on from payments_settlementline l
        join payments_settlement s on s.id = l.settlement_id and s.status <> 'failed' where s.created_at < %(since)s
            and l.entity_id in (
                select subject from payments_difference where kind = any(%(line_kinds)s) and gone_at is null)
    )
    select q.kind, l.entity_id, l.settled_on, q.ours, q.theirs, case q.kind
        when 'line_unknown' then format('A %%s of %%s that no list of the gateway tells', l.kind, l.gateway_id)
        when 'line_amount' then
            format('%%s settles %%s paise of a %%s of %%s', l.gateway_id, l.amount, l.kind, r.amount)
        when 'line_fee' then
            format('%%s keeps %%s paise (GST %%s), expected were %%s (GST %%s)', l.gateway_id, q.theirs, l.tax, q.ours,
                case l.kind when 'payment' then r.tax else l.tax end)
        when 'line_changed' then format('Booked as %%s paise, told as %%s now', q.ours, q.theirs)
        else concat_ws(', ', nullif(l.description, ''), nullif(l.payment_id, ''), nullif(l.dispute_id, ''),
            l.gateway_id) end
    from lines l left join payments_gatewayrecord r on r.gateway_id = l.entity_id
    cross join lateral (values
        ('line_unknown', null, l.credit - l.debit, r.id is null and l.kind <> 'adjustment'),
        ('line_amount', r.amount, l.amount, l.amount <> r.amount),
        ('line_fee', r.fee, l.amount - l.credit, l.kind = 'payment'
            and (l.fee <> r.fee or l.tax <> r.tax or l.credit <> l.amount - l.fee)),
        ('line_fee', l.fee, l.debit - l.amount, l.kind = 'refund' and l.debit <> l.amount + l.fee),
        ('line_changed', l.credit - l.debit, l.told_net, l.booked_at is not null and l.told_net <> l.credit - l.debit),
        ('adjustment', null, l.credit - l.debit, l.kind = 'adjustment' and l.dispute_id = '' and not exists (
            select 1 from payments_refund f where f.gateway_payment_id = l.payment_id and l.payment_id <> ''
                and f.status = 'failed' and f.amount = l.credit - l.debit)),  -- a refund that failed came back
        ('dispute', null, l.credit - l.debit, l.dispute_id <> '' and not exists (
            select 1 from payments_dispute d where d.gateway_dispute_id = l.dispute_id
                and case when l.debit > 0 then l.debit in (d.deducted, d.debited)
                        or (d.state in ('won', 'closed') and exists (  -- taken at its beginning, and given back since
                            select 1 from payments_settlementline o join payments_settlement n on n.id = o.settlement_id
                            where n.settled_on >= l.settled_on and o.dispute_id = l.dispute_id
                                and o.credit = l.debit and n.status <> 'failed'))
                    else d.state in ('won', 'closed') and l.credit = d.amount end))
    ) as q(kind, ours, theirs, holds)
    where (r.id is null or l.amount <> r.amount or l.fee <> r.fee or l.tax <> r.tax or l.dispute_id <> ''
        or l.credit - l.debit <> case l.kind when 'payment' then l.amount - l.fee else - l.amount - l.fee end
        or l.told_net <> l.credit - l.debit) and q.holds
"""
TWICE = f"""
    with recent as not materialized (
        select l.id, l.entity_id, l.copies from payments_settlementline l
        join payments_settlement s on s.id = l.settlement_id where s.created_at >= %(since)s and s.status <> 'failed'
    ), twice as (
        select entity_id from recent where copies > 1
        union select r.entity_id from recent r
            join payments_settlementline o on o.entity_id = r.entity_id and o.id <> r.id
            join payments_settlement s on s.id = o.settlement_id and s.created_at >= %(before)s and s.status <> 'failed'
        union {STANDING.format("line_twice")}
    )
    select 'line_twice', l.entity_id, min(s.settled_on), min(l.credit - l.debit)::bigint,
        sum((l.credit - l.debit) * l.copies)::bigint,
        case when count(*) > 1 then 'Paid out by ' || string_agg(s.gateway_id, ', ' order by s.id)
            else 'Told ' || max(l.copies) || ' times by ' || min(s.gateway_id) || ', paid once' end
    from twice t join payments_settlementline l on l.entity_id = t.entity_id
    join payments_settlement s on s.id = l.settlement_id and s.status <> 'failed'
    group by l.entity_id, l.kind having count(*) > 1 or max(l.copies) > 1
"""  # nosec B608 - constants of this module
UNUSED = "not exists (select 1 from payments_bankuse u where u.cause = 'settlement:' || s.gateway_id)"
NAMES = (
    "b.direction = 'in' and (b.utr = s.utr or (b.utr is null and position(s.utr in upper(b.narration)) > 0))"
)
BANK_MISSING = f"""
    select 'bank_missing', s.gateway_id, s.settled_on, s.amount, null::bigint,
        'No bank line has the UTR ' || coalesce(nullif(s.utr, ''), 'that is not told')
    from payments_settlement s
    where s.status = 'processed' and s.settled_on <= %(bank_on)s
        and (s.created_at >= %(before)s or s.gateway_id in {STANDING.format("bank_missing")})
        and {UNUSED}
        and (s.utr = '' or not exists (select 1 from payments_bankline b where {NAMES}))
        and (s.settled_on <= %(unsettled_on)s
            or exists (select 1 from payments_bankline b where b.value_on > s.settled_on and b.statement_id > 0))
"""  # nosec B608 - constants of this module
BANK_AMOUNT = f"""
    select 'bank_amount', s.gateway_id, s.settled_on, s.amount, b.amount,
        case when b.amount = s.amount then 'The bank line of ' || s.utr || ' is used for something else'
            else 'The bank shows ' || b.amount || ' paise with ' || s.utr || ', paid out were ' || s.amount end
    from payments_settlement s join payments_bankline b on {NAMES}
    where s.status = 'processed' and s.posted_at is not null and s.utr <> '' and {UNUSED}
        and (s.created_at >= %(before)s or s.gateway_id in {STANDING.format("bank_amount")})
"""  # nosec B608 - constants of this module
LINE_KINDS = ["line_unknown", "line_amount", "line_fee", "line_changed", "adjustment", "dispute"]
QUESTIONS = (SUM, FAILED, LINES, TWICE, BANK_MISSING, BANK_AMOUNT)
