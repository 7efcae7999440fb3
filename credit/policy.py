"""The tables of credit: what a limit is made of, and the overdue ladder. Pure; `checks.py` asks whether they are sane.

Sources: PRODUCT §§ 5, 6. Points are percentage points of the factor: the limit is base × factor / 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing_portal.money import Paise
from credit import ladder, ladder_checks
from credit.ladder import EMAIL, EMAIL_SMS, Action

BASE_PERCENT = 10  # of the money received, refunds taken off,
BASE_MONTHS = 12  # in so many months up to today
FLOOR: Paise = 10_000  # of the base; the limit of an account that nothing is known of
WHOLE: Paise = 100  # limits are whole rupees
START, LOWEST, HIGHEST = 100, 50, 300  # points of the factor
SIBLING_DAYS = 60  # a sibling's bill unpaid for so long after its due date lowers the factor


@dataclass(frozen=True)
class Shuts:
    """What is refused while a limit is exceeded; outgoing calls and messages always go together."""

    outgoing: bool
    messages: bool
    incoming: bool


ABOVE_LIMIT = Shuts(outgoing=True, messages=True, incoming=True)


class Kind(StrEnum):
    TIMELY_PAYMENT = "timely_payment"
    TIMELY_RENEWAL = "timely_renewal"
    ADVANCE_DEPOSIT = "advance_deposit"
    LATE_PAYMENT = "late_payment"
    LATE_RENEWAL = "late_renewal"
    LIMIT_CROSSED = "limit_crossed"
    SIBLING = "sibling"
    SIBLING_LIFTED = "sibling_lifted"
    BASE = "base"


@dataclass(frozen=True)
class WayToPay:
    """How many whole days money takes until it is booked, at the latest."""

    name: str
    days: int


@dataclass(frozen=True)
class Step:
    """What one cause does to the factor. A step up counts once a cycle and cause, a step down each time."""

    kind: Kind
    points: int
    text: str


# fmt: off
STEPS = (
    Step(Kind.TIMELY_PAYMENT,  +5,  "Invoice paid on time"),
    Step(Kind.TIMELY_RENEWAL,  +5,  "Renewal paid on time"),
    Step(Kind.ADVANCE_DEPOSIT, +5,  "A month's rental or more paid in advance, with nothing due"),
    Step(Kind.LATE_PAYMENT,    -10, "Invoice paid late"),
    Step(Kind.LATE_RENEWAL,    -10, "Renewal paid late"),
    Step(Kind.LIMIT_CROSSED,   -15, "Paid after the credit limit was crossed"),
)
STATES = (  # on or off, after all steps
    Step(Kind.SIBLING,         -20, "Another account of the same customer has not paid for 60 days"),
    Step(Kind.SIBLING_LIFTED,  0,   "The other account has paid"),
)
MOVES = (
    Step(Kind.BASE,            0,   "Money received in the last 12 months has changed"),
)

OVERDUE_STEPS = (  # the policy's first version; later ones are rows of the same shape (overdue_policies.py)
    ladder.Step(day=0,  action=Action.REMIND,         notice="overdue",          channels=EMAIL),
    ladder.Step(day=7,  action=Action.REMIND,         notice="overdue-reminder", channels=EMAIL_SMS),
    ladder.Step(day=15, action=Action.BLOCK_OUTBOUND, notice="outbound-blocked", channels=EMAIL_SMS),
    ladder.Step(day=30, action=Action.SUSPEND,        notice="suspended",        channels=EMAIL_SMS),
    ladder.Step(day=60, action=Action.ARCHIVE,        notice="archived",         channels=EMAIL_SMS),
    ladder.Step(day=83, action=Action.REMIND,         notice="last-notice",      channels=EMAIL_SMS),
    ladder.Step(day=90, action=Action.DELETE,         notice="deleted",          channels=EMAIL),
)
WAYS_TO_PAY = (  # whole days of the calendar, between working days; a weekend or bank holiday comes on top
    WayToPay("Card, UPI or wallet",         days=0),
    WayToPay("Net banking, IMPS or RTGS",   days=1),
    WayToPay("NEFT",                        days=2),
    WayToPay("Cheque",                      days=5),
)
# fmt: on
RECOVERY_FEE: Paise = 100_000  # before GST; invoiced when an archived account comes back
POINTS = {step.kind: step.points for step in (*STEPS, *STATES, *MOVES)}
TEXTS = {step.kind: step.text for step in (*STEPS, *STATES, *MOVES)}


def problems(steps: Sequence[Step] = STEPS, states: Sequence[Step] = STATES) -> list[str]:
    """Return a sentence for each thing that is not sane about the tables; empty when all is well."""
    found = []
    kinds = [step.kind for step in (*steps, *states, *MOVES)]
    if sorted(kinds) != sorted(Kind):
        found.append("Each kind of cause has one row.")
    if not 0 < LOWEST <= START <= HIGHEST:
        found.append("The factor starts between its bounds, and they are above zero.")
    if any(not step.points for step in steps):
        found.append("A step of zero points does nothing.")
    if any(step.points > 0 for step in states):
        found.append("A sibling's debt never raises a limit.")
    if any(abs(step.points) >= HIGHEST - LOWEST for step in (*steps, *states)):
        found.append("One step may not go from bound to bound.")
    if not (ABOVE_LIMIT.outgoing and ABOVE_LIMIT.messages):
        found.append("Above its limit an account makes no outgoing call and sends no message.")
    if FLOOR <= 0 or FLOOR % WHOLE or not 0 < BASE_PERCENT <= 100 or BASE_MONTHS < 1 or SIBLING_DAYS < 1:
        found.append("The base is a part of the money of some months, with a floor in whole rupees.")
    return found + ladder_checks.problems(OVERDUE_STEPS)


EXTENSION_DAYS = {
    "support": 7,
    "finance": 15,
    "manager": 30,
}  # that a group may grant alone; beyond, a second person
EXTENSION_MOST_DAYS = 90
PROMISES_A_CASE = 3
