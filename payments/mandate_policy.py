"""Mandates: what may be asked for, what the gateway's news make of one, when to ask again, reasons in words. Pure.

Sources: gst reference § 13.1, gateway reference §§ 6, 7.2, 7.3, 7.7. Amounts in paise.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from billing_portal.money import Paise, inr
from payments import policy

LEAST, DEFAULT = 500_00, 15_000_00  # paise a debit
YEARS = 10
RUPEE = 100  # paise: what card and UPI charge to approve


@dataclass(frozen=True)
class Method:
    """What one method can carry: paise a debit at most, years at most, paise charged to approve it."""

    most: Paise
    years: int
    price: Paise

    @property
    def range(self) -> str:
        """What a debit may be at most, in words for people."""
        return f"{inr(LEAST)} to {inr(self.most)}"


# fmt: off
METHODS = {
    "upi":      Method(most=99_999_00,    years=30, price=RUPEE),  # the gateway's most; the law's is a lakh
    "card":     Method(most=15_000_00,    years=30, price=RUPEE),
    "emandate": Method(most=10_00_000_00, years=30, price=0),
}
WORDS = (
    ("You did not finish at your bank or in your UPI app.",
     "abandoned payment_cancelled payment_timed_out payment_session_expired payment_collect_request_expired"),
    ("Your bank did not answer in time.",
     "no_answer payment_pending_approval"),
    ("Your bank does not know this account, or it is closed.",
     "bank_account_invalid incorrect_ifsc account_closed invalid_account"),
    ("The name is not the account holder's.",
     "name_mismatch account_holder_name_mismatch"),
    ("Joint accounts cannot be debited.",
     "joint_account_not_allowed"),
    ("Your bank declined it a short while ago. Please wait a day before you try it again.",
     "already_declined"),
    ("Net banking is not switched on for this account.",
     "user_not_registered_for_netbanking"),
    ("This card cannot be used for auto-pay.",
     "card_not_supported card_not_enrolled recurring_payment_not_enabled card_declined"),
    ("You cancelled it.",                                   "by_customer"),
    ("You cancelled it at your bank or in your UPI app.",   "by_bank"),
    ("Our staff cancelled it.",                             "by_staff"),
    ("Another one took its place.",                         "replaced"),
    ("The account was archived.",                           "account_ended"),
    ("It was valid until a date that has passed.",          "expired"),
    ("The card's month has passed.",                        "card_expired"),
)
# fmt: on
_SENTENCE = {code: sentence for sentence, codes in WORDS for code in codes.split()}
DUMMY = "upi_dummy_payment"  # the mandate may hold although this payment failed

PATIENCE = timedelta(days=10)  # that a bank may take to confirm
LOOK_DAILY = timedelta(days=1)
TELL_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 60))
WARN_DAYS = (30, 15, 7)  # before a card's month is over


class Turn(StrEnum):
    """What the gateway's news of a token does to a mandate."""

    NOTHING = "nothing"
    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    FAIL = "fail"
    END = "end"
    TELL = "tell"  # it is over for us and stands at the bank: ask for its end
    DONE = "done"  # it is over for both


# fmt: off
_TURNS = {  # (ours, the token's) → what to do; what is not here does nothing
    ("awaiting", "confirmed"): Turn.ACTIVATE,
    ("awaiting", "paused"):    Turn.PAUSE,
    ("awaiting", "rejected"):  Turn.FAIL,
    ("awaiting", "cancelled"): Turn.END,
    ("active",   "paused"):    Turn.PAUSE,
    ("active",   "rejected"):  Turn.END,
    ("active",   "cancelled"): Turn.END,
    ("paused",   "confirmed"): Turn.RESUME,
    ("paused",   "rejected"):  Turn.END,
    ("paused",   "cancelled"): Turn.END,
    ("failed",   "confirmed"): Turn.ACTIVATE,  # the approval came late
    ("failed",   "initiated"): Turn.NOTHING,
    ("failed",   "rejected"):  Turn.DONE,
    ("failed",   "cancelled"): Turn.DONE,
}
# fmt: on
OVER = ("cancelled", "expired")


def turn(state: str, token: str, *, was_active: bool) -> Turn:
    """Return what a mandate in this state does when its token stands so.

    One that failed after it was active (its debits cannot succeed any more) is over like a cancelled one.
    """
    if state in OVER or (state == "failed" and was_active):
        if token in ("cancelled", "rejected"):
            return Turn.DONE
        return Turn.NOTHING if token == "unknown" else Turn.TELL
    return _TURNS.get((state, token), Turn.NOTHING)


def next_look(state: str, *, since: datetime, has_token: bool, now: datetime) -> datetime | None:
    """Return when to ask about a mandate again; None when there is nothing to wait for.

    One that stands is looked at daily, should the gateway's call have been lost.
    """
    if state in ("active", "paused"):
        return now + LOOK_DAILY
    if state == "awaiting" and has_token:
        return policy.next_look(since, now) or now + LOOK_DAILY
    return policy.next_look(since, now)


def tell_again(times: int, now: datetime) -> datetime:
    """Return when to ask the gateway for the end of a mandate again, after it was asked so many times."""
    return now + TELL_AGAIN[min(max(times - 1, 0), len(TELL_AGAIN) - 1)]


def gives_up(*, since: datetime, has_token: bool, now: datetime) -> str:
    """Return why a mandate that is still awaited has failed by now, or ""."""
    if has_token:
        return "no_answer" if now >= since + PATIENCE else ""
    return "abandoned" if now >= since + policy.GIVE_UP else ""


def is_final(since: datetime, now: datetime) -> bool:
    """Whether a failed attempt counts: until then the customer may be trying again on the same page."""
    return now >= since + policy.FINAL_FAILURE


def ends(valid_until: date, card_until: date | None, today: date) -> str:
    """Return why a mandate is over today, or ""."""
    if card_until and today > card_until:
        return "card_expired"
    return "expired" if today > valid_until else ""


def warning(card_until: date, today: date) -> int | None:
    """Return which warning of a card's end is due: the smallest of WARN_DAYS that is reached, or None."""
    left = (card_until - today).days
    return min((days for days in WARN_DAYS if left <= days), default=None) if left >= 0 else None


def in_plain_words(reason: str) -> str:
    """Return the sentence for why a mandate failed or ended; a bank's own words are kept as they come."""
    if not reason:
        return ""
    if reason in _SENTENCE:
        return _SENTENCE[reason]
    return reason if " " in reason else policy.in_plain_words(reason)
