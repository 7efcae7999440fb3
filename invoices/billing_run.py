"""The billing run: a chunk of accounts in one unit, each closed cycle billed once.

Lock the accounts in ascending order, read everything of all of them in a constant number of queries, compute each
account by pure functions, park those that cannot be computed, then number and write the rest. Repeating finds
nothing to do: a cycle is closed by the transaction that bills it, and its cause is unique.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection

from accounts.models import Account
from billing_portal import bulk, clock, collector
from billing_portal.unit import unit
from invoices import bills, cycle_facts
from invoices.bill_plan import BillPlan, plan
from invoices.bills import Bill, Worth
from invoices.cycle_facts import CannotBill, Ended
from invoices.models import AddOn, Cycle, Discount, Document, OneTimeCharge, Subscription

log = structlog.get_logger(__name__)

CHUNK = 500  # accounts in one unit
TRIES = 8
WAIT = timedelta(minutes=10)  # doubled with each failure


@dataclass(frozen=True)
class Planned:
    """One account's cycle, ready to be billed."""

    ended: Ended
    plan: BillPlan


@dataclass(frozen=True)
class Done:
    """What a chunk did: invoices issued, cycles closed without one, accounts that failed or are parked."""

    documents: tuple[Document, ...] = ()
    empty: int = 0
    failed: int = 0


def due(*, now: datetime, after: int = 0, limit: int = CHUNK) -> list[int]:
    """Return the next account ids above `after` whose ended cycle is to be billed now. Keyset, by index."""
    rows = Subscription.objects.to_bill(clock.business_date(now), now).filter(account__gt=after)
    return list(rows.order_by("account").values_list("account", flat=True)[:limit])


def chunks(*, now: datetime) -> Iterator[list[int]]:
    """Give all accounts that are due, a chunk at a time."""
    after = 0
    while ids := due(now=now, after=after):
        yield ids
        after = ids[-1]


@collector.paused()
def bill_chunk(account_ids: Sequence[int], *, now: datetime) -> Done:
    """Bill the oldest ended cycle of each account that is due. Safe to repeat, late, or in parallel.

    An account that fails is written down and tried again later; it takes no other with it.
    """
    try:
        return _bill(account_ids, now=now)
    except Exception as error:
        if len(account_ids) == 1:
            _failed(account_ids[0], error, now=now)
            return Done(failed=1)
        log.warning("billing_chunk_failed", accounts=len(account_ids), error=type(error).__name__)
    parts = [bill_chunk([account_id], now=now) for account_id in account_ids]
    documents = tuple(document for part in parts for document in part.documents)
    return Done(documents, sum(part.empty for part in parts), sum(part.failed for part in parts))


@unit
def _bill(account_ids: Sequence[int], *, now: datetime) -> Done:
    today = clock.business_date(now)
    accounts = Account.objects.filter(pk__in=account_ids).order_by("pk")
    locked = list(accounts.select_for_update(no_key=True, of=("self",)))
    ready, failed = [], 0
    for ended in cycle_facts.read(locked, today=today, now=now):
        try:
            ready.append(Planned(ended, plan(ended.facts())))
        except Exception as error:  # whatever is wrong with one account: the others are billed
            note_failure(ended.subscription, error, now=now)
            failed += 1
    documents = _issue(ready, today, now)
    if ready:
        _close(ready, documents, now)
    return Done(tuple(documents), len(ready) - len(documents), failed)


def preview(account_ids: Sequence[int], *, now: datetime) -> list[tuple[Ended, bills.Planned | None, str]]:
    """Return what billing these accounts would issue, and why it would not. Changes nothing, locks nothing."""
    today = clock.business_date(now)
    accounts = list(Account.objects.filter(pk__in=account_ids).order_by("pk"))
    found: list[tuple[Ended, bills.Planned | None, str]] = []
    for ended in cycle_facts.read(accounts, today=today, now=now):
        try:
            lines = plan(ended.facts()).lines
        except Exception as error:
            found.append((ended, None, str(error)))
            continue
        worths = [Worth(line.description, line.taxable, line.sac) for line in lines]
        found.append((ended, bills.plan(ended.account, worths, on=today) if worths else None, ""))
    return found


def _issue(ready: Sequence[Planned], today: date, now: datetime) -> list[Document]:
    """Issue the invoices of the cycles that have lines."""
    billed = [one for one in ready if one.plan.lines]
    if not billed:
        return []
    asked = [
        (
            one.ended.account,
            [Worth(line.description, line.taxable, line.sac) for line in one.plan.lines],
            None,
        )
        for one in billed
    ]
    due_on = today + timedelta(days=settings.DUE_DAYS)
    wanted = [
        Bill(
            one.ended.account,
            planned,
            one.ended.cause,
            due_on,
            period=(one.ended.cycle.starts_on, one.ended.cycle.ends_on),
            details={"usage": one.ended.printed_usage()},
        )
        for one, planned in zip(billed, bills.plan_many(asked, on=today), strict=True)
    ]
    documents = bills.bill_many(wanted, now=now)
    for one, document in zip(billed, documents, strict=True):
        one.ended.cycle.invoice = document
    return documents


def _close(ready: Sequence[Planned], documents: Sequence[Document], now: datetime) -> None:
    """Close the cycles, open the next ones, move the subscriptions, and use up what was billed."""
    closed = [one.ended.cycle for one in ready]
    moved = [one.ended.moved() for one in ready]
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [now, *bulk.arrays((row.pk, row.invoice_id) for row in closed)])
        cursor.execute(MOVE, bulk.arrays((row.pk, row.plan_id, row.bill_on) for row in moved))
        opened = (one.ended.next_cycle(one.plan.discounted) for one in ready)
        cursor.execute(OPEN, bulk.arrays(map(_opened, opened)))
    for one in ready:
        _use_up(one)
    if documents:
        _link_charges([one for one in ready if one.plan.charges])


def _opened(row: Cycle) -> tuple[int, int, date, date, int, int, int]:
    return (
        row.account_id, row.version_id, row.starts_on, row.ends_on, row.full_days, row.rental, row.discounted
    )  # fmt: skip


def _use_up(one: Planned) -> None:
    """Move the few extras an account has; most have none."""
    plan_, ended = one.plan, one.ended
    if plan_.add_ons:
        AddOn.objects.filter(pk__in=plan_.add_ons).update(charged_until=ended.next_span.ends_on)
    if plan_.discounts:
        with connection.cursor() as cursor:
            cursor.execute(SPEND, [list(plan_.discounts)])
    if plan_.carried:
        Discount.objects.create(
            account=ended.account,
            description=cycle_facts.REST,
            amount=plan_.carried,
            cycles_left=1,
            starts_on=ended.next_span.starts_on,
        )


# set-based: bulk_update builds an expression a row and field, two fifths of the whole run
CLOSE = """
    update invoices_cycle set closed_at = %s, invoice_id = one.invoice
    from unnest(%s::bigint[], %s::bigint[]) as one(cycle, invoice) where id = one.cycle
"""
MOVE = """
    update invoices_subscription
    set plan_id = one.plan, next_plan_id = null, bill_on = one.next, attempts = 0, error = ''
    from unnest(%s::bigint[], %s::bigint[], %s::date[]) as one(subscription, plan, next) where id = one.subscription
"""
OPEN = """
    insert into invoices_cycle (account_id, version_id, starts_on, ends_on, full_days, rental, discounted)
    select * from unnest(
        %s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::integer[], %s::bigint[], %s::bigint[])
    on conflict (account_id, starts_on) do update  -- the intake opened it, without rental
        set rental = excluded.rental, discounted = excluded.discounted
"""
SPEND = "update invoices_discount set cycles_left = cycles_left - 1 where id = any(%s) and cycles_left > 0"


def _link_charges(ready: Sequence[Planned]) -> None:
    for one in ready:
        OneTimeCharge.objects.filter(pk__in=one.plan.charges).update(document=one.ended.cycle.invoice)


@unit
def _failed(account_id: int, error: Exception, *, now: datetime) -> None:
    account = Account.objects.lock(account_id)
    subscription = Subscription.objects.filter(account=account).first()
    if subscription:
        note_failure(subscription, error, now=now)


def note_failure(subscription: Subscription, error: Exception, *, now: datetime) -> None:
    """Write down why an account was not billed; what only a person can mend is parked at once."""
    subscription.attempts += 1
    parked = isinstance(error, CannotBill) or subscription.attempts >= TRIES
    subscription.is_parked = parked
    subscription.next_attempt_at = None if parked else now + WAIT * 2**subscription.attempts
    subscription.error = (
        str(error) if isinstance(error, CannotBill) else f"{type(error).__name__}: {error}"
    )[:300]
    subscription.save(update_fields=["attempts", "is_parked", "next_attempt_at", "error"])
    log.warning("billing_failed", subscription=subscription.pk, parked=parked, error=type(error).__name__)


def retry(subscription: Subscription, *, now: datetime) -> None:
    """Put a parked account back in the run."""
    Subscription.objects.filter(pk=subscription.pk, is_parked=True).update(
        is_parked=False, attempts=0, next_attempt_at=now, error=""
    )
