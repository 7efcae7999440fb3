"""The credit limit of accounts: new causes are recorded once, the stored limit follows them and the day.

limit_facts.py reads, limits_rule.py decides, limit_causes.py names what happened, this writes. An account is looked
at from the ledger entry and the allocation on that it was looked at before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts import notices
from accounts.models import Account
from accounts.notices import Owed
from billing_portal import clock
from billing_portal.money import Paise
from credit import limit_causes, limit_facts, limits_rule, policy
from credit.limit_facts import News, State, Stored
from credit.limits_rule import Limit
from credit.models import CreditLimit, LimitChange
from credit.policy import Kind

TURNS = (Kind.SIBLING, Kind.SIBLING_LIFTED)


@dataclass(frozen=True, slots=True)
class Assessed:
    """One account looked at: its limit, what is to be stored, and the causes that are new."""

    account: Account
    state: State
    limit: Limit
    kept: Stored
    fresh: tuple[LimitChange, ...]

    @property
    def differs(self) -> bool:
        return self.state.is_new or self.kept != self.state.stored

    @property
    def has_moved(self) -> bool:
        return self.kept.amount != self.state.stored.amount

    @property
    def is_news(self) -> bool:
        """Worth a message: it fell, or rose for another cause than that money came in, which has its own message."""
        fell = self.kept.amount < self.state.stored.amount
        is_temporary = self.kept.effective_until != self.state.stored.effective_until
        return fell or is_temporary or any(row.kind != Kind.BASE for row in self.fresh)


def of(account: Account) -> Paise:
    """Return the account's stored limit in paise; an account without one has the floor."""
    stored = CreditLimit.objects.filter(account=account).values_list("amount", flat=True).first()
    return policy.FLOOR if stored is None else stored


def read(account: Account, *, today: date) -> Limit:
    """Return the account's limit of a day with the sum that explains it, from the recorded causes. Two queries."""
    state = limit_facts.states([account.pk], today=today)[0]
    return _limit(state, _history([account.pk]).get(account.pk, []))


def reassess(account: Account, *, now: datetime) -> Limit:
    """Record what is new and let the stored limit follow; the customer is told when the amount changed (`is_news`).

    The caller holds the account's lock. Repeating does nothing. A constant number of queries.
    """
    return reassess_many([account], now=now)[0].limit


def reassess_many(accounts: Sequence[Account], *, now: datetime, tell_new: bool = True) -> list[Assessed]:
    """Do the same for many accounts, all locked by the caller, in a constant number of queries.

    Without `tell_new` the first limit of an account is written down and nobody is told.
    """
    today, by_pk = clock.business_date(now), {account.pk: account for account in accounts}
    states = limit_facts.states(list(by_pk), today=today)
    news = limit_facts.news([state for state in states if state.has_news])
    history = _history(list(by_pk))
    found = [
        _assess(by_pk[state.account], state, news, history.get(state.account, []), today=today, now=now)
        for state in states
    ]
    _write([one for one in found if one.differs], now)
    moved = [one for one in found if one.has_moved]
    if moved:  # who is inside its limit may have changed with it
        Account.objects.filter(pk__in=[one.account.pk for one in moved]).update(review_at=now)
    told = [one for one in moved if one.is_news and (tell_new or not one.state.is_new)]
    if told:
        notices.owe_many([_owed(one) for one in told], now=now)
    return found


def is_current(state: State) -> bool:
    """Say whether all that an account's limit comes from is as it was stored, and no cause waits. Asks nothing."""
    if state.is_new or state.has_news:
        return False
    stored, sibling, temporary = state.stored, state.sibling, state.temporary
    return (
        state.received == stored.received
        and limits_rule.base_of(state.received) == stored.base
        and (sibling.account_id if sibling else None) == stored.sibling
        and (temporary.until_on if temporary else None) == stored.effective_until
        and (temporary.amount if temporary else stored.earned) == stored.amount
    )


def lowered_by(account: Account) -> list[int]:
    """Return the accounts whose limit this account's debt lowers now, ascending."""
    rows = CreditLimit.objects.lowered_by(account).order_by("account")
    return list(rows.values_list("account", flat=True))


def let_go_by(account: Account, *, today: date) -> list[int]:
    """Return the accounts that are lowered for this account although it owes nothing so old any more: look at them.

    One query where nobody is lowered. While it still owes there is nothing to look at: two siblings that both owe
    would else have each other looked at for ever.
    """
    lowered = lowered_by(account)
    old = today - timedelta(days=policy.SIBLING_DAYS)
    if lowered and not account.documents.filter(open_amount__gt=0, due_on__lte=old).exists():
        return lowered
    return []


def _history(ids: Sequence[int]) -> dict[int, list[LimitChange]]:
    """Return the recorded causes of accounts, but for the moves of the base. One query."""
    rows: dict[int, list[LimitChange]] = {}
    for row in LimitChange.objects.filter(account__in=ids).exclude(kind=Kind.BASE).order_by("pk"):
        rows.setdefault(row.account_id, []).append(row)
    return rows


def _limit(state: State, rows: Sequence[LimitChange]) -> Limit:
    causes = [limit_causes.recorded(row) for row in rows]
    return limits_rule.limit_of(state.received, causes, sibling=state.sibling, temporary=state.temporary)


def _assess(
    account: Account, state: State, news: News, rows: list[LimitChange], *, today: date, now: datetime
) -> Assessed:
    """Make an account's new causes and its limit with them. `rows` are recorded, oldest record first."""
    pk, keys = account.pk, {row.key for row in rows}
    made = [limit_causes.of_bill(state, bill, now=now) for bill in news.bills.get(pk, ())]
    for payment in news.payments.get(pk, ()):
        made += limit_causes.of_payment(state, payment, now=now)
    fresh = [row for row in made if row.key not in keys]
    turns = [row for row in rows if row.kind in TURNS]
    fresh += limit_causes.of_sibling(state, turns[-1] if turns else None, len(turns), today=today, now=now)
    limit = _limit(state, [*rows, *fresh])
    fresh += limit_causes.of_base(state, limit, today=today, now=now)
    seen = max(state.stored.seen_allocation, news.heads.get(pk, 0))
    return Assessed(account, state, limit, _kept(state, limit, seen), tuple(fresh))


def _kept(state: State, limit: Limit, seen_allocation: int) -> Stored:
    """Return what is to be stored of a limit."""
    sibling = limit.sibling
    return Stored(
        amount=limit.amount,
        earned=limit.earned,
        base=limit.base,
        received=limit.received,
        factor=limit.factor,
        sibling=sibling.account_id if sibling else None,
        sibling_points=sibling.points if sibling else 0,
        effective_until=limit.effective_until,
        seen_entries=state.entries,
        seen_allocation=seen_allocation,
        revision=state.stored.revision + (limit.amount != state.stored.amount),
    )


FIELDS = ("amount", "earned", "base", "received", "factor", "sibling_points", "effective_until",
          "seen_entries", "seen_allocation", "revision")  # fmt: skip


def _write(found: Sequence[Assessed], now: datetime) -> None:
    """Record the causes and store the limits. A cause that is recorded already is left as it is."""
    fresh = [row for one in found for row in one.fresh]
    if fresh:
        LimitChange.objects.bulk_create(fresh, ignore_conflicts=True)
    if found:
        CreditLimit.objects.bulk_create(
            [_row(one, now) for one in found],
            update_conflicts=True,
            unique_fields=["account"],
            update_fields=[*FIELDS, "sibling", "reviewed_at"],
        )


def _row(one: Assessed, now: datetime) -> CreditLimit:
    values: dict[str, Any] = {name: getattr(one.kept, name) for name in FIELDS}
    return CreditLimit(account=one.account, sibling_id=one.kept.sibling, reviewed_at=now, **values)


def _owed(one: Assessed) -> Owed:
    """The mail of a changed limit: before, after, and what changed it. Another account is named, never its debt."""
    limit, before = one.limit, one.state.stored
    steps = {step.cause.key: step for step in limit.steps}
    causes = [
        {
            "kind": row.kind,
            "text": policy.TEXTS[Kind(row.kind)],
            "about": row.details.get("about", ""),
            "on": row.on.isoformat(),
            "points": row.points if row.key not in steps or steps[row.key].is_counted else 0,
            "why_not": steps[row.key].why_not if row.key in steps else "",
        }
        for row in one.fresh
    ]
    return Owed(
        one.account,
        "limit-changed",
        f"limit:{one.state.ban}:{one.kept.revision}",
        {
            "before": before.amount,
            "after": limit.amount,
            "base": limit.base,
            "factor": limit.applied_factor,
            "causes": causes,
            "until": limit.effective_until.isoformat() if limit.effective_until else "",
            "ended": before.effective_until.isoformat()
            if before.effective_until and not limit.temporary
            else "",
        },
    )
