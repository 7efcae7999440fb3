"""Auto-pay: what may be debited, when it is announced and raised, and what a failure leads to. Pure.

Sources: gst reference § 13.1 (RBI e-mandate framework 2026), gateway reference §§ 7.4, 7.5, 7.7, PRODUCT § 8. A debit
is announced at least 24 hours before it is raised at the gateway, so that it can be refused until then; the gateway
then takes hours or days of its own. Amounts in paise, days and hours Indian.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing_portal.money import Paise
from payments import working_days

IST = ZoneInfo("Asia/Kolkata")
CONFIRM_ABOVE = 15_000_00  # paise; above it the customer authenticates each debit, by whatever rail
NOTICE = timedelta(hours=24)
SLACK = timedelta(hours=1)  # for the message to go out
AHEAD = timedelta(hours=46)  # how long before the raising a customer is told, where there is time
RAISE_AT = time(8, 0)  # before the bank's cut-off, and 25 hours before a slot of UPI
CUT_OFF = time(9, 0)
BANK_DAYS, BANK_HOUR = 2, time(18, 0)
RETRY_DAYS = (1, 3, 7)  # after the first failure, soft declines only
BANK_REST = 3  # days between a failure at a bank account and the next attempt
DAY = timedelta(days=1)


class Rail(StrEnum):
    CARD = "card"
    UPI = "upi"
    EMANDATE = "emandate"


class Why(StrEnum):
    """Why there is no debit."""

    NEEDS_CONFIRMATION = "needs_confirmation"
    ABOVE_CEILING = "above_ceiling"
    DAILY_CAP = "daily_cap"
    MONTHLY_CAP = "monthly_cap"
    TOO_LATE = "too_late"
    MANDATE_ENDS = "mandate_ends"
    NO_TRIES_LEFT = "no_tries_left"


class Treatment(StrEnum):
    """What a failed debit leads to."""

    SOFT = "soft"  # tried again on the days of RETRY_DAYS
    PAUSE = "pause"  # the mandate stands still until its bank resumes it
    DEAD = "dead"  # the mandate cannot be used any more
    NEVER = "never"  # our mistake, a limit, or a plain no: not tried again


# fmt: off
AGAIN = (Treatment.SOFT, Treatment.PAUSE)  # tried again: on its day, or when the bank has resumed the mandate
RAILS = {  # from raising to: the debit, the latest result; a bank account counts in working days
    Rail.CARD: (timedelta(hours=36, minutes=5), timedelta(hours=72)),
    Rail.UPI:  (timedelta(hours=25),            timedelta(hours=36)),
}
_TREATMENTS = (
    (Treatment.SOFT,
     "insufficient_funds insufficient_fund transaction_limit_exceeded transaction_daily_limit_exceeded "
     "gateway_technical_error bank_technical_error issuer_technical_error payment_timed_out server_error "
     "request_timed_out bank_not_available pre_debit_notification_failed"),
    (Treatment.PAUSE, "mandate_paused"),
    (Treatment.DEAD,
     "mandate_cancelled mandate_expired mandate_not_active payment_mandate_not_active invalid_token "
     "payer_account_has_changed bank_account_invalid debit_instrument_blocked debit_instrument_inactive card_expired "
     "incorrect_ifsc"),
    (Treatment.NEVER,
     "amount_does_not_match_mandate_amount amount_exceeds_maximum execution_day_rule_mismatch "
     "mandate_current_cycle_allowed_debit_exceeds input_validation_failed invalid_amount "
     "pre_debit_notification_not_sent"),
)
# fmt: on
_TREATMENT = {reason: what for what, reasons in _TREATMENTS for reason in reasons.split()}


@dataclass(frozen=True)
class Plan:
    """When a debit is announced, raised at the gateway, taken, and decided at the latest."""

    notify_at: datetime
    raise_at: datetime
    debit_at: datetime
    result_by: datetime


@dataclass(frozen=True)
class Room:
    """How much a debit may take, paise: the mandate's ceiling, what is left of the customer's caps (None = no cap)."""

    ceiling: Paise
    daily_left: Paise | None = None
    monthly_left: Paise | None = None


def treatment(reason: str) -> Treatment:
    """Return what a failure leads to; a reason we do not know is not tried again."""
    return _TREATMENT.get(reason, Treatment.NEVER)


def needs_authentication(rail: Rail, amount: Paise, *, is_first: bool = False) -> bool:  # noqa: ARG001 - of all
    """Whether the customer has to take part in the debit; the house holds to one limit on every rail."""
    return is_first or amount > CONFIRM_ABOVE


def is_announced(notice_at: datetime, debit_at: datetime) -> bool:
    """Whether the notice came early enough: 24 hours at least."""
    return debit_at - notice_at >= NOTICE


def is_upi_slot(at: time) -> bool:
    """Whether UPI AutoPay executes at this Indian time: before 10:00, 13:00 to 17:00, after 21:30."""
    minute = at.replace(second=0, microsecond=0)
    return minute < time(10) or time(13) <= minute < time(17) or minute > time(21, 30)


def affordable(rail: Rail, opens: Sequence[Paise], room: Room) -> tuple[int, Paise] | Why:
    """Return how many of these bills, oldest first and whole, a debit may pay, and their sum; or why not the first.

    No bill at all affords nothing: (0, 0).
    """
    count, total = 0, 0
    for amount in opens:
        refusal = refused(rail, total + amount, room)
        if refusal and count == 0:
            return refusal
        if refusal:
            break
        count, total = count + 1, total + amount
    return count, total


def refused(rail: Rail, amount: Paise, room: Room) -> Why | None:
    """Return why this amount must not be debited, or None."""
    if needs_authentication(rail, amount):
        return Why.NEEDS_CONFIRMATION
    if amount > room.ceiling:
        return Why.ABOVE_CEILING
    if room.daily_left is not None and amount > room.daily_left:
        return Why.DAILY_CAP
    if room.monthly_left is not None and amount > room.monthly_left:
        return Why.MONTHLY_CAP
    return None


def may_raise(rail: Rail, at: datetime, holidays: Collection[date]) -> bool:
    """Whether a debit may be raised at this moment: before the bank's cut-off, or for a slot of UPI."""
    there = at.astimezone(IST)
    if rail == Rail.EMANDATE:
        return working_days.is_working_day(there.date(), holidays) and there.time() < CUT_OFF
    return rail == Rail.CARD or is_upi_slot(debit_at(rail, at, holidays).astimezone(IST).time())


def debit_at(rail: Rail, raised_at: datetime, holidays: Collection[date]) -> datetime:
    """Return when the money is taken of a debit that is raised at this moment, as far as can be said."""
    if rail in RAILS:
        return raised_at + RAILS[rail][0]
    return _at(working_days.add(raised_at.astimezone(IST).date(), BANK_DAYS, holidays), BANK_HOUR)


def result_by(rail: Rail, raised_at: datetime, holidays: Collection[date]) -> datetime:
    """Return when the result is known at the latest, as far as can be said."""
    if rail in RAILS:
        return raised_at + RAILS[rail][1]
    return _at(debit_at(rail, raised_at, holidays).astimezone(IST).date(), time(23, 59))


def plan(
    rail: Rail,
    *,
    now: datetime,
    on: date,
    holidays: Collection[date],
    not_before: date | None = None,
    harm_on: date | None = None,
    ends_on: date | None = None,
) -> Plan | Why:
    """Plan the debit of what is due `on` a date: decided by the end of it where there is time, else as soon as may be.

    `not_before` is the day of a retry, `harm_on` the next harmful step of the overdue ladder: a result that is not
    known before that is of no use, and the debit waits until the step is over. `ends_on` is the mandate's last day,
    on which nothing is presented.
    """
    day = max((now + NOTICE + SLACK).astimezone(IST).date(), not_before or date.min)
    while _at(day, RAISE_AT) < now + NOTICE + SLACK or not may_raise(rail, _at(day, RAISE_AT), holidays):
        day += DAY
    later = on
    while later > day:
        at = _at(later, RAISE_AT)
        if may_raise(rail, at, holidays) and result_by(rail, at, holidays) <= _at(on, time(23, 59)):
            day = later
            break
        later -= DAY
    made = _planned(rail, _at(day, RAISE_AT), now, holidays)
    if harm_on and made.result_by.astimezone(IST).date() >= harm_on:
        return Why.TOO_LATE
    if ends_on and made.result_by.astimezone(IST).date() >= ends_on:
        return Why.MANDATE_ENDS
    return made


def again(rail: Rail, failed_on: Sequence[date]) -> date | Why:
    """Return the day of the next attempt after these failures (oldest first), or why there is none."""
    if not failed_on or len(failed_on) > len(RETRY_DAYS):
        return Why.NO_TRIES_LEFT
    wanted = failed_on[0] + RETRY_DAYS[len(failed_on) - 1] * DAY
    rest = BANK_REST if rail == Rail.EMANDATE else 1
    return max(wanted, failed_on[-1] + rest * DAY)


def is_running_low(balance: Paise, pace: Paise, *, minimum: Paise, days: int) -> bool:
    """Whether the balance is below its minimum after so many days at this pace (paise a day)."""
    return balance - pace * days < minimum


def next_raise(rail: Rail, now: datetime, holidays: Collection[date]) -> datetime:
    """Return the first moment after now at which a debit that missed its own may be raised."""
    day = now.astimezone(IST).date()
    while _at(day, RAISE_AT) <= now or not may_raise(rail, _at(day, RAISE_AT), holidays):
        day += DAY
    return _at(day, RAISE_AT)


def _planned(rail: Rail, raise_at: datetime, now: datetime, holidays: Collection[date]) -> Plan:
    told_at = max(now, raise_at - AHEAD)
    return Plan(told_at, raise_at, debit_at(rail, raise_at, holidays), result_by(rail, raise_at, holidays))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, IST)
