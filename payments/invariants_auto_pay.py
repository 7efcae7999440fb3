"""What must be true of auto-pay: one success a cause, within the mandate, announced a day ahead, none after its end.

Source: invariants I35, gst reference § 13.1. A debit counts from when it was raised at the gateway.
"""

from billing_portal.invariant import Invariant, sql

ONCE = sql("""
    select a.ban || ': ' || d.cause || ' was debited ' || count(*) || ' times'
    from payments_debit d join accounts_account a on a.id = d.account_id
    where d.state = 'captured' group by a.ban, d.cause having count(*) > 1
    union all
    select a.ban || ': ' || count(*) || ' attempts on ' || (d.raised_at at time zone 'Asia/Kolkata')::date
    from payments_debit d join accounts_account a on a.id = d.account_id
    where d.raised_at is not null
    group by a.ban, (d.raised_at at time zone 'Asia/Kolkata')::date having count(*) > 1
    union all
    select m.number || ': ' || count(*) || ' debits with the bank'
    from payments_debit d join payments_mandate m on m.id = d.mandate_id
    where d.state = 'raised' group by m.number having count(*) > 1
""")
WITHIN = sql("""
    select d.number || ': ' || p.amount || ' taken of ' || d.amount || ' announced, ceiling ' || m.ceiling
    from payments_debit d join payments_payment p on p.id = d.payment_id join payments_mandate m on m.id = d.mandate_id
    where p.amount > m.ceiling or p.amount > d.amount
""")
CONFIRMED = sql("""
    select p.number || ': ' || p.amount || ' without a confirmation of the customer'
    from payments_payment p where p.channel = 'auto_pay' and p.amount > 1500000
""")
ANNOUNCED = sql("""
    select d.number || ': raised for ' || d.debit_at || ', told at ' || coalesce(min(n.sent_at)::text, 'no time')
    from payments_debit d left join accounts_notice n on n.account_id = d.account_id and n.name = 'auto-pay-notice'
        and n.state = 'sent'
        and n.event = 'debit:' || d.number || ':' || (d.debit_at at time zone 'Asia/Kolkata')::date
    where d.raised_at is not null
    group by d.id having coalesce(min(n.sent_at) > d.debit_at - interval '24 hours', true)
""")
STANDING = sql("""
    select d.number || ': raised at ' || d.raised_at || ', ' || m.number || ' was ' || m.state || ' at ' || m.ended_at
    from payments_debit d join payments_mandate m on m.id = d.mandate_id where d.raised_at > m.ended_at
    union all
    select d.number || ': raised before ' || m.number || ' was active'
    from payments_debit d join payments_mandate m on m.id = d.mandate_id
    where d.raised_at is not null and coalesce(d.raised_at < m.active_at, true)
    union all
    select d.number || ': raised after the last day of ' || m.number
    from payments_debit d join payments_mandate m on m.id = d.mandate_id
    where (d.raised_at at time zone 'Asia/Kolkata')::date > m.valid_until
""")
ONE_ACCOUNT = sql("""
    select d.number || ' is of another account than its mandate, payment or bills'
    from payments_debit d join payments_mandate m on m.id = d.mandate_id
    left join payments_payment p on p.id = d.payment_id
    where m.account_id <> d.account_id or p.account_id <> d.account_id or exists (
        select 1 from payments_debit_bills b join invoices_document i on i.id = b.document_id
        where b.debit_id = d.id and i.account_id <> d.account_id)
    union all
    select p.number || ': money by auto-pay of no debit and no mandate''s beginning'
    from payments_payment p left join payments_debit d on d.payment_id = p.id
    left join payments_mandate m on m.first_payment_id = p.id
    where p.channel = 'auto_pay' and d.id is null and m.id is null
""")
FOLLOWED = sql("""
    select d.number || ': ' || d.state || ', its payment is ' || p.status
    from payments_debit d join payments_payment p on p.id = d.payment_id
    where p.settled_at < %(now)s - interval '15 minutes' and d.state <> 'captured'
    union all
    select d.number || ': captured, its payment is ' || p.status
    from payments_debit d join payments_payment p on p.id = d.payment_id
    where d.state = 'captured' and p.settled_at is null
    union all
    select d.number || ': ' || d.state || ', and nobody looks at it again'
    from payments_debit d
    where (d.state = 'scheduled' or d.state = 'noticed' or d.state = 'raised') and d.next_step_at is null
""")

# fmt: off
INVARIANTS = (
    Invariant("I35", "A cause is debited once, one attempt a day",           "payments_debit",   ONCE),
    Invariant("I35", "A debit is within its mandate and its notice",         "payments_debit",   WITHIN),
    Invariant("I35", "Above ₹15,000 nothing is debited unconfirmed",         "payments_payment", CONFIRMED),
    Invariant("I35", "A debit is announced 24 hours before the money goes",  "payments_debit",   ANNOUNCED),
    Invariant("I35", "Nothing is debited outside its mandate's life",        "payments_mandate", STANDING),
    Invariant("I35", "A debit follows its payment within 15 minutes",        "payments_debit",   FOLLOWED),
    Invariant("I38", "A debit, its mandate, money and bills are of one account", "payments_debit", ONE_ACCOUNT),
)
# fmt: on
