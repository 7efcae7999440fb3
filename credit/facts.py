"""What the credit floor knows of an account, read in one statement, whatever the account's history.

Everything that is decided or shown about exposure, alerts and calls is a pure function of these facts.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from accounts.ledger import Book
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import SEVERITY
from billing_portal import prepared
from billing_portal.money import Paise
from credit import policy
from invoices import rating
from invoices.gst import Supply
from invoices.issue import supply_of
from invoices.rating import Used


class FeatureFacts(NamedTuple):
    """One priced feature in one open cycle, and what it has used there."""

    cycle: int
    code: str
    is_call: bool
    is_incoming: bool
    may_use_credit: bool
    pulse: int  # seconds a unit of a call
    used: Used


class AlertFacts(NamedTuple):
    """Which alerts stand; see AlertState. An account that was never above its minimum crosses nothing."""

    free_units_cycle: int | None = None
    is_low: bool = True
    low_on: date | None = None
    limit_mark: int = 0


class Facts(NamedTuple):
    """One account; amounts in paise."""

    account: int
    ban: str
    level: str  # the wanted one
    reason: str  # of the strictest restriction that stands; "" without one
    blocked_for_credit: bool
    minimum_balance: Paise
    limit: Paise
    supply: Supply
    balances: dict[str, Paise]  # by book, credit positive
    features: Sequence[FeatureFacts]  # oldest open cycle first
    held: dict[str, int]  # units of running calls and of messages being sent, by feature
    alerts: AlertFacts = AlertFacts()
    reasons: Sequence[str] = ()  # of all restrictions that stand, the strictest first

    @property
    def running(self) -> Sequence[FeatureFacts]:
        """The features of the newest open cycle: what a call starting now is priced by."""
        newest = self.features[-1].cycle if self.features else None
        return [one for one in self.features if one.cycle == newest]


SELECT = """
    select a.id, a.ban, a.state, a.registration, a.zero_rated_until,
        (%s at time zone 'Asia/Kolkata')::date, a.wanted_level, a.minimum_balance,
        l.amount, json_build_array(
        (select json_agg(json_build_array(book, amount)) from (
            select book, sum(amount) as amount from accounts_balance where account_id = a.id group by book) b),
        (select json_agg(json_build_array(c.id, c.ends_on - c.starts_on + 1, c.full_days, f.code, f.kind = 'call',
            f.direction = 'in', f.may_use_credit, p.pulse, p.unit_price, p.free_units, coalesce(k.units, 0))
            order by c.starts_on, f.position)
            from invoices_cycle c
            cross join lateral (
                select feature_id, pulse, unit_price, free_units from invoices_planprice where version_id = c.version_id
                union all
                select d.feature_id, d.pulse, d.unit_price, 0 from invoices_cycleprice d where d.cycle_id = c.id
                    and not exists (select 1 from invoices_planprice l
                        where l.version_id = c.version_id and l.feature_id = d.feature_id)
            ) p
            join invoices_feature f on f.code = p.feature_id
            left join invoices_usagecounter k on k.cycle_id = c.id and k.feature_id = p.feature_id
            where c.account_id = a.id and c.closed_at is null),
        (select json_agg(json_build_array(reason, level) order by imposed_at, id) from accounts_restriction
            where account_id = a.id and lifted_at is null),
        (select json_agg(json_build_array(feature_id, units)) from (
            select feature_id, sum(units) as units from credit_hold
            where account_id = a.id and released_at is null and expires_at > %s
            group by feature_id) h)
        )::text,
        s.free_units_cycle_id, s.is_low, s.low_on, s.limit_mark
    from accounts_account a
    left join credit_creditlimit l on l.account_id = a.id
    left join credit_alertstate s on s.account_id = a.id
    where {which}
"""
NO_MONEY = {str(book): 0 for book in Book}
BY_ID = SELECT.format(which="a.id = any(%s)")
BY_BAN = SELECT.format(which="a.ban = any(%s)")


def of(account: Account, *, now: datetime) -> Facts:
    """Return one account's facts. One query."""
    return read([account.pk], now=now)[0]


def read(account_ids: Iterable[int], *, now: datetime) -> list[Facts]:
    """Return the facts of many accounts, ascending by id. One query. Holds that expire after `now` count."""
    return _rows(BY_ID, now, list(account_ids))


def by_ban(bans: Iterable[str], *, now: datetime) -> list[Facts]:
    """Return the facts of the accounts of these numbers, ascending by id; unknown numbers are left out."""
    return _rows(BY_BAN, now, list(bans))


def _rows(query: str, now: datetime, which: list[Any]) -> list[Facts]:
    with prepared.cursor() as cursor:
        cursor.execute(query, [now, now, which])
        rows = cursor.fetchall()
    return [_facts(row) for row in sorted(rows, key=itemgetter(0))]


def _facts(row: tuple[Any, ...]) -> Facts:
    pk, ban, state, registration, approved_until, today, level, minimum, limit, lists, *alerts = row
    balances, features, standing, held = json.loads(lists)
    reasons: list[tuple[str, str]] = standing or []
    return Facts(
        account=pk,
        ban=ban,
        level=level,
        reason=next((reason for reason, at in reasons if at == level), ""),
        blocked_for_credit=any(reason == "credit" for reason, _at in reasons),
        minimum_balance=minimum,
        limit=policy.FLOOR if limit is None else limit,
        supply=supply_of(registration, state, approved_until, today),
        balances=NO_MONEY | dict(balances) if balances else NO_MONEY,
        features=[_feature(*one) for one in features or ()],
        held=dict(held) if held else {},
        alerts=AlertFacts(*alerts) if alerts[1] is not None else AlertFacts(),
        reasons=[reason for reason, _at in sorted(reasons, key=lambda one: -SEVERITY[Level(one[1])])],
    )


def _feature(
    cycle: int,
    days: int,
    full_days: int,
    code: str,
    is_call: bool,
    is_incoming: bool,
    may_use_credit: bool,
    pulse: int,
    unit_price: int,
    free_units: int,
    units: int,
) -> FeatureFacts:
    used = Used(units, rating.allowance(free_units, days, full_days), unit_price)
    return FeatureFacts(cycle, code, is_call, is_incoming, may_use_credit, pulse, used)
