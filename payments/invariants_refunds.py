"""What must be true of refunds: never more than came, each booked once; what is promised is payable."""

from billing_portal.invariant import Invariant, sql

BOOKED = "r.source not in ('parked', 'gateway')"
WITHIN = sql(f"""
    select p.number || ': refunded ' || sum(r.amount) || ' of ' || p.amount - p.tds - p.gst_tds
    from payments_refund r join payments_payment p on p.id = r.payment_id
    where r.status <> 'failed' and {BOOKED} group by p.id
    having sum(r.amount) > p.amount - p.tds - p.gst_tds
    union all
    select r.number || ': of a payment that is ' || p.status
    from payments_refund r join payments_payment p on p.id = r.payment_id
    where {BOOKED} and p.status not in ('captured', 'partly_refunded', 'refunded')
    union all
    select gateway_payment_id || ': sent back ' || count(*) || ' times'
    from payments_refund where source = 'parked' and status <> 'failed'
    group by gateway_payment_id having count(*) > 1
""")  # nosec B608 - constants of this module
PAID = sql(f"""
    select r.number || ': ' || r.status || ' ' || r.amount || ', paid out in the books ' || coalesce(e.amount, 0)
    from payments_refund r left join lateral (
        select -sum(l.amount) as amount from accounts_entry e join accounts_line l on l.entry_id = e.id
        where e.key = 'refund:' || r.number and e.account_id = r.account_id and l.book = 'refunds'
    ) e on true
    where {BOOKED} and ((r.status = 'processed' and e.amount is distinct from r.amount)
        or (r.status not in ('processed', 'failed') and e.amount is not null))
    union all
    select r.number || ': failed with ' || r.amount || ', back on the account ' || coalesce(e.amount, 0)
    from payments_refund r left join lateral (
        select -sum(l.amount) as amount from accounts_entry e join accounts_line l on l.entry_id = e.id
        where e.key = 'refund-failed:' || r.number and e.account_id = r.account_id and l.book in ('refunds', 'gateway')
    ) e on true
    where {BOOKED} and (case r.status when 'failed' then r.amount else 0 end) <> coalesce(e.amount, 0)
    union all
    select e.key || ': no such refund' from accounts_entry e
    left join payments_refund r on r.number = split_part(e.key, ':', 2) and {BOOKED}
    where split_part(e.key, ':', 1) in ('refund', 'refund-failed', 'refund-credit') and r.id is null
""")  # nosec B608 - constants of this module
PAYABLE = sql(f"""
    select 'refunds payable holds ' || b.sum || ', promised are ' || p.sum
    from (select coalesce(sum(amount), 0) as sum from accounts_line where book = 'refunds') b, (
        select coalesce(sum(amount), 0) as sum from (
            select r.amount from payments_refund r where {BOOKED} and r.status in ('asked', 'sent')
            union all
            select d.total from invoices_document d where d.kind = 'refund_voucher' and starts_with(d.cause, 'refund:')
                and not exists (select 1 from payments_refund r where r.document_id = d.id)
        ) x
    ) p where b.sum <> p.sum
""")  # nosec B608 - constants of this module
STATES = sql(f"""
    select p.number || ': ' || p.status || ', paid out ' || coalesce(r.sum, 0) || ' of ' || p.amount - p.tds - p.gst_tds
    from payments_payment p left join (
        select payment_id, sum(amount) as sum from payments_refund r where status = 'processed' and {BOOKED} group by 1
    ) r on r.payment_id = p.id
    where p.status in ('captured', 'partly_refunded', 'refunded') and p.status <> case
        when r.sum is null then 'captured'
        when r.sum < p.amount - p.tds - p.gst_tds then 'partly_refunded' else 'refunded' end
""")  # nosec B608 - constants of this module
FORWARD = sql("""
    select 'payments_payment has no working trigger against a state that goes back'
    where not exists (
        select 1 from pg_trigger where tgrelid = 'payments_payment'::regclass and tgenabled in ('O', 'A')
            and tgname = 'payments_payment_forward'
    )
""")
DECIDED = sql("""
    select r.number || ': nobody but its asker said yes to ' || r.amount
    from payments_refund r left join accounts_approval a on a.id = r.approval_id
    where r.amount > 100000 and r.status not in ('waiting', 'failed') and r.source not in ('taken', 'gateway')
        and (r.approved_by_id is null or r.approved_by_id = r.asked_by_id
            or (r.source <> 'parked' and (a.state is distinct from 'approved' or a.action <> 'refund'
                or a.account_id <> r.account_id or (a.payload ->> 'amount')::bigint <> r.amount)))
    union all
    select r.number || ': without a reason or a row of the audit'
    from payments_refund r
    where r.source not in ('gateway') and (r.reason = '' or not exists (
        select 1 from accounts_auditevent v where v.subject = 'refund:' || r.number
    ))
""")
LATE = sql("""
    select r.number || ': ' || r.status || ', and nobody will look at it'
    from payments_refund r
    where r.status in ('asked', 'sent') and r.way = 'gateway' and r.parked_at is null
        and (r.next_at is null or r.next_at < %(now)s - interval '15 minutes')
""")
STRANGERS = sql("""
    select r.number || ' is another account''s than its payment, document or request'
    from payments_refund r left join payments_payment p on p.id = r.payment_id
    left join invoices_document d on d.id = r.document_id left join accounts_approval a on a.id = r.approval_id
    where r.account_id is distinct from coalesce(p.account_id, r.account_id)
        or coalesce(d.account_id, r.account_id) <> r.account_id or coalesce(a.account_id, r.account_id) <> r.account_id
""")

# fmt: off
INVARIANTS = (
    Invariant("I12", "Refunds never exceed what came, and parked money goes back once", "payments_refund", WITHIN),
    Invariant("I12", "A refund is paid out once, one that failed is on the account",   "payments_refund",  PAID),
    Invariant("I12", "Refunds payable are just what is promised",                      "payments_refund",  PAYABLE),
    Invariant("I11", "A payment says how much of it was paid out again",               "payments_payment", STATES),
    Invariant("I11", "The database refuses a payment's state that goes back",          "payments_payment", FORWARD),
    Invariant("I37", "No refund waits for nobody",                                     "payments_refund",  LATE),
    Invariant("I38", "A refund belongs to its payment's account",           "payments_refund",  STRANGERS),
    Invariant("I39", "A refund has a reason, its record and, above ₹1,000, two people", "payments_refund", DECIDED),
)
# fmt: on
