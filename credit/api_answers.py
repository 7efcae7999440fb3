"""The balance and the alerts of an account as the API tells them, in paise; addresses masked, as for the panel."""

from datetime import datetime
from typing import Any

from accounts.models import Account, Contact
from accounts.sent_messages import masked
from billing_portal.money import Paise
from billing_portal.text import plain
from credit.alert_settings import Thresholds
from credit.exposure import Exposure

ALERTS = ("low-balance", "credit-limit", "credit-limit-warning", "credit-suspended", "credit-restored")
LATEST = 10
LONGEST = 120  # characters of a name


def balance(account: Account, money: Exposure, *, now: datetime) -> dict[str, Any]:
    """Tell the equation and where it leaves the account."""
    return {
        "account": account.ban,
        "as_of": now,
        "currency": "INR",
        "current_usage": money.current_usage,
        "outstanding": money.outstanding,
        "free_value": money.free_value,
        "prepaid": money.prepaid,
        "total_outstanding": money.total_outstanding,
        "balance": money.balance,
        "credit_limit": money.limit,
        "headroom": money.headroom,
        "is_exceeded": money.is_exceeded,
        "level": account.wanted_level,
        "label": account.get_wanted_level_display(),
    }


def alerts(account: Account, stands: Thresholds, limit: Paise) -> dict[str, Any]:
    """Tell the thresholds, the billing contacts with their channels, and the latest alerts. Two queries."""
    contacts = account.contacts.filter(category=Contact.Category.ACCOUNTS).order_by("pk")
    told = account.notices.filter(name__in=ALERTS).order_by("-owed_at", "-pk")
    return {
        "account": account.ban,
        "currency": "INR",
        "minimum_balance": stands.minimum_balance,
        "minimum_top_up": stands.minimum_top_up,
        "credit_limit": limit,
        "recipients": [_recipient(one) for one in contacts],
        "latest": [
            {
                "alert": one.name,
                "channel": one.channel,
                "recipient": masked(one.recipient),
                "state": one.state,
                "label": one.get_state_display(),
                "at": one.owed_at,
            }
            for one in told[:LATEST]
        ],
    }


def _recipient(one: Contact) -> dict[str, Any]:
    return {
        "name": plain(one.name, LONGEST),
        "email": masked(one.email) if one.email else None,
        "phone": masked(one.phone) if one.phone else None,
        "by_email": bool(one.email and one.wants_email),
        "by_sms": bool(one.phone and one.wants_sms),
    }
