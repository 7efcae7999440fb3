"""Auto-pay's debits as their customer reads them: what comes, and what has been. Constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Account
from billing_portal.money import Paise
from payments import autopay_words, debits
from payments.models import Debit

State = Debit.State
LATEST = 20
# fmt: off
COMING = (State.SCHEDULED, State.NOTICED, State.RAISED)
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
    def can_stop(self) -> bool:
        """Whether the customer can still stop it here."""
        return self.debit.state in (State.SCHEDULED, State.NOTICED)


@dataclass(frozen=True)
class Debits:
    """What comes first, then what has been, newest first."""

    coming: Sequence[Row]
    past: Sequence[Row]

    @property
    def asked(self) -> list[Row]:
        """What no debit may take and is still to be paid by hand: of bills; a top-up may wait."""
        return [row for row in self.past if row.debit.state == State.ASKED and row.bills and row.will_take]


def of(account: Account) -> Debits:
    """Read the account's debits; two queries."""
    rows = (
        Debit.objects.filter(account=account)
        .select_related("mandate", "payment")
        .prefetch_related("bills")
        .order_by("-planned_at", "-pk")
    )
    read = [Row(row, [bill.number for bill in row.bills.all()]) for row in rows[:LATEST]]
    coming = [row for row in read if row.debit.state in COMING and row.will_take]
    return Debits(coming, [row for row in read if row.debit.state not in COMING])
