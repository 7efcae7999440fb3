"""Staff's word that a GSTIN was looked up on the GST portal, and which name it is registered to there.

From then on documents carry that name, and the customer cannot change it beside the portal (profile.py).
"""

from datetime import datetime

from accounts import audit
from accounts.models import Account, User
from billing_portal.text import has_hidden
from billing_portal.unit import unit


class NotPossible(ValueError):
    """There is nothing to verify, or not like this; the message says why."""


@unit
def verify(
    account_id: int, name: str, *, number: str, actor: User | None, reason: str, now: datetime
) -> Account:
    """Note that `number` is registered to `name`, which becomes the billing name. Repeating does nothing.

    `number` is the GSTIN that staff looked up: it must still be the account's. Raises NotPossible.
    """
    account = Account.objects.lock(account_id)
    name = " ".join(name.split())
    if not account.gstin:
        raise NotPossible("This account has no GSTIN.")
    if account.gstin != number:
        raise NotPossible(f"The GSTIN is {account.gstin} by now: look that one up.")
    if not name or has_hidden(name) or len(name) > 120:
        raise NotPossible("Give the name as the GST portal shows it, at most 120 characters.")
    if account.gstin_verified_at and account.billing_name == name:
        return account
    before = {"billing_name": account.billing_name, "verified": account.gstin_verified_at is not None}
    account.billing_name, account.gstin_verified_at = name, now
    account.save(update_fields=["billing_name", "gstin_verified_at"])
    after = {"billing_name": name, "verified": True, "gstin": number}
    _record("accounts.verify_gstin", account, before, after, actor=actor, reason=reason, now=now)
    return account


@unit
def take_back(account_id: int, *, actor: User | None, reason: str, now: datetime) -> Account:
    """Note that the GSTIN is not verified any more: the billing name is free. Repeating does nothing."""
    account = Account.objects.lock(account_id)
    if account.gstin_verified_at is None:
        return account
    account.gstin_verified_at = None
    account.save(update_fields=["gstin_verified_at"])
    words = {"gstin": account.gstin}
    _record(
        "accounts.unverify_gstin",
        account,
        {**words, "verified": True},
        {**words, "verified": False},
        actor=actor,
        reason=reason,
        now=now,
    )
    return account


def _record(
    action: str,
    account: Account,
    before: dict[str, object],
    after: dict[str, object],
    *,
    actor: User | None,
    reason: str,
    now: datetime,
) -> None:
    audit.record(
        action,
        actor=actor,
        account=account,
        subject=f"account:{account.ban}",
        reason=reason,
        before=before,
        after=after,
        now=now,
    )
