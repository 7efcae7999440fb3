"""A temporary limit: staff ask with a reason, a second person approves, and it ends by itself after its last day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Account, Approval
from billing_portal import clock
from billing_portal.money import LARGEST, Paise
from billing_portal.unit import unit
from credit import limits, policy
from credit.limits_rule import Limit
from credit.models import TemporaryLimit

ACTION = "temporary-limit"
LONGEST = timedelta(days=92)


class NotPossible(Exception):
    """This cannot be a temporary limit; the message says why."""


@dataclass(frozen=True)
class Planned:
    """What a temporary limit will do: the limit now and then, until the last day, and after it as things stand."""

    now: Paise
    then: Paise
    until_on: date
    after: Paise


def plan(account: Account, amount: Paise, until_on: date, *, now: datetime) -> Planned:
    """Return what a temporary limit of `amount` paise would do. Decides, changes nothing. Raises NotPossible."""
    today = clock.business_date(now)
    if amount % policy.WHOLE or not 0 <= amount <= LARGEST:
        raise NotPossible("A limit is a whole number of rupees.")
    if until_on < today:
        raise NotPossible("The last day has passed.")
    if until_on > today + LONGEST:
        raise NotPossible(f"A temporary limit lasts at most {LONGEST.days} days.")
    limit = limits.read(account, today=today)
    return Planned(limit.amount, amount, until_on, limit.earned)


def payload(amount: Paise, until_on: date) -> dict[str, int | str]:
    """Return what a request keeps for the second person's yes."""
    return {"amount": amount, "until_on": until_on.isoformat()}


@unit
def set_temporary(row: Approval, *, now: datetime) -> Limit:
    """Carry out an approved request: the limit stands from today until its last day. Repeating does nothing.

    Called by `approvals.approve` in its unit, under the account's lock. Raises NotPossible.
    """
    if row.decided_by is None:
        raise NotPossible("A second person has to approve it.")
    account = Account.objects.lock(row.account_id)
    today, until_on = clock.business_date(now), date.fromisoformat(row.payload["until_on"])
    if not TemporaryLimit.objects.filter(approval=row).exists():
        plan(account, row.payload["amount"], until_on, now=now)
        TemporaryLimit.objects.create(
            account=account,
            amount=row.payload["amount"],
            from_on=today,
            until_on=until_on,
            reason=row.reason,
            approval=row,
            requested_by_id=row.requested_by_id,
            approved_by=row.decided_by,
            approved_at=now,
        )
    return limits.reassess(account, now=now)
