"""Auto-pay's debits as their customer reads them: what comes, what is left to pay, and what has been."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from billing_portal import text
from billing_portal.money import Paise
from payments import autopay_policy, autopay_words, debit_plan, debits
from payments.autopay_policy import Treatment
from payments.models import Debit, Mandate

State = Debit.State
LATEST = 20
# fmt: off
COMING = (State.SCHEDULED, State.NOTICED, State.RAISED)
TONES = {
    State.SCHEDULED: "", State.NOTICED: "warn", State.RAISED: "warn", State.CAPTURED: "good", State.FAILED: "bad",
    State.OPTED_OUT: "", State.ASKED: "warn", State.SKIPPED: "",
}
YOURS, AGAIN, PLANNED = "Yours to pay", "To be tried again", "To be planned"
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
class ToPay:
    """Bills that no debit is on its way for, paise: what becomes of them, in words; by hand where nothing else does."""

    amount: Paise
    bills: Sequence[str]
    tag: str
    said: str
    number: str = ""  # of the debit that did not take it

    @property
    def is_yours(self) -> bool:
        return self.tag == YOURS


@dataclass(frozen=True)
class Debits:
    """What comes first, what is left to pay, then what has been, newest first."""

    coming: Sequence[Row]
    to_pay: Sequence[ToPay]
    past: Sequence[Row]

    @property
    def needs_the_customer(self) -> bool:
        """Whether something is to be paid by hand, as things stand."""
        return any(one.is_yours for one in self.to_pay)


def coming(account: Account) -> Row | None:
    """Return the debit that takes something next; None where none does. Two queries at most for each on its way."""
    rows = Debit.objects.open().filter(account=account).select_related("mandate", "payment")
    found = (_row(debit) for debit in rows.prefetch_related("bills").order_by("debit_at", "pk"))
    return next((row for row in found if row.will_take), None)


def of(account: Account, *, now: datetime, mandate: Mandate | None = None) -> Debits:
    """Read the account's debits, and with an active mandate the bills that none is planned for.

    Constant queries, and one more for each debit that failed and left its bills open.
    """
    rows = (
        Debit.objects.filter(account=account)
        .select_related("mandate", "payment")
        .prefetch_related("bills")
        .order_by("-planned_at", "-pk")
    )
    read = [_row(debit) for debit in rows[:LATEST]]
    coming = [row for row in read if row.debit.state in COMING and row.will_take]
    to_pay = list(_left(read))
    if mandate and mandate.state == Mandate.State.ACTIVE:
        told = [*(row.bills for row in coming), *(one.bills for one in to_pay)]
        spoken = {number for bills in told for number in bills}
        to_pay += _unplanned(account, mandate, spoken, now, is_next=bool(coming))
    return Debits(coming, to_pay, [row for row in read if row.debit.state not in COMING])


def _row(debit: Debit) -> Row:
    return Row(debit, [bill.number for bill in debit.bills.all()])


def _left(read: Sequence[Row]) -> Iterator[ToPay]:
    """Yield what the newest debit of a cause did not take, and is still open: of bills; a top-up may wait."""
    seen: set[str] = set()
    for row in read:
        if row.debit.cause not in seen and row.bills and row.debit.state in WHY and row.will_take:
            tag, said = WHY[State(row.debit.state)](row)
            yield ToPay(row.will_take, row.bills, tag, said, row.debit.number)
        seen.add(row.debit.cause)


def _asked(row: Row) -> tuple[str, str]:
    return YOURS, f"{row.why} No debit is made for it: please pay it yourself."


def _stopped(_row: Row) -> tuple[str, str]:
    return (
        YOURS,
        "You stopped its debit: please pay it yourself. Unpaid, it is part of the debit of the next bill.",
    )


def _failed(row: Row) -> tuple[str, str]:
    mandate = row.debit.mandate
    is_paused = autopay_policy.treatment(row.debit.reason) == Treatment.PAUSE
    is_over = mandate.state not in (Mandate.State.ACTIVE, Mandate.State.PAUSED)
    again_on = None if is_over else debits.again_on(row.debit)
    if again_on is None:
        return YOURS, f"{row.why} It is not tried again: please pay it yourself."
    if mandate.state == Mandate.State.PAUSED:
        where = "there" if is_paused else "auto-pay"
        return AGAIN, f"{row.why} It is tried again once you resume {where}; you can also pay now."
    since = f"from {text.day(again_on)} on, with a notice before"
    return AGAIN, f"{row.why} It is tried again {since}; you can also pay now."


WHY = {State.ASKED: _asked, State.OPTED_OUT: _stopped, State.FAILED: _failed}


def _unplanned(
    account: Account, mandate: Mandate, spoken: set[str], now: datetime, *, is_next: bool
) -> Iterator[ToPay]:
    """Yield the bills due soon or past due that nothing was said of: planned in a moment, or why not."""
    bills = [bill for bill in debit_plan.bills_due(account, now=now) if bill.number not in spoken]
    if not bills or bills[0].due_on is None:
        return
    tag, said = PLANNED, "Its debit is being planned, and stands here within ten minutes."
    if is_next:
        said = "One debit is made at a time: its own is planned when the one before it is over."
    elif why := debit_plan.obstacle(account, mandate, bills[0].due_on, now=now):
        tag, said = YOURS, autopay_words.why(why)
    yield ToPay(sum(bill.open_amount for bill in bills), [bill.number for bill in bills], tag, said)
