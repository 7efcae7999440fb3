"""What must hold of cycles and what bills them."""

from billing_portal.invariant import Invariant, sql

CHAIN = sql("""
    select a.ban || ': the cycle of ' || c.starts_on || ' does not follow the one that ended on ' || c.before
    from (
        select *, lag(ends_on) over (partition by account_id order by starts_on) as before from invoices_cycle
    ) c join accounts_account a on a.id = c.account_id
    where c.before is not null and c.starts_on <> c.before + 1
""")
NEXT = sql("""
    select a.ban || ': billed next on ' || s.bill_on || ', its oldest open cycle ends on '
        || coalesce(c.ends_on::text, 'no day: there is none')
    from invoices_subscription s join accounts_account a on a.id = s.account_id
    left join (
        select account_id, min(ends_on) as ends_on from invoices_cycle where closed_at is null group by 1
    ) c on c.account_id = s.account_id
    where s.ended_on is null and s.bill_on is distinct from c.ends_on + 1
""")
LATE = sql("""
    select a.ban || ': the cycle that ended on ' || c.ends_on || ' is not billed, and nobody will bill it'
    from invoices_cycle c join accounts_account a on a.id = c.account_id
    left join invoices_subscription s on s.account_id = c.account_id and s.ended_on is null
    where c.closed_at is null and a.wanted_level <> 'deleted'
        and c.ends_on < (%(now)s at time zone 'Asia/Kolkata')::date - 1
        and (s.id is null or not s.is_parked and s.next_attempt_at is null
             or s.is_parked and s.error = '')
""")
ONCE = sql("""
    select a.ban || ': the invoice ' || d.number || ' bills the cycle of ' || c.starts_on || ', but is of '
        || case when d.account_id <> c.account_id then 'another account' else 'cause ' || d.cause end
    from invoices_cycle c join accounts_account a on a.id = c.account_id
    join invoices_document d on d.id = c.invoice_id
    where d.account_id <> c.account_id or d.cause like 'cycle:%%' and d.cause <> 'cycle:' || a.ban || ':' || c.starts_on
    union all
    select d.number || ' bills a cycle that does not know it'
    from invoices_document d where d.cause like 'cycle:%%'
        and not exists (select 1 from invoices_cycle c where c.invoice_id = d.id and c.closed_at is not null)
""")
CHARGES = sql("""
    select 'the charge ' || o.id || ' is on ' || d.number || ', which is ' || case
        when d.account_id <> o.account_id then 'of another account'
        when o.cancelled_at is not null then 'not possible: it is cancelled'
        else 'without a line of its amount' end
    from invoices_onetimecharge o join invoices_document d on d.id = o.document_id
    where d.account_id <> o.account_id or o.cancelled_at is not null or not exists (
        select 1 from invoices_documentline l
        where l.document_id = d.id and l.description = o.description and l.taxable = o.amount
    )
""")

# fmt: off
INVARIANTS = (
    Invariant("I22", "Cycles follow each other without gap or overlap",      "invoices_cycle",         CHAIN),
    Invariant("I22", "An account is billed when its oldest cycle has ended", "invoices_subscription",  NEXT),
    Invariant("I22", "An ended cycle is due, or parked with a reason",       "invoices_cycle",         LATE),
    Invariant("I22", "A cycle's usage is billed once, by its own invoice",   "invoices_document",      ONCE),
    Invariant("I22", "A one-time charge is on one invoice",                  "invoices_onetimecharge", CHARGES),
)
# fmt: on
