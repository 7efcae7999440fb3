"""What stands above every page of an account for those who may pay: the worst thing first, at most one about money.

Pure: from the facts that decide about calls and the state of the alerts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts import service_orders
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from credit import alerts, exposure
from credit.facts import Facts
from credit.overdue_outlook import Outlook


@dataclass(frozen=True)
class Banner:
    """One sentence with its tone; `amount` is what paying it needs (paise), 0 without such an amount."""

    code: str  # the template's words: restricted, overdue, near-limit, low, lagging, others
    tone: str  # bad, warn
    money: exposure.Exposure | None
    amount: Paise = 0
    reason: str = ""
    level: str = ""
    mark: int = 0
    overdue: Outlook | None = None
    whom: Sequence[str] = ()  # who can pay


def of(held: Facts, account: Account, overdue: Outlook | None, *, now: datetime) -> list[Banner]:
    """Return the banners of an account for who may pay."""
    money = exposure.of(held)
    found = [one for one in (_money(held, money, overdue, clock.business_date(now)),) if one]
    if service_orders.is_lagging(account, now):
        found.append(Banner("lagging", "warn", money, level=account.wanted_level))
    return found


def for_others(account: Account, whom: Sequence[str]) -> list[Banner]:
    """Return the banner of an account whose calls are stopped, for who may not pay: who can."""
    return [Banner("others", "warn", None, level=account.wanted_level, whom=whom)]


def _money(held: Facts, money: exposure.Exposure, overdue: Outlook | None, today: date) -> Banner | None:
    due = overdue.due if overdue else 0
    if held.reason:
        amount = money.amount_to_clear if held.blocked_for_credit else due
        if held.reason == "retention":
            amount = 0  # the overview says what coming back costs, and begins it
        return Banner("restricted", "bad", money, amount, held.reason, held.level, overdue=overdue)
    if overdue and due:
        tone = "bad" if overdue.due_on < today else "warn"
        return Banner("overdue", tone, money, due, overdue=overdue)
    if held.alerts.limit_mark:
        return Banner("near-limit", "warn", money, money.amount_to_clear, mark=held.alerts.limit_mark)
    if held.alerts.is_low and held.alerts.low_on:
        return Banner("low", "warn", money, alerts.minimum_to_pay(money, held.minimum_balance))
    return None
