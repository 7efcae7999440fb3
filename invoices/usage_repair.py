"""Usage after the fact: price what has become priceable, and rebuild counters and days from the records.

Accounts are taken in keyset pages, each page one unit under their locks; running again changes nothing.
"""

from collections.abc import Iterator, Sequence

import structlog
from django.db import connection

from accounts.models import Account
from billing_portal.unit import unit
from invoices import counters
from invoices.models import Cycle, UsageCounter

log = structlog.get_logger(__name__)

PAGE = 500  # accounts a unit

# a price is the cycle's price list's, else what staff decided for the cycle; without one units wait as they came
REPRICE = """
    update invoices_usagerecord r set unit_price = coalesce(p.unit_price, d.unit_price), units = case
        when f.kind <> 'call' then r.units
        when r.answered_at is null then 0
        else ceil(ceil(extract(epoch from r.ended_at - r.answered_at)) / coalesce(p.pulse, d.pulse, 60)) end
    from invoices_cycle c cross join invoices_feature f
    left join invoices_planprice p on p.version_id = c.version_id and p.feature_id = f.code
    left join invoices_cycleprice d on d.cycle_id = c.id and d.feature_id = f.code
    where r.cycle_id = any(%(cycles)s) and c.id = r.cycle_id and f.code = r.feature_id
        and case when %(only_unrated)s
            then r.unit_price is null and coalesce(p.unit_price, d.unit_price) is not null else true end
"""


def recount(account_ids: Sequence[int] | None = None, *, dry_run: bool = False) -> Iterator[str]:
    """Rebuild counters and days from the records, of some accounts or of all; yield what was wrong, a line each.

    `dry_run` only tells. A counter of a closed cycle is repaired too: its line tells what the invoice had not.
    """
    for page in _pages(account_ids):
        yield from _recount(page, dry_run=dry_run)


def unrated(account_ids: Sequence[int] | None = None) -> Iterator[str]:
    """Tell the records without a price in cycles not billed yet, a line for each account, cycle and feature."""
    for page in _pages(account_ids):
        rows = UsageCounter.objects.filter(account__in=page, unrated__gt=0, cycle__closed_at=None)
        for row in rows.select_related("account", "cycle").order_by("account", "cycle", "feature"):
            cycle = row.cycle
            yield (
                f"{row.account.ban} {row.feature_id}: {row.unrated} without a price "
                f"in the cycle {cycle.starts_on} to {cycle.ends_on}"
            )


def rate_unrated(account_ids: Sequence[int] | None = None) -> int:
    """Price the records without a price for which a price is known by now; return how many.

    A price is known where the cycle's price list or staff (`unrated.rate`) say one. Each account is a unit of its
    own: one that fails is written to the log and takes no other with it. Cycles that are billed stay as they are.
    """
    priced = 0
    for page in _pages(account_ids):
        waiting = UsageCounter.objects.filter(account__in=page, unrated__gt=0, cycle__closed_at=None)
        for account_id in sorted(set(waiting.values_list("account", flat=True))):
            try:
                priced += _rate_account(account_id)
            except Exception as error:  # whatever is wrong with one account: the others are priced
                log.warning("rating_failed", account=account_id, error=type(error).__name__)
    return priced


@unit
def _rate_account(account_id: int) -> int:
    account = Account.objects.lock(account_id)
    cycles = list(Cycle.objects.open().filter(account=account).values_list("pk", flat=True))
    return reprice(account_id, cycles, only_unrated=True)


def reprice(account_id: int, cycles: Sequence[int], *, only_unrated: bool = False) -> int:
    """Price records of an account's open cycles by their price lists and decided prices; return how many.

    All of them, or only those without a price. The caller holds the account's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(REPRICE, {"cycles": list(cycles), "only_unrated": only_unrated})
        priced = cursor.rowcount
    if priced:
        first = min(Cycle.objects.filter(pk__in=cycles).values_list("starts_on", flat=True))
        counters.rebuild([account_id], cycles, since=None if _has_late(cycles) else first)
    return priced


def _has_late(cycles: Sequence[int]) -> bool:
    """Say whether records of days before the cycles count in them."""
    return UsageCounter.objects.filter(cycle__in=cycles, late__gt=0).exists()


@unit
def _recount(accounts: list[int], *, dry_run: bool) -> list[str]:
    list(Account.objects.lock_all(pk__in=accounts))
    found = counters.differences(accounts)
    if found and not dry_run:
        counters.rebuild(accounts)
    return found


def _pages(account_ids: Sequence[int] | None) -> Iterator[list[int]]:
    accounts = Account.objects.order_by("pk")
    if account_ids is not None:
        accounts = accounts.filter(pk__in=account_ids)
    last = 0
    while page := list(accounts.filter(pk__gt=last).values_list("pk", flat=True)[:PAGE]):
        yield page
        last = page[-1]
