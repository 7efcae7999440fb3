"""The demo's team: an invitation that waits, a GSTIN that staff looked up, whom engineers call, keys for programs."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts import gstin_checks, invitations, own_keys, recipients
from accounts.models import Account, ApiKey, Contact, User
from accounts.recipients import Wanted

MAIN = "BA-100042"
READ, PAY = ApiKey.Scope.READ, ApiKey.Scope.PAY
KEYS = (("Old dashboard", [READ], 400), ("Accounting software", [READ], 180), ("Front desk", [READ, PAY], 40))


def tell(accounts: Mapping[str, Account], people: Mapping[str, User], *, by: User, now: datetime) -> None:
    """Tell it of the Lotus main account."""
    account, owner = accounts[MAIN], people["owner@lotus.example"]
    words = {"reason": "New customer", "now": now - timedelta(days=700)}
    gstin_checks.verify(account.pk, account.billing_name, number=account.gstin, actor=by, **words)  # type: ignore[arg-type]
    engineer = Wanted(
        "Imran Sheikh", "it@lotus.example", "+919800000043", category=Contact.Category.TECHNICAL
    )
    recipients.add(account.pk, engineer, actor=owner, now=now - timedelta(days=90))
    invited = {"actor": owner, "now": now - timedelta(days=2)}
    invitations.invite(account.pk, "reception@lotus.example", "agent", **invited)  # type: ignore[arg-type]
    made = [
        own_keys.make(
            account.pk, name, scopes, token=uuid.uuid4(), actor=owner, now=now - timedelta(days=days)
        ).key
        for name, scopes, days in KEYS
    ]
    own_keys.revoke(account.pk, made[0].pk, actor=owner, now=now - timedelta(days=180))
