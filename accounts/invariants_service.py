"""What must be true of service levels: wanted is the strictest reason, ordered, and acknowledged in time."""

from billing_portal.invariant import Invariant, sql

RANK = "array['active', 'outbound_blocked', 'suspended', 'archived', 'deleted']::varchar[]"
STRICTEST = sql(f"""
    select a.ban || ': wanted ' || a.wanted_level || ', its restrictions say ' || s.level
    from accounts_account a left join lateral (
        select coalesce(max(array_position({RANK}, r.level)), 1) as rank from accounts_restriction r
        where r.account_id = a.id and r.lifted_at is null
    ) m on true cross join lateral (select ({RANK})[m.rank] as level) s
    where a.wanted_level <> s.level
""")  # nosec B608 - a constant of ours
ORDERED = sql("""
    select a.ban || ': wanted ' || a.wanted_level || ', its newest order says ' || coalesce(o.level, 'nothing')
    from accounts_account a left join lateral (
        select level from accounts_serviceorder where account_id = a.id order by id desc limit 1
    ) o on true
    where a.wanted_level <> coalesce(o.level, 'active')
""")
ACKNOWLEDGED = sql("""
    select a.ban || ': wanted ' || a.wanted_level || ' since ' || a.wanted_at || ', acknowledged ' || a.confirmed_level
    from accounts_account a
    where a.wanted_level <> a.confirmed_level and a.wanted_at < %(now)s - interval '15 minutes'
        and not exists (select 1 from accounts_serviceorder o where o.account_id = a.id and o.state = 'waiting')
""")
RETRIED = sql("""
    select 'SO-' || lpad(id::text, 6, '0') || ' waits without a next attempt'
    from accounts_serviceorder where state = 'waiting' and next_attempt_at is null
""")

# fmt: off
INVARIANTS = (
    Invariant("I29", "The wanted level is the strictest of what stands",    "accounts_account",      STRICTEST),
    Invariant("I29", "The newest order says the wanted level",              "accounts_account",      ORDERED),
    Invariant("I29", "A level is acknowledged in 15 minutes, or still sent", "accounts_account",     ACKNOWLEDGED),
    Invariant("I29", "An order that waits has its next attempt",            "accounts_serviceorder", RETRIED),
)
# fmt: on
