"""Holds: a call or message that starts sets aside what it may cost, so that many at once cannot spend the same money.

A hold is replaced by the record (same source and id), or ends by itself when its time is over: a call's when it must
have ended, a message's at once, and both so many seconds later (HOLD_GRACE) as a record may take.
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
from invoices.models import Feature

LONGEST = 24 * 3600  # seconds a call may be expected to last
KEPT = timedelta(days=3)


class Refused(Exception):
    """The call may not start, the messages may not be sent; `why` is the reason code."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.why = why


class CallDiffers(ValueError):
    """This id holds for another account or feature already."""


class WrongMeasure(ValueError):
    """Calls are asked for in seconds, messages in units; the text begins with the field that is wrong."""


@dataclass(frozen=True)
class Asked:
    """What is to be held: a call expected to last `seconds`, or `units` of messages; just one of the two."""

    seconds: int | None = None
    units: int | None = None


@dataclass(frozen=True)
class Placed:
    """A hold, and whether this request made it."""

    hold: Hold
    is_new: bool


@unit
def place(account_id: int, call_id: str, feature: str, asked: Asked, *, source: str, now: datetime) -> Placed:
    """Set aside money for a call, which may last as long as the hold says, or for so many messages as it says.

    It is granted for less where the money does not reach, never for less than one unit. Repeating returns the same
    hold, also after it ended. Raises Refused, CallDiffers, WrongMeasure.
    """
    account = Account.objects.lock(account_id)
    before = Hold.objects.select_related("feature").filter(source=source, call_id=call_id).first()
    if before:
        if (before.account_id, before.feature_id) != (account.pk, feature):
            raise CallDiffers("this id belongs to another call or message")
        _check_measure(asked, is_call=before.feature.kind == Feature.Kind.CALL)
        return Placed(before, is_new=False)
    held = facts.of(account, now=now)
    granted = _granted(held, _feature(held, feature), asked)
    values = {
        "account": account,
        "feature_id": feature,
        "units": granted.units,
        "seconds": granted.bound,
        "placed_at": now,
        "expires_at": now + timedelta(seconds=granted.lasts + settings.HOLD_GRACE),
    }
    hold, is_new = Hold.objects.get_or_create(source=source, call_id=call_id, defaults=values)
    if hold.account_id != account.pk:  # another account has taken this id at the same moment
        raise CallDiffers("this id belongs to another call or message")
    return Placed(hold, is_new)


@dataclass(frozen=True)
class _Granted:
    units: int
    lasts: int = 0  # seconds that the units of a call cover
    bound: int | None = None  # seconds after which a call must end; None: it may go on, or is none


def _granted(held: Facts, feature: FeatureFacts, asked: Asked) -> _Granted:
    _check_measure(asked, is_call=feature.is_call)
    may = service.of_feature(held, feature.code)
    if may.reason:
        raise Refused(may.reason)
    if asked.units is not None:
        return _Granted(asked.units if may.units is None else min(asked.units, may.units))
    wanted = max(1, rating.pulses(min(asked.seconds or 0, LONGEST), feature.pulse))
    if may.units is None:
        return _Granted(0, wanted * feature.pulse)
    units = min(wanted, may.units)
    return _Granted(units, units * feature.pulse, units * feature.pulse)


def _check_measure(asked: Asked, *, is_call: bool) -> None:
    if is_call and asked.seconds is None:
        raise WrongMeasure("units: this feature is a call, ask for seconds")
    if not is_call and asked.units is None:
        raise WrongMeasure("seconds: this feature is a message, ask for units")


def _feature(held: Facts, code: str) -> FeatureFacts:
    found = next((one for one in held.running if one.code == code), None)
    if found is None:
        raise Refused(Why.NOT_IN_PLAN)
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
