"""The demo's team: an invitation that waits, a GSTIN that staff looked up, and whom engineers call."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts import gstin_checks, invitations, recipients
from accounts.models import Account, Contact, User
from accounts.recipients import Wanted

MAIN = "BA-100042"


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
