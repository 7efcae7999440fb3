"""A member of staff looks at the panel as a customer: one account, one role, half an hour, and nothing changes.

They stay themselves: nobody is logged in as another person. Beginning, each page and the end join the audit chain.
Whole phone numbers of calls stay masked whatever the role. The doors keep the look in the session.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts import audit
from accounts.models import Account, Member, User
from billing_portal.unit import unit

RIGHT = "accounts.see_as_customer"
LASTS = timedelta(minutes=30)
STAFF = Q(user__is_staff=True) | Q(user__is_superuser=True)


class NotPossible(ValueError):
    """Nobody may look at this account; the message says why."""


@dataclass(frozen=True)
class Look:
    """Who looks at which account, as which role, until when (seconds since 1970), why, and the page seen last."""

    by: int
    account: int
    ban: str
    role: str
    until: float
    reason: str
    path: str = ""

    def is_over(self, now: datetime) -> bool:
        return now.timestamp() >= self.until

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp(self.until).astimezone()

    @property
    def words(self) -> dict[str, Any]:
        """What the session keeps."""
        return asdict(self)


def read(words: Mapping[str, Any]) -> Look:
    """Return what a session kept (`Look.words`)."""
    return Look(**words)


@unit
def begin(account_id: int, role: Member.Role, *, by: User, reason: str, now: datetime) -> Look:
    """Begin to look at an account as one of its people. Raises NotPossible."""
    account = Account.objects.lock(account_id)
    if not by.has_perm(RIGHT):
        raise NotPossible("You may not look as a customer.")
    if is_of_staff(account):
        raise NotPossible("A member of staff has a role on this account: nobody looks at it as its customer.")
    until = (now + LASTS).timestamp()
    look = Look(by.pk, account.pk, account.ban, str(role), until, reason)
    _record("begin", look, by, now, {"role": look.role})
    return look


@unit
def see(look: Look, path: str, *, by: User, now: datetime) -> Look:
    """Write down that a page is seen; the same one again in a row is not."""
    if path == look.path:
        return look
    _record("page", look, by, now, {"path": path[:300]})
    return replace(look, path=path)


@unit
def end(look: Look, *, by: User, why: str, now: datetime) -> None:
    """Write down that a look is over."""
    _record("end", look, by, now, {"why": why})


def may_go_on(look: Look, by: User, *, now: datetime) -> bool:
    """Whether a look still stands at this request: its person, right, time and account are as they were."""
    if by.pk != look.by or not (by.is_active and by.is_staff) or look.is_over(now) or not by.has_perm(RIGHT):
        return False
    return not Member.objects.filter(STAFF, account=look.account).exists()


def is_of_staff(account: Account) -> bool:
    """Whether a member of staff has a role on an account."""
    return account.members.filter(STAFF).exists()


def member(look: Look, by: User) -> Member:
    """Return the membership that a look stands for. It is not stored and never may be."""
    account = Account.objects.select_related("customer").get(pk=look.account)
    return Member(account=account, user=by, role=look.role)


def _record(act: str, look: Look, by: User, now: datetime, after: dict[str, str]) -> None:
    audit.record(
        f"accounts.look.{act}",
        actor=by,
        account=Account(pk=look.account),
        subject=f"account:{look.ban}",
        reason=look.reason,
        after=after,
        now=now,
    )
