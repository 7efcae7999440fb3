"""Auto-pay's debits as their customer reads them: what comes, and what has been. Constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from accounts.models import Account
from billing_portal.money import Paise
from payments import autopay_policy, autopay_words, debits
from payments.autopay_policy import Treatment
from payments.models import Debit, Mandate

State = Debit.State
LATEST = 20
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
class Debits:
    """What comes first, then what has been, newest first; `left`: of that, bills that no debit is on its way for."""

    coming: Sequence[Row]
    past: Sequence[Row]
    left: Sequence[Row] = ()

    @property
    def asked(self) -> list[Row]:
        """What no debit may take and is still to be paid by hand: of bills; a top-up may wait."""
        return [row for row in self.past if row.debit.state == State.ASKED and row.bills and row.will_take]


def of(account: Account) -> Debits:
    """Read the account's debits; two queries, and one more for each that failed and left its bills open."""
    rows = (
        Debit.objects.filter(account=account)
        .select_related("mandate", "payment")
        .prefetch_related("bills")
        .order_by("-planned_at", "-pk")
    )
    read = [Row(row, [bill.number for bill in row.bills.all()]) for row in rows[:LATEST]]
    coming = [row for row in read if row.debit.state in COMING and row.will_take]
    past = [row for row in read if row.debit.state not in COMING]
    return Debits(coming, past, _left(read))


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
