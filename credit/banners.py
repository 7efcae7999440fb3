"""What stands above every page of an account for those who may pay: the worst thing first, at most one about money.

Pure: from the facts that decide about calls and the state of the alerts.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts import service_orders
from accounts.models import Account
from billing_portal.money import Paise
from credit import alerts, exposure
from credit.facts import Facts


@dataclass(frozen=True)
class Banner:
    """One sentence with its tone; `amount` is what paying it needs (paise), 0 without such an amount."""

    code: str  # the template's words: restricted, near-limit, low, lagging
    tone: str  # bad, warn
    money: exposure.Exposure
    amount: Paise = 0
    reason: str = ""
    level: str = ""
    mark: int = 0


def of(held: Facts, account: Account, *, now: datetime) -> list[Banner]:
    """Return the banners of an account."""
    money = exposure.of(held)
    found = [one for one in (_money(held, money),) if one]
    if service_orders.is_lagging(account, now):
        found.append(Banner("lagging", "warn", money, level=account.wanted_level))
    return found


def _money(held: Facts, money: exposure.Exposure) -> Banner | None:
    if held.reason:
        amount = money.amount_to_clear if held.reason in ("credit", "overdue") else 0
        return Banner("restricted", "bad", money, amount, held.reason, held.level)
    if held.alerts.limit_mark:
        return Banner("near-limit", "warn", money, money.amount_to_clear, mark=held.alerts.limit_mark)
    if held.alerts.is_low and held.alerts.low_on:
        return Banner("low", "warn", money, alerts.minimum_to_pay(money, held.minimum_balance))
    return None
