"""What must be true of usage: each record once, rated once, counted once, and billed once its cycle is closed."""

from billing_portal.invariant import Invariant, sql

SUMS = """
    count(*) as records,
    coalesce(sum(units) filter (where unit_price is not null), 0)::bigint as units,
    coalesce(sum(units * unit_price), 0)::bigint as amount
"""
ARCHIVED = "(select account_id from accounts_restriction where reason = 'retention' and lifted_at is null)"
DAY = "(started_at at time zone 'Asia/Kolkata')::date"
COUNTERS = f"""
    select account_id, cycle_id, feature_id, {SUMS}, count(*) filter (where unit_price is null) as unrated,
        count(*) filter (where is_late) as late
    from invoices_usagerecord %s group by 1, 2, 3
"""  # nosec B608 - constants of this module
DAYS = f"""
    select account_id, {DAY} as day, feature_id, {SUMS} from invoices_usagerecord %s group by 1, 2, 3
"""  # nosec B608

COUNTED = sql(f"""
    select a.ban || ' ' || feature_id || ' in cycle ' || cycle_id || ': counted ' || coalesce(c.units, 0)
        || ' units in ' || coalesce(c.records, 0) || ' records, there are ' || coalesce(t.units, 0)
        || ' in ' || coalesce(t.records, 0)
    from invoices_usagecounter c full join ({COUNTERS % ""}) t using (account_id, cycle_id, feature_id)
    join accounts_account a on a.id = account_id
    where (c.records, c.units, c.amount, c.unrated, c.late)
        is distinct from (t.records, t.units, t.amount, t.unrated, t.late) and a.id not in {ARCHIVED}
""")  # nosec B608
BY_DAY = sql(f"""
    select a.ban || ' ' || feature_id || ' on ' || day || ': counted ' || coalesce(d.units, 0)
        || ' units in ' || coalesce(d.records, 0) || ' records, there are ' || coalesce(t.units, 0)
        || ' in ' || coalesce(t.records, 0)
    from invoices_usageday d full join ({DAYS % ""}) t using (account_id, day, feature_id)
    join accounts_account a on a.id = account_id
    where (d.records, d.units, d.amount) is distinct from (t.records, t.units, t.amount) and a.id not in {ARCHIVED}
""")  # nosec B608
KEYS = sql("""
    select coalesce(k.source, r.source) || ' ' || coalesce(k.record_id, r.record_id) || ': '
        || case when r.record_id is null then 'its record is gone' when k.record_id is null then 'it has no key'
            else count(*) || ' records' end
    from invoices_usagekey k full join invoices_usagerecord r
        on r.source = k.source and r.record_id = k.record_id
    where k.is_sealed is not true or r.record_id is not null
    group by k.source, k.record_id, r.source, r.record_id
    having count(*) > 1 or k.record_id is null or r.record_id is null
""")
ELSEWHERE = sql("""
    select to_char(month, 'YYYY-MM') || ': ' || count(*) || ' records in no month of their own'
    from invoices_usagerecord_elsewhere group by month
""")
MISPLACED = sql(f"""
    select source || ' ' || record_id || ' started in another month than ' || month
    from invoices_usagerecord where date_trunc('month', {DAY})::date <> month
""")  # nosec B608
FOREIGN = sql("""
    select r.source || ' ' || r.record_id || case when c.id is null then ' counts in a cycle that is not there'
        when f.code is null then ' is of a feature that is not there' else ' counts in another account''s cycle' end
    from invoices_usagerecord r left join invoices_cycle c on c.id = r.cycle_id
    left join invoices_feature f on f.code = r.feature_id
    where c.account_id is distinct from r.account_id or f.code is null
    union all
    select 'the counter of ' || n.feature_id || ' in cycle ' || n.cycle_id || ' stands on another account'
    from invoices_usagecounter n join invoices_cycle c on c.id = n.cycle_id where c.account_id <> n.account_id
""")
BILLED = sql("""
    select 'cycle ' || c.id || ' of ' || a.ban || case
        when d.account_id <> c.account_id then ' stands on ' || d.number || ' of another account'
        when c.closed_at is null then ' is open and stands on ' || d.number
        else ' is closed with usage to pay and stands on no invoice' end
    from invoices_cycle c join accounts_account a on a.id = c.account_id
    left join invoices_document d on d.id = c.invoice_id
    where d.account_id <> c.account_id or (d.id is not null and c.closed_at is null)
        or (c.closed_at is not null and d.id is null and exists (
            select 1 from invoices_usagecounter u
            left join invoices_planprice p on p.version_id = c.version_id and p.feature_id = u.feature_id
            left join invoices_cycleprice d on d.cycle_id = c.id and d.feature_id = u.feature_id
            where u.cycle_id = c.id and coalesce(p.unit_price, d.unit_price) > 0 and u.units > coalesce(
                ceil(p.free_units::numeric * (c.ends_on - c.starts_on + 1) / c.full_days), 0)
        ))
""")

# fmt: off
INVARIANTS = (
    Invariant("I22", "A counter is the sum of its records",               "invoices_usagecounter", COUNTED),
    Invariant("I22", "A day is the sum of its records",                   "invoices_usageday",     BY_DAY),
    Invariant("I22", "Each id is one record",                             "invoices_usagekey",     KEYS),
    Invariant("I22", "Each record lies in its month",                     "invoices_usagerecord",  MISPLACED),
    Invariant("I22", "No record lies outside the months",                 "invoices_usagerecord_elsewhere", ELSEWHERE),
    Invariant("I22", "A closed cycle's usage stands on its own invoice",  "invoices_cycle",        BILLED),
    Invariant("I38", "Usage counts in a cycle of its own account",        "invoices_usagerecord",  FOREIGN),
)
# fmt: on
