"""Alerts given: the state written and the messages owed, in the unit of what caused them.

The caller holds the accounts' locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from accounts.notices import EMAIL_SMS, Owed
from billing_portal import clock
from billing_portal.money import Paise
from credit import policy, service
from credit.alert_rules import Due
from credit.exposure import Exposure
from credit.facts import Facts
from credit.models import AlertState
from invoices.models import Feature

RUPEE = 100
STATE = ["free_units_cycle", "is_low", "low_on", "limit_mark", "changed_at"]


@dataclass(frozen=True)
class Given:
    """One account's alerts that are due, with what they are about."""

    held: Facts
    money: Exposure
    due: Due


def minimum_to_pay(money: Exposure, minimum_balance: Paise) -> Paise:
    """Return the least payment in whole rupees after which the balance is above its minimum; 0 if it is."""
    exact = money.to_pay_for(minimum_balance + 1)
    return -(-exact // RUPEE) * RUPEE


def suggested(money: Exposure, account: Account) -> Paise:
    """Return what to suggest: the minimum top-up on top of what is due, never less than the minimum to pay."""
    return max(minimum_to_pay(money, account.minimum_balance), money.outstanding + account.minimum_top_up)


def give(given: Sequence[Given], accounts: Mapping[int, Account], *, now: datetime) -> list[Owed]:
    """Write the states; return the messages to owe. A constant number of statements for any number of accounts."""
    AlertState.objects.bulk_create(
        [
            AlertState(
                account_id=one.held.account,
                free_units_cycle_id=one.due.state.free_units_cycle,
                is_low=one.due.state.is_low,
                low_on=one.due.state.low_on,
                limit_mark=one.due.state.limit_mark,
                changed_at=now,
            )
            for one in given
        ],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=STATE,
    )
    names = (
        dict(Feature.objects.values_list("code", "name")) if any(one.due.free_units for one in given) else {}
    )
    return [message for one in given for message in _messages(one, accounts[one.held.account], names, now)]


def _messages(one: Given, account: Account, names: Mapping[str, str], now: datetime) -> Iterable[Owed]:
    day = clock.business_date(now)
    if one.due.low:
        event = f"low-balance:{account.ban}:{day}"
        yield Owed(account, "low-balance", event, _low(one, account), channels=EMAIL_SMS)
    if one.due.limit_mark:
        event = f"limit-{one.due.limit_mark}:{account.ban}:{int(now.timestamp())}"
        yield Owed(account, "credit-limit-warning", event, _warning(one))
    if one.due.free_units:
        event = f"free-units:{one.due.state.free_units_cycle}"
        yield Owed(account, "credit-limit", event, _free_units(one, names))


def _low(one: Given, account: Account) -> dict[str, object]:
    return {
        "balance": one.money.balance,
        "minimum_balance": account.minimum_balance,
        "minimum_to_pay": minimum_to_pay(one.money, account.minimum_balance),
        "suggested": suggested(one.money, account),
        "outstanding": one.money.outstanding,
    }


def _warning(one: Given) -> dict[str, object]:
    money = one.money
    return {
        "mark": one.due.limit_mark,
        "total_outstanding": money.total_outstanding,
        "limit": money.limit,
        "headroom": money.headroom,
        "to_clear": money.amount_to_clear,
        "shuts_incoming": policy.ABOVE_LIMIT.incoming,
    }


def _free_units(one: Given, names: Mapping[str, str]) -> dict[str, object]:
    """The seven fields of the credit-limit mail, and how far each feature's free units are."""
    money = one.money
    calls = [f for f in one.held.running if f.is_call and f.used.allowance]
    over = [f for f in one.held.running if f.used.allowance and f.used.units >= f.used.allowance]
    open_ = [f for f in one.held.running if service.may(one.held, f, money.headroom, money.balance).allowed]
    return {
        "outstanding": money.outstanding,
        "prepaid": money.prepaid,
        "current_usage": money.current_usage,
        "available": [names.get(f.code, f.code) for f in open_],
        "exceeded": [names.get(f.code, f.code) for f in over],
        "limit": money.limit,
        "total_outstanding": money.total_outstanding,
        "free_value": money.free_value,
        "features": [
            {"name": names.get(f.code, f.code), "used": f.used.units, "free": f.used.allowance} for f in calls
        ],
    }
