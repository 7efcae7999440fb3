"""What must be true of money that people moved by hand: a person, a reason, a record, and two where two are asked."""

from billing_portal.invariant import Invariant, sql

PARKED = sql("""
    select 'parked ' || r.kind || ' ' || r.gateway_payment_id || ': closed without a person, a reason or its record'
    from payments_parkedreport r
    where r.state = 'resolved' and (r.resolved_by_id is null or r.resolution = '' or not exists (
        select 1 from accounts_auditevent v where v.subject = 'parked:' || r.kind || ':' || r.gateway_payment_id
    ))
""")
CREDITED = sql("""
    select p.number || ': credited out of the bank''s line ' || u.line_id || ', and no record says by whom'
    from payments_payment p join payments_bankuse u on u.payment_id = p.id
    where p.channel = 'bank' and not exists (
        select 1 from accounts_auditevent v
        where v.subject = 'bank-line:' || u.line_id and v.account_id = p.account_id and v.reason <> ''
    )
""")
ASIDE = sql("""
    select 'line ' || l.id || ': put aside by one person, without a reason or without its record'
    from payments_bankline l
    where l.state = 'ignored' and (
        l.aside_asked_by_id is null or l.aside_by_id is null or l.aside_by_id = l.aside_asked_by_id or l.note = ''
        or not exists (select 1 from accounts_auditevent v
            where v.subject = 'bank-line:' || l.id and v.action = 'payments.bank.put-aside'))
""")
GIVEN_UP = sql("""
    select d.gateway_dispute_id || ': answered by staff, and no record says why'
    from payments_dispute d
    where (d.accepted_by_id is not null or d.submitted_by_id is not null) and not exists (
        select 1 from accounts_auditevent v
        where v.subject = 'dispute:' || d.gateway_dispute_id and v.reason <> '' and v.actor_id is not null
    )
""")

# fmt: off
INVARIANTS = (
    Invariant("I39", "Parked money is closed by a person, with a reason", "payments_parkedreport", PARKED),
    Invariant("I39", "Bank money is credited by a person, on record",     "payments_bankuse",      CREDITED),
    Invariant("I39", "Two people put a line of the bank's aside",         "payments_bankline",     ASIDE),
    Invariant("I39", "A dispute is answered by a person, on record",      "payments_dispute",      GIVEN_UP),
)
# fmt: on
