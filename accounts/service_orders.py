"""Orders to the platform: wanted in the unit of their cause, sent by a job until acknowledged, compared now and then.

A newer order replaces the one that waits, and the platform obeys the highest sequence: however they arrive, what we
want last is what holds. An order is never given up: after eight failures staff see it, and it goes on being sent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import F

from accounts import telephony
from accounts.levels import Level
from accounts.models import Account, ServiceOrder
from accounts.telephony import Held, PlatformAway
from billing_portal import bulk
from billing_portal.unit import unit

log = structlog.get_logger(__name__)

State = ServiceOrder.State
AHEAD = 10_000_000  # how far a platform's sequence may be ahead of ours; beyond is nonsense
RAISE = """
    select setval(seq, wanted) from
        (select pg_get_serial_sequence('accounts_serviceorder', 'id')::regclass, %s::bigint) one(seq, wanted)
    where wanted > coalesce(pg_sequence_last_value(seq), 0)
"""
LEASE = timedelta(seconds=30)  # a sender's; longer than it waits for an answer
LONGEST_WAIT = timedelta(minutes=5)
STUCK = 8  # failures after which staff are told
GRACE = timedelta(minutes=1)  # after which a level that is not acknowledged is worth a banner


def want(account: Account, level: str, *, reason: str, now: datetime) -> ServiceOrder | None:
    """Order a level unless it is wanted already; return the order. The caller holds the account's lock."""
    if account.wanted_level == level:
        return None
    account.wanted_level, account.wanted_at = level, now
    account.save(update_fields=["wanted_level", "wanted_at"])
    return _place(account, reason, now)


def want_many(wanted: Mapping[Account, tuple[str, str]], *, now: datetime) -> None:
    """Order each account its (level, reason) as `want` does, in a constant number of statements.

    The caller holds the locks of all.
    """
    fresh = {one: what for one, what in wanted.items() if one.wanted_level != what[0]}
    for level in {level for level, _ in fresh.values()}:
        ids = [one.pk for one, what in fresh.items() if what[0] == level]
        Account.objects.filter(pk__in=ids).update(wanted_level=level, wanted_at=now)
    waiting = ServiceOrder.objects.waiting().filter(account__in=list(fresh))
    waiting.update(state=State.SUPERSEDED, next_attempt_at=None)
    for account, (level, _) in fresh.items():
        account.wanted_level, account.wanted_at = level, now
    bulk.create([_order(account, reason, now) for account, (_, reason) in fresh.items()])


def _order(account: Account, reason: str, now: datetime) -> ServiceOrder:
    return ServiceOrder(
        account=account, level=account.wanted_level, reason=reason, ordered_at=now, next_attempt_at=now
    )


def _place(account: Account, reason: str, now: datetime) -> ServiceOrder:
    account.service_orders.waiting().update(state=State.SUPERSEDED, next_attempt_at=None)
    placed = _order(account, reason, now)
    placed.save()
    return placed


def is_lagging(account: Account, now: datetime) -> bool:
    """Whether the platform has not acknowledged what we want for more than a minute."""
    if account.wanted_level == account.confirmed_level or account.wanted_at is None:
        return False
    return now - account.wanted_at > GRACE


def push(*, now: datetime, limit: int = 50) -> int:
    """Send what is due, at most `limit` orders; return how many were acknowledged. Safe to run in parallel."""
    return sum(_send(order, now) for order in _claim(now, limit))


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[ServiceOrder]:
    due = ServiceOrder.objects.due(now).select_for_update(skip_locked=True, of=("self",))
    claimed = list(due.select_related("account").order_by("next_attempt_at", "pk")[:limit])
    ServiceOrder.objects.filter(pk__in=[order.pk for order in claimed]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE
    )
    for order in claimed:
        order.attempts += 1
    return claimed


def _send(order: ServiceOrder, now: datetime) -> bool:
    try:
        held = telephony.order(
            order.account.ban,
            order.level,
            sequence=order.pk,
            number=order.number,
            reason=order.reason,
            ordered_at=order.ordered_at,
        )
    except PlatformAway as error:
        return _failed(order, str(error), now)
    if order.pk < held.sequence <= order.pk + AHEAD:
        return _overtake(order, held, now)
    if (held.sequence, held.level) != (order.pk, order.level):
        return _failed(order, f"obeyed {held.level} of order {held.sequence}", now)
    return _confirm(order, held, now)


@unit
def _overtake(order: ServiceOrder, held: Held, now: datetime) -> bool:
    """Order again above a sequence that the platform holds and we do not know: a backup was restored here.

    An order that was replaced meanwhile is left: then the platform holds the newer one.
    """
    account = Account.objects.lock(order.account_id)
    if account.service_orders.waiting().filter(pk=order.pk).exists():
        log.error("service_order_behind", order=order.number, held=held.sequence)
        with connection.cursor() as cursor:
            cursor.execute(RAISE, [held.sequence])
        _place(account, order.reason, now)
    return False


def _failed(order: ServiceOrder, error: str, now: datetime) -> bool:
    wait = min(LONGEST_WAIT, timedelta(seconds=2**order.attempts))
    mine = ServiceOrder.objects.waiting().filter(pk=order.pk, attempts=order.attempts)
    mine.update(error=error[:200], next_attempt_at=now + wait)
    say = log.error if order.attempts >= STUCK else log.warning
    say("service_order_failed", order=order.number, attempts=order.attempts, error=error[:200])
    return False


@unit
def _confirm(order: ServiceOrder, held: Held, now: datetime) -> bool:
    """Write down an acknowledgement: also of an order that was replaced meanwhile, never behind a newer one."""
    Account.objects.filter(pk=order.account_id, confirmed_sequence__lt=held.sequence).update(
        confirmed_level=held.level, confirmed_at=now, confirmed_sequence=held.sequence
    )
    ServiceOrder.objects.waiting().filter(pk=order.pk).update(
        state=State.CONFIRMED, confirmed_at=now, next_attempt_at=None, error=""
    )
    return True


def compare(*, now: datetime) -> int:
    """Compare what holds at the platform with what it acknowledged; order again where it differs; return how many.

    Accounts whose order is still on its way are left alone; one that the platform does not know counts as active.
    Raises PlatformAway.
    """
    differing = 0
    lowered = dict(Account.objects.exclude(wanted_level=Level.ACTIVE).values_list("ban", "pk"))
    for page in _pages(telephony.levels()):
        for account in Account.objects.filter(ban__in=page).only("pk", "ban", "confirmed_level"):
            lowered.pop(account.ban, None)
            if account.confirmed_level != page[account.ban].level:
                differing += _repeat(account.pk, page[account.ban].level, now)
    return differing + sum(_repeat(pk, Level.ACTIVE, now) for pk in lowered.values())


def _pages(found: Iterable[Held]) -> Iterable[dict[str, Held]]:
    page: dict[str, Held] = {}
    for held in found:
        page[held.ban] = held
        if len(page) == telephony.PAGE:
            yield page
            page = {}
    if page:
        yield page


@unit
def _repeat(account_id: int, level: str, now: datetime) -> bool:
    """Order the wanted level again, under a new sequence, because the platform holds another."""
    account = Account.objects.lock(account_id)
    if account.service_orders.waiting().exists() or account.wanted_level == level:
        return False
    log.error("platform_differs", account=account.ban, wanted=account.wanted_level, holds=level)
    account.wanted_at = now
    account.confirmed_level = level
    account.save(update_fields=["wanted_at", "confirmed_level"])
    latest = account.service_orders.order_by("-pk").first()
    _place(account, latest.reason if latest else "", now)
    return True
