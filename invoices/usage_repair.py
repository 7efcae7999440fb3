"""Usage after the fact: price what has become priceable, and rebuild counters and days from the records.

Accounts are taken in keyset pages, each page one unit under their locks; running again changes nothing.
"""

from collections.abc import Iterator, Sequence

from django.db import connection

from accounts.models import Account
from billing_portal.unit import unit
from invoices.invariants_usage import COUNTERS, DAYS
from invoices.models import Cycle, UsageRecord

PAGE = 500  # accounts a unit
MINE = "where account_id = any(%(accounts)s)"

REPRICE = """
    update invoices_usagerecord r set unit_price = p.unit_price, units = case
        when f.kind <> 'call' then r.units
        when r.answered_at is null then 0
        else ceil(ceil(extract(epoch from r.ended_at - r.answered_at)) / p.pulse) end
    from invoices_cycle c, invoices_planprice p, invoices_feature f
    where r.cycle_id = any(%(cycles)s) and c.id = r.cycle_id and f.code = r.feature_id
        and p.version_id = c.version_id and p.feature_id = r.feature_id
        and (r.unit_price is null or not %(only_unrated)s)
"""
COMPARE = """
    with truth as ({truth}), stored as (select {keys}, {sums} from {table} where account_id = any(%(accounts)s))
    select a.ban, {keys}, {was}, {is_} from truth t full join stored s using ({keys})
    join accounts_account a on a.id = account_id
    where ({was}) is distinct from ({is_}) order by a.ban, {keys}
"""
REPLACE = """
    with gone as (delete from {table} s where account_id = any(%(accounts)s) and not exists (
        select 1 from ({truth}) t where ({t_keys}) = ({s_keys})))
    insert into {table} as s ({keys}, {sums}) select {keys}, {sums} from ({truth}) t
    on conflict ({unique}) do update set ({sums}) = row({new}) where ({s_sums}) is distinct from ({new})
"""


def _made(template: str, table: str, truth: str, keys: str, unique: str, sums: str) -> str:
    """Fill a template with the names of one of the two tables."""
    words, place = sums.split(", "), keys.split(", ")
    return template.format(
        table=table,
        truth=truth % MINE,
        keys=keys,
        unique=unique,
        sums=sums,
        was=", ".join(f"coalesce(s.{word}, 0)" for word in words),
        is_=", ".join(f"coalesce(t.{word}, 0)" for word in words),
        new=", ".join(f"excluded.{word}" for word in words),
        s_sums=", ".join(f"s.{word}" for word in words),
        t_keys=", ".join(f"t.{word}" for word in place),
        s_keys=", ".join(f"s.{word}" for word in place),
    )


# fmt: off
TABLES = (
    # what      table, truth, keys, unique, sums
    ("counter", ("invoices_usagecounter", COUNTERS, "account_id, cycle_id, feature_id", "cycle_id, feature_id",
                 "records, units, amount, unrated, late")),
    ("day",     ("invoices_usageday",     DAYS,     "account_id, day, feature_id",      "account_id, day, feature_id",
                 "records, units, amount")),
)
# fmt: on


def recount(account_ids: Sequence[int] | None = None, *, dry_run: bool = False) -> Iterator[str]:
    """Rebuild counters and days from the records, of some accounts or of all; yield what was wrong, a line each.

    `dry_run` only tells. A counter of a closed cycle is repaired too: its line tells what the invoice had not.
    """
    for page in _pages(account_ids):
        yield from _recount(page, dry_run=dry_run)


@unit
def rate_unrated(account_id: int | None = None) -> int:
    """Price the records without a price whose cycle's price list knows their feature now; return how many.

    One account's or all; a record that still has no price stays as it is.
    """
    rows = UsageRecord.objects.filter(unit_price=None)
    found = rows if account_id is None else rows.filter(account=account_id)
    accounts = sorted(set(found.values_list("account_id", flat=True)))
    list(Account.objects.lock_all(pk__in=accounts))
    cycles = set(found.filter(account__in=accounts).values_list("cycle_id", flat=True))
    return _reprice(sorted(cycles), accounts, only_unrated=True)


def rate_again(cycle: Cycle) -> int:
    """Price all records of a cycle by its price list, after its plan was changed; return how many it prices.

    For an open cycle. The caller holds the account's lock.
    """
    return _reprice([cycle.pk], [cycle.account_id], only_unrated=False)


def _reprice(cycles: list[int], accounts: list[int], *, only_unrated: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute(REPRICE, {"cycles": cycles, "only_unrated": only_unrated})
        priced = cursor.rowcount
    if priced:
        _recount(accounts, dry_run=False)
    return priced


@unit
def _recount(accounts: list[int], *, dry_run: bool) -> list[str]:
    list(Account.objects.lock_all(pk__in=accounts))
    found = []
    with connection.cursor() as cursor:
        for what, names in TABLES:
            cursor.execute(_made(COMPARE, *names), {"accounts": accounts})
            found += [_told(what, names[-1].split(", "), row) for row in cursor.fetchall()]
            if found and not dry_run:
                cursor.execute(_made(REPLACE, *names), {"accounts": accounts})
    return found


def _told(what: str, sums: list[str], row: tuple) -> str:
    """A line like: BA-100042 counter click_to_call 17: units 5 → 6."""
    ban, _account, second, feature, *values = row
    pairs = zip(sums, values[: len(sums)], values[len(sums) :], strict=True)
    moved = ", ".join(f"{name} {was} → {right}" for name, was, right in pairs if was != right)
    return f"{ban} {what} {feature} {second}: {moved}"


def _pages(account_ids: Sequence[int] | None) -> Iterator[list[int]]:
    accounts = Account.objects.order_by("pk")
    if account_ids is not None:
        accounts = accounts.filter(pk__in=account_ids)
    last = 0
    while page := list(accounts.filter(pk__gt=last).values_list("pk", flat=True)[:PAGE]):
        yield page
        last = page[-1]
