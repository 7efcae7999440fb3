"""What must be true of credit limits (I34): whole, replayed from recorded causes, siblings named and let go."""

from collections.abc import Iterator
from datetime import datetime

from billing_portal.invariant import Invariant, guarded, sql
from credit import limit_causes, limits_rule, policy
from credit.limits_rule import Cause, Limit, Sibling
from credit.models import CreditLimit, LimitChange
from credit.policy import Kind

WHOLE = sql(f"""
    select a.ban || ': limit ' || l.amount || ', base ' || l.base || ', factor ' || l.factor
    from credit_creditlimit l join accounts_account a on a.id = l.account_id
    where l.amount < 0 or l.amount %% {policy.WHOLE} <> 0 or l.base %% {policy.WHOLE} <> 0 or l.base < {policy.FLOOR}
        or l.factor not between {policy.LOWEST} and {policy.HIGHEST}
    union all
    select a.ban || ': temporary limit ' || t.amount from credit_temporarylimit t
    join accounts_account a on a.id = t.account_id where t.amount < 0 or t.amount %% {policy.WHOLE} <> 0
""")  # nosec B608 - numbers of ours
SIBLINGS = sql("""
    select a.ban || ': ' || c.key || ' names ' || coalesce(o.ban, 'nobody')
    from credit_limitchange c join accounts_account a on a.id = c.account_id
    left join accounts_account o on o.id = c.sibling_id
    where c.kind in ('sibling', 'sibling_lifted')
        and (o.id is null or o.id = a.id or o.customer_id <> a.customer_id)
    union all
    select a.ban || ': ' || c.key || ' is no sibling rule and names one'
    from credit_limitchange c join accounts_account a on a.id = c.account_id
    where c.kind not in ('sibling', 'sibling_lifted') and c.sibling_id is not null
""")
LET_GO = sql(f"""
    select a.ban || ': lowered for ' || o.ban || ', which owes nothing for so long'
    from credit_creditlimit l join accounts_account a on a.id = l.account_id
    join accounts_account o on o.id = l.sibling_id
    where not exists (
        select 1 from invoices_document d where d.account_id = o.id and d.open_amount > 0
            and d.due_on <= (%(now)s at time zone 'Asia/Kolkata')::date - {policy.SIBLING_DAYS}
    ) and not exists (  -- the nightly job has a day, and a half
        select 1 from invoices_allocation p where p.account_id = o.id and p.allocated_at > %(now)s - interval '36 hours'
    )
""")  # nosec B608 - a number of ours
TEMPORARY = sql("""
    select a.ban || ': stands at ' || l.amount || ' until ' || l.effective_until || ' without a temporary limit'
    from credit_creditlimit l join accounts_account a on a.id = l.account_id
    where l.effective_until is not null and not exists (
        select 1 from credit_temporarylimit t
        where t.account_id = l.account_id and t.until_on = l.effective_until and t.amount = l.amount
    )
    union all
    select a.ban || ': ended ' || l.effective_until || ' and still stands'
    from credit_creditlimit l join accounts_account a on a.id = l.account_id
    where l.effective_until < (%(now)s at time zone 'Asia/Kolkata')::date - 1
    union all
    select a.ban || ': temporary limit ' || t.id || ' is not what ' || p.id || ' approved'
    from credit_temporarylimit t join accounts_account a on a.id = t.account_id
    join accounts_approval p on p.id = t.approval_id
    where p.state <> 'approved' or p.decided_by_id is distinct from t.approved_by_id or p.account_id <> t.account_id
        or (p.payload ->> 'amount')::bigint <> t.amount or t.requested_by_id = t.approved_by_id
""")
UNRECORDED = sql("""
    select d.number || ' is paid and gave no cause'
    from credit_creditlimit l join invoices_document d on d.account_id = l.account_id
    where d.open_amount = 0 and d.due_on is not null
        and (select max(p.id) from invoices_allocation p where p.document_id = d.id) <= l.seen_allocation
        and exists (
            select 1 from invoices_allocation p
            where p.document_id = d.id and not starts_with(p.cause, 'credit-note:')
        )
        and not exists (
            select 1 from credit_limitchange c where c.account_id = d.account_id and c.document_id = d.id
        )
""")
TRIGGERS = guarded("credit_limitchange")


def not_replayed(_now: datetime) -> Iterator[str]:
    """Replay each account's recorded causes: the stored limit is what they give."""
    causes: dict[int, list[Cause]] = {}
    last: dict[int, LimitChange] = {}
    for row in LimitChange.objects.order_by("pk").iterator(chunk_size=2000):
        causes.setdefault(row.account_id, []).append(limit_causes.recorded(row))
        if row.kind in (Kind.SIBLING, Kind.SIBLING_LIFTED):
            last[row.account_id] = row
    for stored in CreditLimit.objects.select_related("account").iterator(chunk_size=2000):
        found = causes.get(stored.account_id, [])
        limit = Limit(
            stored.received,
            limits_rule.base_of(stored.received),
            limits_rule.factor_of(limits_rule.replay(found)),
            (),
            _standing(last.get(stored.account_id)),
        )
        ours = (limit.base, limit.factor, limit.earned, _pk(limit.sibling))
        if ours != (stored.base, stored.factor, stored.earned, stored.sibling_id):
            yield f"{stored.account.ban}: stored {stored.earned}, replayed {limit.earned}"
        if stored.effective_until is None and stored.amount != stored.earned:
            yield f"{stored.account.ban}: {stored.amount} is not {stored.earned}, and no temporary limit stands"


def _standing(turn: LimitChange | None) -> Sibling | None:
    if turn is None or turn.kind != Kind.SIBLING or turn.sibling_id is None:
        return None
    return Sibling(turn.sibling_id, "", "", turn.points)


def _pk(sibling: Sibling | None) -> int | None:
    return sibling.account_id if sibling else None


# fmt: off
INVARIANTS = (
    Invariant("I34", "A limit is whole, not negative, its factor in bounds",     "credit_creditlimit",    WHOLE),
    Invariant("I34", "A stored limit is the replay of its recorded causes",      "credit_limitchange",    not_replayed),
    Invariant("I34", "The database refuses a change of recorded causes",         "pg_trigger",            TRIGGERS),
    Invariant("I34", "A sibling rule names another account of the customer",     "credit_limitchange",    SIBLINGS),
    Invariant("I34", "A limit lowered for a sibling moves back when it has paid", "credit_creditlimit",   LET_GO),
    Invariant("I34", "A temporary limit was approved by another, and ends",      "credit_temporarylimit", TEMPORARY),
    Invariant("I34", "Each paid bill gave its cause",                            "credit_creditlimit",    UNRECORDED),
)
# fmt: on
