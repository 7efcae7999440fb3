"""Look at accounts again after money or usage moved: the limit, the restriction for credit, the alerts.

Repeating changes nothing. What moved in the ledger below leaves a mark on the account (`review_at`); a job reads it, so
whatever issues, notes or refunds is followed within seconds, also after a crash.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog

from accounts import notices
from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from credit import alert_rules, alerts, enforcement, exposure, facts, limits, overdue
from credit.alerts import Given
from credit.facts import Facts

log = structlog.get_logger(__name__)


def after_usage(bans: Sequence[str], *, now: datetime) -> None:
    """Check the accounts of these numbers after usage was counted. The caller holds their locks."""
    _review(facts.by_ban(bans, now=now), now)


def after_money(account: Account, *, now: datetime) -> None:
    """Check one account after its ledger moved: limit, overdue case, then what stands. The caller holds its lock.

    Accounts that it lowered as a sibling, and does no more, are looked at next.
    """
    limits.reassess(account, now=now)
    Account.objects.filter(pk=account.pk).exclude(review_at=None).update(review_at=None)
    overdue.review(account, now=now)
    siblings = limits.let_go_by(account, today=clock.business_date(now))
    if siblings:
        Account.objects.filter(pk__in=siblings, review_at=None).update(review_at=now)
    _review([facts.of(account, now=now)], now)


def _review(found: Sequence[Facts], now: datetime) -> None:
    """Decide each account by pure rules; touch only those with something to do."""
    today = clock.business_date(now)
    moved, steps = [], []
    for held in found:
        money = exposure.of(held)
        due = alert_rules.due(held, money, today=today)
        if due.state != held.alerts:
            moved.append(Given(held, money, due))
        step = enforcement.step(money, is_restricted=held.blocked_for_credit)
        if step:
            steps.append((held.account, step, money))
    if not moved and not steps:
        return
    touched = {one.held.account for one in moved} | {pk for pk, _step, _money in steps}
    accounts = Account.objects.in_bulk(touched)
    owed = alerts.give(moved, accounts, now=now) if moved else []
    owed += filter(None, (enforcement.take(accounts[pk], step, money, now=now) for pk, step, money in steps))
    if owed:
        notices.owe_many(owed, now=now)


def sweep(*, now: datetime, limit: int = 200) -> int:
    """Look at accounts whose ledger moved, each in a unit of its own; return how many. Safe to run in parallel."""
    due = Account.objects.filter(review_at__isnull=False).order_by("review_at")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            done += _one(pk, now)
        except Exception:  # one account must not keep the others waiting; its mark stays
            log.exception("review_failed", account=pk)
            Account.objects.filter(pk=pk).update(review_at=now)  # behind the others
    return done


@unit
def _one(pk: int, now: datetime) -> bool:
    account = Account.objects.lock(pk)
    if account.review_at is None:
        return False
    after_money(account, now=now)
    return True
