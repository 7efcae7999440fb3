"""What must be true of disputes: a lost one is debited once, one that ended well has taken nothing."""

from billing_portal.invariant import Invariant, sql

MOVED = """
    select e.key, e.account_id, sum(l.amount) as amount
    from accounts_entry e join accounts_line l on l.entry_id = e.id and l.book = 'gateway'
    where starts_with(e.key, 'dispute:') or starts_with(e.key, 'dispute-won:')
    group by e.id
"""
ONCE = sql(f"""
    with moved as ({MOVED})
    select d.gateway_dispute_id || ': ' || d.state || ', debited ' || d.debited || ', given back '
        || case when d.returned_at is null then 0 else d.debited end || '; the ledger took '
        || coalesce(o.amount, 0) || ' and gave ' || coalesce(-i.amount, 0)
    from payments_dispute d
    left join moved o on o.key = 'dispute:' || d.gateway_dispute_id
    left join moved i on i.key = 'dispute-won:' || d.gateway_dispute_id
    where coalesce(o.amount, 0) <> d.debited
        or coalesce(-i.amount, 0) <> case when d.returned_at is null then 0 else d.debited end
        or coalesce(o.account_id, d.account_id) <> d.account_id or coalesce(i.account_id, d.account_id) <> d.account_id
    union all
    select m.key || ': moved ' || m.amount || ' for no dispute of ours'
    from moved m left join payments_dispute d on 'dispute:' || d.gateway_dispute_id = m.key
        or 'dispute-won:' || d.gateway_dispute_id = m.key
    where d.id is null
""")  # nosec B608 - constants of this module
DECIDED = sql("""
    select d.gateway_dispute_id || ': lost, and never debited'
    from payments_dispute d where d.state = 'lost' and d.debited_at is null
    union all
    select d.gateway_dispute_id || ': ' || d.state || ', and ' || d.debited || ' stays taken'
    from payments_dispute d
    where d.debited_at is not null and d.returned_at is null and d.state not in ('lost', 'closed')
    union all
    select d.gateway_dispute_id || ': of another account than its payment ' || p.number
    from payments_dispute d join payments_payment p on p.id = d.payment_id where p.account_id <> d.account_id
    union all
    select d.gateway_dispute_id || ': asks ' || d.amount || ' of ' || p.amount
    from payments_dispute d join payments_payment p on p.id = d.payment_id where d.amount > p.amount
""")

# fmt: off
INVARIANTS = (
    Invariant("I16", "A dispute moves just what it says, each way once",        "payments_dispute", ONCE),
    Invariant("I16", "A lost dispute is debited; one that ended well is not",   "payments_dispute", DECIDED),
)
# fmt: on
