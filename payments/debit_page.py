"""Auto-pay's debits as their customer reads them: what comes, and what has been. Constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from accounts.models import Account
from billing_portal.money import Paise
from payments import autopay_policy, autopay_words, debit_plan, debits
from payments.autopay_policy import Treatment
from payments.models import Debit, Mandate

State = Debit.State
LATEST = 20
NEXT = "One debit is made at a time: its own is planned when the one before it is over."
# fmt: off
COMING = (State.SCHEDULED, State.NOTICED, State.RAISED)
GIVEN_UP = (State.FAILED, State.OPTED_OUT)
TONES = {
    State.SCHEDULED: "", State.NOTICED: "warn", State.RAISED: "warn", State.CAPTURED: "good", State.FAILED: "bad",
    State.OPTED_OUT: "", State.ASKED: "warn", State.SKIPPED: "",
}
# fmt: on


@dataclass(frozen=True)
class Row:
    """One debit with its words."""

    debit: Debit
    bills: Sequence[str]
    again_on: date | None = None  # of one that failed: when it is tried again

    @property
    def will_take(self) -> Paise:
        """What is taken as things stand: less than was planned where a part was paid since, nothing where all was."""
        if self.debit.state == State.RAISED and self.debit.payment:
            return self.debit.payment.amount
        if self.debit.purpose == self.debit.Purpose.TOP_UP:
            return self.debit.amount  # weighed anew when it is raised, and never more
        return debits.still_open(self.debit, now=self.debit.debit_at)

    @property
    def tone(self) -> str:
        return TONES[State(self.debit.state)]

    @property
    def why(self) -> str:
        return autopay_words.why(self.debit.reason) if self.debit.reason else ""

    @property
    def is_failed(self) -> bool:
        return self.debit.state == State.FAILED

    @property
    def waits_for_bank(self) -> bool:
        """Whether it failed as paused at the bank, and is tried again when that is over."""
        is_pause = self.is_failed and autopay_policy.treatment(self.debit.reason) == Treatment.PAUSE
        return is_pause and self.debit.mandate.state in (Mandate.State.PAUSED, Mandate.State.ACTIVE)

    @property
    def can_stop(self) -> bool:
        """Whether the customer can still stop it here."""
        return self.debit.state in (State.SCHEDULED, State.NOTICED)


@dataclass(frozen=True)
class Unplanned:
    """Bills due soon or past due with no debit on its way, paise; why there is none, "" where one is planned now."""

    amount: Paise
    bills: Sequence[str]
    why: str


@dataclass(frozen=True)
class Debits:
    """What comes first, then what has been, newest first; `left`: of that, bills that no debit is on its way for."""

    coming: Sequence[Row]
    past: Sequence[Row]
    left: Sequence[Row] = ()
    unplanned: Unplanned | None = None

    @property
    def needs_the_customer(self) -> bool:
        """Whether something is to be paid by hand, as things stand."""
        is_stuck = self.unplanned is not None and self.unplanned.why not in ("", NEXT)
        return is_stuck or bool(self.asked or self.left)

    @property
    def asked(self) -> list[Row]:
        """What no debit may take and is still to be paid by hand: of bills; a top-up may wait."""
        return [row for row in self.past if row.debit.state == State.ASKED and row.bills and row.will_take]


def coming(account: Account) -> Row | None:
    """Return the debit that takes something next; None where none does. Three queries at most."""
    rows = Debit.objects.open().filter(account=account).select_related("mandate", "payment")
    for debit in rows.prefetch_related("bills").order_by("debit_at", "pk"):
        row = Row(debit, [bill.number for bill in debit.bills.all()])
        if row.will_take:
            return row
    return None


def of(account: Account, *, now: datetime, mandate: Mandate | None = None) -> Debits:
    """Read the account's debits, and with an active mandate the bills that none is planned for. Constant queries,
    and one more for each debit that failed and left its bills open.
    """
    rows = (
        Debit.objects.filter(account=account)
        .select_related("mandate", "payment")
        .prefetch_related("bills")
        .order_by("-planned_at", "-pk")
    )
    read = [Row(row, [bill.number for bill in row.bills.all()]) for row in rows[:LATEST]]
    coming = [row for row in read if row.debit.state in COMING and row.will_take]
    past = [row for row in read if row.debit.state not in COMING]
    left = _left(read)
    asked = [row for row in past if row.debit.state == State.ASKED]
    return Debits(coming, past, left, _unplanned(account, mandate, coming, [*left, *asked], now))


def _unplanned(
    account: Account, mandate: Mandate | None, coming: Sequence[Row], told: Sequence[Row], now: datetime
) -> Unplanned | None:
    if mandate is None or mandate.state != Mandate.State.ACTIVE:
        return None
    spoken = {number for row in (*coming, *told) for number in row.bills}
    bills = [bill for bill in debit_plan.bills_due(account, now=now) if bill.number not in spoken]
    if not bills:
        return None
    obstacle = debit_plan.obstacle(account, mandate, now=now)
    why = NEXT if coming else autopay_words.why(obstacle) if obstacle else ""
    return Unplanned(sum(bill.open_amount for bill in bills), [bill.number for bill in bills], why)


def _left(read: Sequence[Row]) -> list[Row]:
    """Return what failed, or what the customer stopped, where it was the last try for bills that are still open."""
    latest: dict[str, Row] = {}
    for row in read:
        latest.setdefault(row.debit.cause, row)
    last = [row for row in latest.values() if row.debit.state in GIVEN_UP and row.bills and row.will_take]
    return [replace(row, again_on=_again_on(row.debit)) for row in last]


def _again_on(debit: Debit) -> date | None:
    is_tried = debit.state == State.FAILED and debit.mandate.state == Mandate.State.ACTIVE
    return debits.again_on(debit) if is_tried else None
