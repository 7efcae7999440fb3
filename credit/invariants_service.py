"""What must be true of the limit: restricted just when it is exceeded, once five minutes have passed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.models import Account
from billing_portal.invariant import Invariant
from billing_portal.money import inr
from credit import enforcement, exposure, facts

PAGE = 1000
GRACE = timedelta(minutes=5)


def unenforced(now: datetime) -> Iterator[str]:
    """Compare each account's total outstanding with its limit, and what stands; page by page."""
    last = 0
    while page := list(_settled(last, now)):
        for held in facts.read(page, now=now):
            money = exposure.of(held)
            step = enforcement.step(money, is_restricted=held.blocked_for_credit)
            if step:
                owed, limit = inr(money.total_outstanding), inr(money.limit)
                yield f"{held.ban}: {owed} outstanding of a limit of {limit}, and nobody took the step {step.value}"
        last = page[-1]


def _settled(after: int, now: datetime) -> Iterator[int]:
    """Yield a page of accounts whose ledger has not just moved."""
    rows = Account.objects.filter(pk__gt=after).exclude(review_at__gt=now - GRACE).order_by("pk")
    yield from rows.values_list("pk", flat=True)[:PAGE]


# fmt: off
INVARIANTS = (
    Invariant("I24", "Restricted for credit just when the limit is exceeded", "accounts_account", unenforced),
)
# fmt: on
