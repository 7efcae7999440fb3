"""What a customer is told of a mandate: that it is set up, over, not made, or that its card is ending."""

from collections.abc import Sequence
from datetime import datetime

from accounts import notices
from accounts.levels import Level
from accounts.models import Account
from accounts.notices import EMAIL, EMAIL_SMS
from payments import mandate_policy
from payments.models import Mandate


def set_up(mandate: Mandate, *, now: datetime) -> None:
    """Owe the message that auto-pay is set up, once a mandate."""
    _owe(mandate, "auto-pay-set-up", "active", now)


def ended(mandate: Mandate, *, now: datetime) -> None:
    """Owe the message that auto-pay is over, once a mandate; nobody is left to be told of a deleted account."""
    _owe(mandate, "auto-pay-cancelled", "ended", now)


def failed(mandate: Mandate, *, now: datetime) -> None:
    """Owe the message that a mandate was not made, once."""
    _owe(mandate, "mandate-failed", "failed", now)


def paused(mandate: Mandate, *, now: datetime) -> None:
    """Owe the message that the bank paused it; by mail alone, the bank's own message has gone out."""
    _owe(mandate, "auto-pay-paused", f"paused:{now:%Y-%m-%d}", now, channels=EMAIL)


def card_ends(mandate: Mandate, days: int, *, now: datetime) -> None:
    """Owe one of the three warnings that the card of a mandate is ending."""
    _owe(mandate, "card-expiring", f"card:{days}", now)


def _owe(mandate: Mandate, name: str, event: str, now: datetime, channels: Sequence[str] = EMAIL_SMS) -> None:
    account: Account = mandate.account
    if account.wanted_level == Level.DELETED:
        return
    notices.owe(
        account,
        name,
        event=f"mandate:{mandate.number}:{event}",
        context={
            "mandate": mandate.number,
            "method": mandate.get_method_display(),
            "instrument": mandate.instrument,
            "ceiling": mandate.ceiling,
            "valid_until": mandate.valid_until.isoformat(),
            "expires_on": mandate.expires_on.isoformat() if mandate.expires_on else "",
            "why": mandate_policy.in_plain_words(mandate.reason),
            "at": now.isoformat(),
        },
        channels=channels,
        now=now,
    )
