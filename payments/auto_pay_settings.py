"""What a customer wants of auto-pay besides the mandate: caps, and topping up before the balance runs low."""

from datetime import datetime

from accounts import audit
from accounts.models import Account, User
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from payments.models import AutoPaySettings, Debit

COMING = (Debit.State.SCHEDULED, Debit.State.NOTICED)


class NotPossible(ValueError):
    """These limits cannot be; `field` names the one it is about."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def of(account: Account) -> AutoPaySettings:
    """Return what stands; without a row: bills only, no caps."""
    return AutoPaySettings.objects.filter(account=account).first() or AutoPaySettings(account=account)


@unit
def change(
    account_id: int,
    *,
    daily_cap: Paise | None,
    monthly_cap: Paise | None,
    when_low: bool,
    by: User,
    now: datetime,
) -> AutoPaySettings:
    """Set caps (paise, None = none) and the switch. Repeating does nothing. Raises NotPossible."""
    account = Account.objects.lock(account_id)
    if daily_cap and monthly_cap and daily_cap > monthly_cap:
        raise NotPossible("A day cannot take more than the month.", "daily_cap")
    limits = of(account)
    before = shown(limits)
    limits.daily_cap, limits.monthly_cap, limits.when_low = daily_cap, monthly_cap, when_low
    if shown(limits) == before:
        return limits
    limits.save()
    coming = Debit.objects.filter(account=account, purpose=Debit.Purpose.TOP_UP, state__in=COMING)
    coming.update(next_step_at=now)  # looked at anew: one that is not wanted any more is closed
    audit.record(
        "payments.auto_pay.limits",
        actor=by,
        account=account,
        subject=f"account:{account.ban}",
        reason="Changed by the customer in the panel",
        before=before,
        after=shown(limits),
        now=now,
    )
    return limits


@unit
def switch_top_up(account_id: int, *, on: bool, by: User, now: datetime) -> AutoPaySettings:
    """Have the balance topped up before it runs low, or not; the caps stay. Repeating does nothing."""
    limits = of(Account.objects.lock(account_id))
    return change(
        account_id,
        daily_cap=limits.daily_cap,
        monthly_cap=limits.monthly_cap,
        when_low=on,
        by=by,
        now=now,
    )


def shown(limits: AutoPaySettings) -> dict[str, str]:
    """What the audit chain keeps."""
    caps = {"daily cap": limits.daily_cap, "monthly cap": limits.monthly_cap}
    return {name: inr(cap) if cap else "none" for name, cap in caps.items()} | {
        "top up when low": "on" if limits.when_low else "off"
    }
