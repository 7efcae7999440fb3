"""What must be true of the ledger, the messages and the audit chain. Finders that return what is not."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from accounts import audit, invariants_service, ledger
from accounts.models import Account, Entry, House
from billing_portal.invariant import Invariant, guarded, sql

UNEVEN = sql("""
    select e.key || ': ' || count(l.id) || ' lines, sum ' || coalesce(sum(l.amount), 0)
    from accounts_entry e left join accounts_line l on l.entry_id = e.id
    group by e.id having count(l.id) < 2 or sum(l.amount) <> 0
""")
SUM = sql("select 'the sum is ' || sum(amount) from accounts_line having sum(amount) <> 0")
BALANCES = sql("""
    select a.ban || ' ' || book || ' ' || treatment || ': stored ' || coalesce(b.amount, 0)
        || ' of ' || coalesce(b.lines, 0) || ' lines, summed ' || coalesce(s.amount, 0)
        || ' of ' || coalesce(s.lines, 0)
    from accounts_balance b
    full join (
        select account_id, book, treatment, sum(amount) as amount, count(*) as lines
        from accounts_line where book in ('advances', 'receivable', 'credits') group by 1, 2, 3
    ) s using (account_id, book, treatment)
    join accounts_account a on a.id = account_id
    where coalesce(b.amount, 0) <> coalesce(s.amount, 0) or coalesce(b.lines, 0) <> coalesce(s.lines, 0)
""")
RUNNING = sql("""
    select a.ban || ' ' || l.book || ' ' || l.treatment || ' line ' || l.number || ' of ' || e.key
    from (
        select *, row_number() over w as place, sum(amount) over w as running
        from accounts_line where book in ('advances', 'receivable', 'credits')
        window w as (partition by account_id, book, treatment order by number, id)
    ) l join accounts_entry e on e.id = l.entry_id join accounts_account a on a.id = l.account_id
    where l.number is distinct from l.place or l.balance_after is distinct from l.running
""")
AMOUNTS = sql("""
    select 'line ' || l.id || ' of ' || e.key || ': ' || l.amount
    from accounts_line l join accounts_entry e on e.id = l.entry_id
    where l.amount = 0 or abs(l.amount) > 10000000000000
""")
KEYS = sql("""
    select case key when '' then 'no key' else key end || ': ' || count(*) || ' entries'
    from accounts_entry group by key having count(*) > 1 or key = ''
""")
REVERSALS = sql("""
    select e.key || ' does not mirror ' || o.key || ' in ' || book || ' ' || treatment
    from accounts_entry e join accounts_entry o on o.id = e.reverses_id
    join accounts_line l on l.entry_id in (e.id, o.id)
    group by e.key, o.key, book, treatment, e.account_id, o.account_id
    having sum(l.amount) <> 0 or e.account_id is distinct from o.account_id
    union all
    select o.key || ' is reversed ' || count(*) || ' times'
    from accounts_entry e join accounts_entry o on o.id = e.reverses_id group by o.key having count(*) > 1
""")
TRIGGERS = guarded("accounts_entry", "accounts_line", "accounts_auditevent")
TWICE = sql("""
    select name || ' for ' || event || ': ' || count(*) || ' times to one recipient'
    from accounts_notice group by name, event, channel, recipient having count(*) > 1
""")
LATE = sql("""
    select 'notice ' || id || ' ' || name || ' for ' || event || ', owed since ' || owed_at
    from accounts_notice where state = 'owed' and owed_at < %(now)s - interval '15 minutes'
""")
STRANGERS = sql("""
    select 'line ' || l.id || ' of ' || e.key || ' stands on another account'
    from accounts_line l join accounts_entry e on e.id = l.entry_id where l.account_id is distinct from e.account_id
""")


LOST_HEADS = sql("""
    select 'the newest event of ' || min(c.at)::text || ' is gone: no event has the hash ' || c.audit_head
    from accounts_bookscheck c left join accounts_auditevent e on e.hash = c.audit_head
    where c.audit_head <> '' and e.id is null group by c.audit_head
""")


def broken_chains(_now: datetime) -> Iterator[str]:
    """Recompute each account's chain of entries, and the operator's own, up to the head that is kept of it."""
    heads: dict[int | None, tuple[str, int, str]] = {
        pk: (ban, count, head) for pk, ban, count, head in _heads()
    }
    house = House.objects.first() or House()
    heads[None] = "the operator", house.entry_count, house.entry_hash
    entries = Entry.objects.order_by("account_id", "number", "pk").prefetch_related("lines")
    for account_id, chain in groupby(entries.iterator(chunk_size=1000), key=lambda entry: entry.account_id):
        ban, count, head = heads.pop(account_id)
        number, previous = 0, ""
        for entry in chain:
            number += 1
            if not _follows(entry, number, previous):
                yield f"{ban} {entry.key} (entry {entry.number}) is not what was written"
            previous = entry.hash
        if (number, previous) != (count, head):
            yield f"{ban}: {number} entries, {count} are counted; or the last one is another"
    yield from (f"{ban}: no entries, {count} are counted" for ban, count, _ in heads.values() if count)


def _heads() -> Iterator[tuple[int, str, int, str]]:
    return Account.objects.values_list("pk", "ban", "entry_count", "entry_hash").iterator()


def _follows(entry: Entry, number: int, previous: str) -> bool:
    lines = [(line.book, line.treatment, line.amount) for line in entry.lines.all()]
    written = ledger.digest(entry, lines)
    return (entry.number, entry.previous_hash, entry.hash) == (number, previous, written)


def broken_audit(_now: datetime) -> Iterator[str]:
    """Recompute the audit chain from its first event."""
    for part in audit.verify():
        yield from part.broken


# fmt: off
INVARIANTS = (
    Invariant("I01", "An entry has two lines or more, which sum to zero", "accounts_entry",   UNEVEN),
    Invariant("I02", "All lines together sum to zero",                    "accounts_line",    SUM),
    Invariant("I03", "A stored balance is the sum of its lines",          "accounts_balance", BALANCES),
    Invariant("I04", "Lines of a book are numbered and carry its balance", "accounts_line",   RUNNING),
    Invariant("I05", "No amount is zero or beyond ±10¹³ paise",           "accounts_line",    AMOUNTS),
    Invariant("I06", "No posted entry has changed or gone",               "accounts_entry",   broken_chains),
    Invariant("I06", "The database refuses a change of the ledger",    "pg_trigger",       TRIGGERS),
    Invariant("I07", "An entry is reversed once, by its exact mirror",    "accounts_entry",   REVERSALS),
    Invariant("I08", "One business event has one entry",                  "accounts_entry",   KEYS),
    Invariant("I36", "A message is owed once per event and recipient",    "accounts_notice",  TWICE),
    Invariant("I37", "No message waits longer than 15 minutes",           "accounts_notice",  LATE),
    Invariant("I38", "A line stands on the account of its entry",         "accounts_line",    STRANGERS),
    Invariant("I40", "The audit chain has no gap and no changed event",   "accounts_auditevent", broken_audit),
    Invariant("I40", "The audit chain still holds each newest event that was kept", "accounts_bookscheck", LOST_HEADS),
    *invariants_service.INVARIANTS,
)
# fmt: on
