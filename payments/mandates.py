"""A standing permission to debit: begin it, pause it, resume it, cancel it. No debit is made here.

The customer's wish is a row with the evidence of their consent before the gateway hears of it. Cancelling works at
any time and without conditions: it is over for us at once, and the gateway is told until it confirms.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Q

from accounts import audit
from accounts.levels import Level
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from payments import mandate_messages, policy, take_in
from payments.mandate_policy import LEAST, METHODS
from payments.models import Debit, Mandate

State, PausedBy = Mandate.State, Mandate.PausedBy
ENDED = (Level.ARCHIVED, Level.DELETED)


class NotPossible(ValueError):
    """This cannot be asked for or done; the message says why. `field` names the field it is about."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Wish:
    """What a customer asks for; `ceiling` in paise a debit. `instrument` is masked."""

    method: str
    ceiling: Paise
    valid_until: date
    instrument: str = ""


@dataclass(frozen=True)
class Consent:
    """Who agreed, to which words, from which address."""

    user: User
    text: str
    address: str


@unit
def start(account_id: int, wish: Wish, consent: Consent, *, token: uuid.UUID, now: datetime) -> Mandate:
    """Keep a customer's wish. The same token again returns the same mandate. Raises NotPossible."""
    account = Account.objects.lock(account_id)
    before = Mandate.objects.filter(account=account, token=token).first()
    if before:
        return before
    check(wish, clock.business_date(now))
    if account.wanted_level in ENDED:
        raise NotPossible("This account is archived. Pay what is due and bring it back first.")
    return Mandate.objects.create(
        account=account,
        number=number(now),
        token=token,
        method=wish.method,
        ceiling=wish.ceiling,
        valid_until=wish.valid_until,
        instrument=wish.instrument[:60],
        started_by=consent.user,
        started_at=now,
        consent_text=consent.text,
        consent_address=consent.address or None,
        next_check_at=policy.next_look(now, now),
    )


def check(wish: Wish, today: date) -> None:
    """Raise NotPossible for what no mandate of this method can be."""
    method = METHODS[wish.method]
    if not LEAST <= wish.ceiling <= method.most:
        raise NotPossible(f"Choose an amount from {inr(LEAST)} to {inr(method.most)}.", "ceiling")
    if wish.valid_until <= today + timedelta(days=30):
        raise NotPossible("Choose a date at least a month ahead.", "valid_until")
    if wish.valid_until > last_day(wish.method, today):
        raise NotPossible(f"Choose a date within {method.years} years.", "valid_until")


def last_day(method: str, today: date, *, years: int | None = None) -> date:
    """Return the last date that a mandate may be valid until, or the one so many years ahead."""
    ahead = years or METHODS[method].years
    return date(today.year + ahead, today.month, min(today.day, 28))


def number(now: datetime) -> str:
    """Take the next number of a mandate, e.g. "MND2627-000007"."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('payments_mandate_number')")
        (counter,) = cursor.fetchone()
    return f"MND{take_in.year_code(now)}-{counter:06}"


def price(mandate: Mandate) -> Paise:
    """Return what is charged to approve it, in paise."""
    return METHODS[mandate.method].price


@unit
def pause(account_id: int, mandate_id: int, *, by: User, now: datetime) -> Mandate:
    """Make no debit until the customer resumes. Pausing again does nothing. Raises NotPossible."""
    mandate = _locked(account_id, mandate_id)
    if mandate.state == State.PAUSED:
        return mandate
    if mandate.state != State.ACTIVE:
        raise NotPossible("Only auto-pay that is active can be paused.")
    return _move(mandate, State.PAUSED, PausedBy.CUSTOMER, by, now)


@unit
def resume(account_id: int, mandate_id: int, *, by: User, now: datetime) -> Mandate:
    """Go on debiting after a customer's pause. Resuming again does nothing. Raises NotPossible."""
    mandate = _locked(account_id, mandate_id)
    if mandate.state == State.ACTIVE:
        return mandate
    if mandate.state != State.PAUSED:
        raise NotPossible("Only auto-pay that is paused can be resumed.")
    if mandate.paused_by == PausedBy.BANK:
        raise NotPossible("Your bank or UPI app paused it: please resume it there.")
    return _move(mandate, State.ACTIVE, "", by, now)


@unit
def cancel(account_id: int, mandate_id: int, *, by: User, now: datetime) -> Mandate:
    """End a mandate at the customer's wish, at any time. Cancelling again does nothing."""
    mandate = _locked(account_id, mandate_id)
    if not mandate.is_over:
        before = mandate.state
        end(mandate, State.CANCELLED, "by_customer", now=now)
        _record(mandate, "cancel", before, "Cancelled on the Auto-pay page", by, now)
    return mandate


@unit
def cancel_by_staff(mandate_id: int, *, reason: str, by: User, now: datetime) -> Mandate:
    """End a mandate for the customer, with a reason for the audit chain. Cancelling again does nothing."""
    mandate = _locked(Mandate.objects.values_list("account_id", flat=True).get(pk=mandate_id), mandate_id)
    if not mandate.is_over:
        before = mandate.state
        end(mandate, State.CANCELLED, "by_staff", now=now)
        _record(mandate, "cancel", before, reason, by, now)
    return mandate


def end(mandate: Mandate, state: str, reason: str, *, now: datetime, at_bank: bool = True) -> None:
    """Bring a mandate to its end and owe the message. The caller holds the account's lock.

    `at_bank`: the gateway is told until it confirms; False when the end is its own news.
    """
    was_told = mandate.active_at is not None
    mandate.state, mandate.paused_by, mandate.reason, mandate.ended_at = state, "", reason, now
    known = mandate.gateway_token_id or mandate.gateway_order_id or mandate.order_claimed_at
    if at_bank and known:
        mandate.cancel_asked_at, mandate.next_check_at, mandate.checks = now, now, 0
    else:
        mandate.next_check_at = None
    mandate.save(
        update_fields=[
            "state", "paused_by", "reason", "ended_at", "cancel_asked_at", "next_check_at", "checks",
        ]
    )  # fmt: skip
    _close_debits(mandate, now)
    if was_told and reason != "replaced":
        mandate_messages.ended(mandate, now=now)


def _locked(account_id: int, mandate_id: int) -> Mandate:
    """Lock the account and return its mandate afresh. Raises Mandate.DoesNotExist."""
    account = Account.objects.lock(account_id)
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate_id, account=account)
    mandate.account = account
    return mandate


def _move(mandate: Mandate, state: str, paused_by: str, by: User, now: datetime) -> Mandate:
    before = mandate.state
    mandate.state, mandate.paused_by, mandate.next_check_at = state, paused_by, now
    mandate.save(update_fields=["state", "paused_by", "next_check_at"])
    if state == State.PAUSED:
        _close_debits(mandate, now)
    act = "resume" if state == State.ACTIVE else "pause"
    _record(mandate, act, before, "Chosen on the Auto-pay page", by, now)
    return mandate


def _close_debits(mandate: Mandate, now: datetime) -> None:
    """Have the debits that were planned looked at now: with the mandate not active each is closed."""
    planned = Q(state=Debit.State.SCHEDULED) | Q(state=Debit.State.NOTICED)
    mandate.debits.filter(planned).update(next_step_at=now)


def _record(mandate: Mandate, act: str, before: str, reason: str, by: User, now: datetime) -> None:
    audit.record(
        f"payments.mandate.{act}",
        actor=by,
        account=mandate.account,
        subject=f"mandate:{mandate.number}",
        reason=reason,
        before={"state": str(before)},
        after={"state": str(mandate.state)},
        now=now,
    )
