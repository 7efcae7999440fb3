"""What a customer sets about alerts: the balance below which they are told, and the usual top-up."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings

from accounts import audit, notices
from accounts.models import Account, User
from billing_portal.money import LARGEST, Paise, inr
from billing_portal.unit import unit
from credit import facts, review


@dataclass(frozen=True)
class Thresholds:
    """Paise."""

    minimum_balance: Paise
    minimum_top_up: Paise


class NotPossible(ValueError):
    """A threshold out of its bounds; `field` is its name."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


class Changed(Exception):
    """Somebody else has changed them since the page was shown."""


def of(account: Account) -> Thresholds:
    """Return an account's thresholds."""
    return Thresholds(account.minimum_balance, account.minimum_top_up)


@unit
def change(account_id: int, wanted: Thresholds, *, seen: Thresholds, actor: User, now: datetime) -> Account:
    """Set both thresholds, write down who did it, tell the billing contacts, and look at the account afresh.

    `seen` is what the person had before their eyes. Repeating does nothing. Raises NotPossible, Changed.
    """
    account = Account.objects.lock(account_id)
    stands = of(account)
    if stands == wanted:
        return account
    if stands != seen:
        raise Changed
    _check(wanted, facts.of(account, now=now).limit)
    account.minimum_balance, account.minimum_top_up = wanted.minimum_balance, wanted.minimum_top_up
    account.save(update_fields=["minimum_balance", "minimum_top_up"])
    event = audit.record(
        "credit.change_alerts",
        actor=actor,
        account=account,
        subject=f"account:{account.ban}",
        reason="Changed on the Alerts page",
        before=asdict(stands),
        after=asdict(wanted),
        now=now,
    )
    notices.owe(
        account,
        "alerts-changed",
        event=f"audit:{event.pk}",
        context={"before": asdict(stands), "after": asdict(wanted), "by": str(actor), "at": now.isoformat()},
        now=now,
    )
    review.after_money(account, now=now)
    return account


def _check(wanted: Thresholds, limit: Paise) -> None:
    if wanted.minimum_balance < -limit:
        raise NotPossible("minimum_balance", f"Not below your credit limit: at least −{inr(limit)}.")
    if wanted.minimum_balance > LARGEST:
        raise NotPossible("minimum_balance", "This amount is too large.")
    if not settings.SMALLEST_PAYMENT <= wanted.minimum_top_up <= settings.LARGEST_PAYMENT:
        raise NotPossible(
            "minimum_top_up",
            f"Between {inr(settings.SMALLEST_PAYMENT)} and {inr(settings.LARGEST_PAYMENT)}.",
        )
