"""Who usage belongs to: the accounts of a batch, locked, with their plan and the cycles that still take records.

Lists go to the database as arrays: a batch names thousands of accounts, and a parameter each would cost more than the
query.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from invoices import subscriptions
from invoices.usage_checks import Record, Rejected
from invoices.usage_rows import day_of, number


class Open(NamedTuple):
    """A cycle that takes usage, in Indian days since 1970."""

    pk: int
    version: int
    first: int
    last: int


@dataclass(slots=True)
class Holder:
    """An account with a plan: since and until when (day numbers), and its open cycles, oldest first."""

    account: int
    since: int
    until: int | None
    cycles: list[Open] = field(default_factory=list)


Holders = Mapping[str, Holder | None]  # by account number; None for an account without a plan

LOCK = "select id, ban from accounts_account where ban = any(%s) order by id for no key update"
HELD = """
    select s.account_id, s.started_on - date '1970-01-01', s.ended_on - date '1970-01-01', c.id, c.version_id,
        c.starts_on - date '1970-01-01', c.ends_on - date '1970-01-01'
    from invoices_subscription s
    left join invoices_cycle c on c.account_id = s.account_id and c.closed_at is null
    where s.account_id = any(%s) order by s.account_id, c.starts_on
"""


def lock(bans: Iterable[str]) -> Holders:
    """Lock the accounts of these numbers, ascending by id, and return what is on them. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(bans)])
        accounts = {ban: pk for pk, ban in cursor.fetchall()}
        cursor.execute(HELD, [list(accounts.values())])
        found: dict[int, Holder] = {}
        for account, since, until, *cycle in cursor.fetchall():
            holder = found.get(account)
            if holder is None:
                holder = found[account] = Holder(account, since, until)
            if cycle[0] is not None:
                holder.cycles.append(Open(*cycle))
    return {ban: found.get(pk) for ban, pk in accounts.items()}


def open_following(newest: Mapping[str, int], holders: Holders) -> None:
    """Open the next cycles of accounts whose newest usage lies after their last one: their run has not come yet."""
    late = {}
    for ban, day in newest.items():
        holder = holders.get(ban)
        if holder and holder.until is None and holder.cycles and holder.cycles[-1].last < day:
            late[holder.account] = holder
    if not late:
        return
    until = {
        late[h.account].account: day_of(newest[ban]) for ban, h in holders.items() if h and h.account in late
    }
    for one in subscriptions.open_next(until):
        span = (number(one.starts_on), number(one.ends_on))
        late[one.account_id].cycles.append(Open(one.pk, one.version_id, *span))


def place(record: Record, holders: Holders) -> tuple[Holder, Open, bool]:
    """Return the cycle that a record counts in, and whether its own was closed. Raises Rejected."""
    holder = holders.get(record.account)
    if holder is None:
        raise Rejected("account", "has no plan" if record.account in holders else "is not known")
    day = record.day
    if day < holder.since:
        raise Rejected("started_at", "is before the account's plan began")
    if holder.until is not None and day > holder.until:
        raise Rejected("started_at", "is after the account's plan ended")
    for cycle in holder.cycles:
        if cycle.first <= day <= cycle.last:
            return holder, cycle, False
    if not holder.cycles or day > holder.cycles[-1].last:
        raise Rejected("started_at", "the account has no open cycle for it")
    return holder, holder.cycles[0], True
