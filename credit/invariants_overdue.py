"""What must be true of the overdue ladder: never harsher than deserved, one rung at a time, announced, lifted in time.

Days and rungs are those of the policy version that a case follows.
"""

from billing_portal.invariant import Invariant, sql

RUNGS = "array['block-outbound', 'suspend', 'archive', 'delete']::varchar[]"
LEVELS = "array['outbound_blocked', 'suspended', 'archived', 'deleted']::varchar[]"
DAY_OF = (
    "(select min((row ->> 'day')::int) from jsonb_array_elements(p.steps) row where row ->> 'action' = {})"
)
TODAY = "(%(now)s at time zone 'Asia/Kolkata')::date"
HARSH = sql(f"""
    select a.ban || ': ' || r.level || ' on day ' || ({TODAY} - d.due_on) || ', which is too early'
    from accounts_restriction r join accounts_account a on a.id = r.account_id
    join credit_overduecase c on c.account_id = a.id and c.closed_at is null
    join credit_policyversion p on p.id = c.policy_id
    cross join lateral (
        select min(due_on) as due_on from invoices_document where account_id = a.id and open_amount > 0
    ) d
    where r.reason = 'overdue' and r.lifted_at is null and a.wanted_level <> 'deleted'
        and {TODAY} - d.due_on < {DAY_OF.format(f"({RUNGS})[array_position({LEVELS}, r.level)]")}
        and not exists (  -- a bill paid just now: relief has its 15 minutes (I28)
            select 1 from invoices_allocation x
            where x.account_id = a.id and x.allocated_at > %(now)s - interval '15 minutes'
        )
""")  # nosec B608 - constants of ours
UNFOUNDED = sql(f"""
    select a.ban || ': ' || r.level || ' as overdue, and no step that stands says so'
    from accounts_restriction r join accounts_account a on a.id = r.account_id
    where r.reason = 'overdue' and r.lifted_at is null and a.wanted_level <> 'deleted' and not exists (
        select 1 from credit_steptaken s join credit_overduecase c on c.id = s.case_id
        where s.account_id = a.id and s.undone_at is null and c.closed_at is null
            and array_position({RUNGS}, s.action) >= array_position({LEVELS}, r.level)
    )
""")  # nosec B608 - constants of ours
EARLY = sql("""
    select a.ban || ': ' || s.action || ' of day ' || s.day || ' on day ' || (s.taken_on - s.due_on)
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    where s.taken_on - s.due_on < s.day or s.taken_on <> (s.taken_at at time zone 'Asia/Kolkata')::date
    union all
    select a.ban || ': ' || s.action || ' of day ' || s.day || ' with nothing past due'
    from credit_steptaken s join accounts_account a on a.id = s.account_id where s.due <= 0
    union all
    select a.ban || ': ' || count(*) || ' steps on ' || s.taken_on
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    group by a.ban, s.taken_on having count(*) > 1
""")
BROKEN = sql(f"""
    select a.ban || ': ' || s.action || ' on ' || s.taken_on || ', and ' || ({RUNGS})[k.rung - 1] || ' was never taken'
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    join credit_overduecase c on c.id = s.case_id join credit_policyversion p on p.id = c.policy_id
    cross join lateral (select array_position({RUNGS}, s.action) as rung) k
    where k.rung > 1 and {DAY_OF.format(f"({RUNGS})[k.rung - 1]")} is not null and not exists (
        select 1 from credit_steptaken b
        where b.case_id = s.case_id and b.action = ({RUNGS})[k.rung - 1] and b.taken_on < s.taken_on
    )
    union all
    select a.ban || ': ' || s.action || ' on ' || s.taken_on || ' follows a step of another case or a later day'
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    join credit_steptaken b on b.id = s.announced_by_id
    where b.case_id <> s.case_id or b.taken_on >= s.taken_on
""")  # nosec B608 - constants of ours
UNANNOUNCED = sql("""
    select a.ban || ': ' || s.action || ' on ' || s.taken_on || ' without its message before'
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    left join credit_steptaken b on b.id = s.announced_by_id
    where s.action <> 'remind' and s.unannounced_by_id is null and not (
        s.action <> 'delete' and exists (  -- in effect already: nobody was harmed
            select 1 from credit_archive r where r.account_id = s.account_id and r.moved_at < s.taken_at
                and (r.returned_at is null or r.returned_at > s.taken_at)
        )
    ) and not exists (
        select 1 from accounts_notice n
        where n.account_id = s.account_id and n.state = 'sent' and n.sent_at <= s.taken_at
            and n.event = 'overdue:' || b.case_id || ':' || b.day || ':' || to_char(b.taken_on, 'YYYYMMDD')
    )
    union all
    select a.ban || ': deletion on ' || s.taken_on || ', its last notice less than 48 hours before'
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    left join credit_steptaken b on b.id = s.announced_by_id
    where s.action = 'delete' and b.taken_at > s.taken_at - interval '48 hours'
""")
LEFT = sql(f"""
    select a.ban || ': nothing is overdue, and it is still ' || r.level || ' for that'
    from accounts_restriction r join accounts_account a on a.id = r.account_id
    where r.reason = 'overdue' and r.lifted_at is null and a.wanted_level <> 'deleted'
        and not exists (
            select 1 from invoices_document d
            where d.account_id = a.id and d.open_amount > 0 and d.due_on <= {TODAY}
        ) and not exists (
            select 1 from invoices_allocation x
            where x.account_id = a.id and x.allocated_at > %(now)s - interval '15 minutes'
        )
    union all
    select a.ban || ': its case is closed, and its ' || s.action || ' of ' || s.taken_on || ' still stands'
    from credit_steptaken s join accounts_account a on a.id = s.account_id
    join credit_overduecase c on c.id = s.case_id
    where s.undone_at is null and c.closed_at < %(now)s - interval '15 minutes' and c.closed_why = 'paid'
""")  # nosec B608 - constants of ours

# fmt: off
INVARIANTS = (
    Invariant("I25", "No account is lowered more than its oldest unpaid bill allows", "accounts_restriction", HARSH),
    Invariant("I25", "What is lowered as overdue stands on a step of an open case", "accounts_restriction", UNFOUNDED),
    Invariant("I26", "A step is not early, decided while unpaid, one a day",  "credit_steptaken",    EARLY),
    Invariant("I26", "Harm goes one rung at a time, in an unbroken chain",    "credit_steptaken",    BROKEN),
    Invariant("I27", "Before each harm its message went out",                 "credit_steptaken",    UNANNOUNCED),
    Invariant("I28", "15 minutes after the last overdue rupee no restriction for it is left",
              "accounts_restriction", LEFT),
)
# fmt: on
