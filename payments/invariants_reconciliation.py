"""What must be true of the comparison with gateway and bank: nothing differs without a row, and sums to the paisa."""

from billing_portal.invariant import Invariant, sql

UNNAMED = sql("""
    select r.gateway_id || ': captured there, not in our books, and no difference says so'
    from payments_gatewayrecord r
    where r.kind = 'payment' and r.status = 'captured' and r.amount <> 0 and r.seen_at < %(now)s - interval '24 hours'
        and not exists (
            select 1 from payments_payment p where p.gateway_payment_id = r.gateway_id
                and p.status in ('captured', 'partly_refunded', 'refunded'))
        and not exists (
            select 1 from payments_difference d where d.subject = r.gateway_id and d.kind = 'payment_missing_here')
    union all
    select p.number || ': another amount or state there, and no difference says so'
    from payments_payment p join payments_gatewayrecord r on r.gateway_id = p.gateway_payment_id
    where p.status in ('captured', 'partly_refunded', 'refunded') and r.seen_at < %(now)s - interval '24 hours'
        and (not r.was_captured or r.amount <> p.amount - p.tds - p.gst_tds or r.currency <> p.currency)
        and not exists (
            select 1 from payments_difference d where d.subject = r.gateway_id and starts_with(d.kind, 'payment_'))
""")
OWNERLESS = sql("""
    select kind || ' ' || subject || ': nobody owns it since ' || first_seen_at
    from payments_difference
    where state <> 'resolved' and owner_id is null and first_seen_at < %(now)s - interval '24 hours'
""")
UNEXPLAINED = sql("""
    select day || ': ' || rest || ' paise of it are named by no difference'
    from payments_dayclose
    where rest <> 0 and day < (%(now)s at time zone 'Asia/Kolkata')::date - 1
""")
DAYS = sql("""
    select 'no close of ' || d::date
    from (select min(day) as first, max(day) as last from payments_dayclose) b,
        generate_series(b.first, b.last, interval '1 day') d
    where not exists (select 1 from payments_dayclose c where c.day = d::date)
""")
COLUMNS = sql("""
    select c.day || ': closed with ' || c.received_ledger || ' in the ledger, it has ' || coalesce(l.sum, 0)
    from payments_dayclose c left join lateral (
        select -sum(l.amount)::bigint as sum from accounts_entry e
        join accounts_line l on l.entry_id = e.id and l.book = 'gateway'
        where starts_with(e.key, 'payment:') and e.posted_at <= c.computed_at
            and e.received_at >= c.day::timestamp at time zone 'Asia/Kolkata'
            and e.received_at < (c.day + 1)::timestamp at time zone 'Asia/Kolkata'
    ) l on true
    where c.received_ledger <> coalesce(l.sum, 0)
""")
POSTED = sql("""
    select s.gateway_id || ': ' || s.status || ', suspense ' || coalesce(e.suspense, 0) || ' of ' || s.amount
        || ', fees ' || coalesce(e.fees, 0) || ' of ' || coalesce(t.fee, 0)
    from payments_settlement s
    left join lateral (
        select sum(l.fee) as fee, sum(l.tax) as tax from payments_settlementline l
        where l.settlement_id = s.id and l.booked_at is not null
    ) t on true
    left join lateral (
        select -sum(m.amount) filter (where m.book = 'suspense') as suspense,
            -sum(m.amount) filter (where m.book in ('fees', 'input_gst')) as fees,
            -sum(m.amount) filter (where m.book = 'input_gst') as tax
        from accounts_entry x join accounts_line m on m.entry_id = x.id
        where x.account_id is null and (
            x.key in ('settlement:' || s.gateway_id, 'settlement:' || s.gateway_id || ':failed')
            or x.key in (
                select 'settlement-row:' || l.id || t.tail
                from payments_settlementline l, (values (''), (':failed')) t(tail) where l.settlement_id = s.id))
    ) e on true
    where s.posted_at is not null and (
        coalesce(e.suspense, 0) <> case when s.withdrawn_at is null then s.amount else 0 end
        or coalesce(e.fees, 0) <> case when s.withdrawn_at is null then coalesce(t.fee, 0) else 0 end
        or coalesce(e.tax, 0) <> case when s.withdrawn_at is null then coalesce(t.tax, 0) else 0 end)
    union all
    select e.key || ': no settlement of ours' from accounts_entry e
    left join payments_settlement s on 'settlement:' || s.gateway_id = e.key
    where starts_with(e.key, 'settlement:') and e.reverses_id is null and (s.id is null or s.posted_at is null)
""")
AT_BANK = sql("""
    select u.cause || ': its bank line has ' || coalesce(b.utr, b.narration) || ' and ' || u.amount
    from payments_bankuse u join payments_bankline b on b.id = u.line_id
    left join payments_settlement s on 'settlement:' || s.gateway_id = u.cause
    where starts_with(u.cause, 'settlement:')
        and (s.id is null or s.amount <> u.amount or s.posted_at is null
            or position(s.utr in coalesce(b.utr, upper(b.narration))) = 0)
""")

# fmt: off
INVARIANTS = (
    Invariant("I15", "What differs from the gateway is a row",         "payments_gatewayrecord", UNNAMED),
    Invariant("I15", "A difference has an owner within a day",         "payments_difference",    OWNERLESS),
    Invariant("I15", "A day's columns agree, or differences name why", "payments_dayclose",      UNEXPLAINED),
    Invariant("I15", "Each day is drawn up, without gaps",             "payments_dayclose",      DAYS),
    Invariant("I15", "A day says what the ledger says",                "payments_dayclose",      COLUMNS),
    Invariant("I15", "A settlement posts its sum and its rows' fees",  "payments_settlement",    POSTED),
    Invariant("I15", "A settlement's bank line is its own",            "payments_bankuse",       AT_BANK),
)
# fmt: on
