"""Holds: a call that starts sets aside what it may cost, so that many calls at once cannot spend the same money.

A hold is replaced by the call's record (same source and id), or ends by itself when its time is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from accounts.models import Account
from billing_portal.unit import unit
from credit import facts, service
from credit.facts import Facts, FeatureFacts
from credit.models import Hold
from credit.service import Why
from invoices import rating

LONGEST = 24 * 3600  # seconds a call may be expected to last
KEPT = timedelta(days=3)


class Refused(Exception):
    """The call may not start; `why` is the reason code."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.why = why


class CallDiffers(ValueError):
    """This call's id holds for another account or feature already."""


class NotACall(ValueError):
    """Only calls are held: a message's record comes at once."""


@dataclass(frozen=True)
class Placed:
    """A hold, and whether this request made it."""

    hold: Hold
    is_new: bool


@unit
def place(account_id: int, call_id: str, feature: str, seconds: int, *, source: str, now: datetime) -> Placed:
    """Set aside money for a call expected to last `seconds`; the call may last as long as the hold says.

    It is granted for less where the money does not reach, never for less than one unit. Repeating returns the same
    hold, also after it ended. Raises Refused, CallDiffers, NotACall.
    """
    account = Account.objects.lock(account_id)
    before = Hold.objects.filter(source=source, call_id=call_id).first()
    if before:
        if (before.account_id, before.feature_id) != (account.pk, feature):
            raise CallDiffers("this id belongs to another call")
        return Placed(before, is_new=False)
    held = facts.of(account, now=now)
    granted = _granted(held, feature, min(seconds, LONGEST))
    ends = now + timedelta(seconds=granted.lasts + settings.HOLD_GRACE)
    values = {
        "account": account,
        "feature_id": feature,
        "units": granted.units,
        "seconds": granted.bound,
        "placed_at": now,
        "expires_at": ends,
    }
    hold, is_new = Hold.objects.get_or_create(source=source, call_id=call_id, defaults=values)
    if hold.account_id != account.pk:  # another account has taken this id at the same moment
        raise CallDiffers("this id belongs to another call")
    return Placed(hold, is_new)


@dataclass(frozen=True)
class _Granted:
    units: int
    lasts: int  # seconds that the units cover
    bound: int | None  # seconds after which the call must end; None: it may go on


def _granted(held: Facts, code: str, seconds: int) -> _Granted:
    feature = _feature(held, code)
    may = service.of_feature(held, code)
    if may.reason:
        raise Refused(may.reason)
    wanted = max(1, rating.pulses(seconds, feature.pulse))
    if may.units is None:
        return _Granted(0, wanted * feature.pulse, None)
    units = min(wanted, may.units)
    return _Granted(units, units * feature.pulse, units * feature.pulse)


def _feature(held: Facts, code: str) -> FeatureFacts:
    found = next((one for one in held.running if one.code == code), None)
    if found is None:
        raise Refused(Why.NOT_IN_PLAN)
    if not found.is_call:
        raise NotACall("only calls are held; send a message's record")
    return found


RELEASE = """
    update credit_hold h set released_at = %(now)s from accounts_account a
    where a.ban = any(%(bans)s) and h.account_id = a.id and h.released_at is null
        and h.source = %(source)s and h.call_id = any(%(ids)s)
"""


def release(bans: Iterable[str], ids: Iterable[str], *, source: str, now: datetime) -> int:
    """End the holds whose records have come; return how many. One statement; the caller holds the accounts' locks."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"bans": list(bans), "ids": list(ids), "source": source, "now": now})
        return cursor.rowcount


def sweep(*, now: datetime) -> int:
    """Delete what ended days ago: holds are working papers, the records tell what was used."""
    gone, _each = Hold.objects.filter(placed_at__lt=now - KEPT, expires_at__lt=now).delete()
    return gone
