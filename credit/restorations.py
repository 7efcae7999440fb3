"""The stopwatch of a way back: money captured → known → booked → lifted → confirmed by the platform.

A restoration that takes more than 15 minutes from the moment we knew of the money is a breach that staff see.
"""

from datetime import datetime

from accounts.models import Account
from credit.models import OverdueCase, Restoration


def begin(account: Account, case: OverdueCase, *, now: datetime) -> Restoration:
    """Write down that what a case imposed is lifted; in the unit that lifts it. Repeating does nothing."""
    newest = account.entries.order_by("-number").first()
    values = {
        "account": account,
        "cause": newest.key if newest else "",
        "captured_at": newest.received_at if newest else None,
        "paid_at": newest.posted_at if newest else None,
        "lifted_at": now,
    }
    return Restoration.objects.get_or_create(case=case, defaults=values)[0]
