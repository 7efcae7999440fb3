"""Staff stop an account's lines, and free them again: the restriction `manual`, with who and why."""

from datetime import datetime

from accounts import audit, restrictions
from accounts.levels import Level
from accounts.models import Account, Restriction, User
from accounts.restrictions import Reason
from billing_portal.unit import unit

STOPS = (
    Level.OUTBOUND_BLOCKED,
    Level.SUSPENDED,
)  # what a person may choose; beyond them are archive and deletion


class NotPossible(ValueError):
    """Not a level that staff choose."""


@unit
def stop(account_id: int, level: Level, *, actor: User, reason: str, now: datetime) -> Account:
    """Stop the lines at a level; the same again does nothing. Raises NotPossible."""
    if level not in STOPS:
        raise NotPossible(f"Choose one of {', '.join(STOPS)}.")
    account = Account.objects.lock(account_id)
    stood, old = _standing(account), account.wanted_level
    if stood and stood.level == level:
        return account
    restrictions.impose(account, Reason.MANUAL, level, now=now, note=reason[:300])
    was = {"manual": stood.level if stood else "", "level": old}
    _record("accounts.stop_lines", account, was, level, actor, reason, now)
    return account


@unit
def free(account_id: int, *, actor: User, reason: str, now: datetime) -> Account:
    """Take the stop away; what else stands stays. Repeating does nothing."""
    account = Account.objects.lock(account_id)
    stood, old = _standing(account), account.wanted_level
    if stood and restrictions.lift(account, Reason.MANUAL, now=now):
        was = {"manual": stood.level, "level": old}
        _record("accounts.free_lines", account, was, "", actor, reason, now)
    return account


def would_be(account: Account, stop: Level | None) -> Level:
    """Return the level that an account would have with this stop by staff, None for none; what else stands stays."""
    others = [Level(row.level) for row in restrictions.standing(account) if row.reason != Reason.MANUAL]
    return max([*others, stop or Level.ACTIVE], key=restrictions.SEVERITY.__getitem__)


def _standing(account: Account) -> Restriction | None:
    return account.restrictions.filter(reason=Reason.MANUAL, lifted_at=None).first()


def _record(
    action: str, account: Account, was: dict[str, str], is_: str, actor: User, reason: str, now: datetime
) -> None:
    audit.record(
        action,
        actor=actor,
        account=account,
        subject=f"account:{account.ban}",
        reason=reason,
        before=was,
        after={"manual": is_, "level": account.wanted_level},
        now=now,
    )
