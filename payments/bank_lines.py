"""Lines of the operator's bank account: made once, posted at once (bank against suspense), taken out of suspense later.

Used by everything that brings or settles bank money. The caller has locked what comes before: accounts, then lines.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import house
from accounts.house import Own
from accounts.ledger import Book
from accounts.models import User
from billing_portal import bulk
from billing_portal.money import Paise, inr
from payments.models import BankLine, BankUse, Claim, Payment, Utr

IN, OUT = BankLine.Direction.IN, BankLine.Direction.OUT
State = BankLine.State
ADDING_LOCK = 7_301_003  # advisory lock: one adds lines at a time, so that none is there twice


class NotPossible(ValueError):
    """This cannot be done with bank money; the message says why."""


def banks() -> list[str]:
    """Return the operator's bank accounts, by their numbers."""
    return [settings.SUPPLIER["bank_account"], *settings.MORE_BANK_ACCOUNTS]


def add(lines: Sequence[BankLine], *, now: datetime) -> list[BankLine]:
    """Keep new lines and post each: Dr bank, Cr suspense, the mirror for money out. The caller holds `adding()`.

    A UTR that a virtual account has brought already is not taken again: `holder` says so when the line is settled.
    """
    made = bulk.create(lines, ids=True)
    house.post_many([_own(line) for line in made], now=now)
    named = {line.utr: line for line in made if line.utr and line.direction == IN}
    held = set(Utr.objects.filter(utr__in=bulk.among(named)).values_list("utr", flat=True))
    free = [(utr, line.pk) for utr, line in named.items() if utr not in held]
    bulk.insert(Utr, [{"utr": utr, "line_id": pk, "payment_id": None} for utr, pk in free])
    return made


def adding() -> None:
    """Wait until nobody else adds lines, to the end of the unit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [ADDING_LOCK])


def _own(line: BankLine) -> Own:
    sign = 1 if line.direction == IN else -1
    return Own(
        line.cause,
        {Book.BANK: -sign * line.amount, Book.SUSPENSE: sign * line.amount},
        narrative=f"Bank {line.direction} {line.utr or line.cheque_number or line.narration}"[:200],
        received_at=moment(line.value_on, line.entered_at),
    )


def moment(value_on: date, now: datetime) -> datetime:
    """Return when the money of a value date was there: its noon, never after now."""
    return min(timezone.make_aware(datetime.combine(value_on, time(12))), now)


def lock(line_id: int) -> BankLine:
    """Lock a line and return it afresh. Accounts are locked before it."""
    return BankLine.objects.select_for_update().get(pk=line_id)


def refuse_taking(line: BankLine, amount: Paise) -> None:
    """Raise NotPossible where so much of the line's money cannot leave suspense for somebody."""
    if line.direction != IN:
        raise NotPossible("Money that went out settles nothing.")
    if line.state == State.IGNORED or line.aside_asked_by_id:
        raise NotPossible("This line is put aside, or is about to be.")
    if not 0 < amount <= line.open_amount:
        raise NotPossible(
            f"{inr(line.open_amount)} of this line is open; more than nothing, and at most that."
        )
    if holder := Utr.objects.filter(utr=line.utr, payment__isnull=False).select_related("payment").first():
        assert holder.payment is not None
        raise NotPossible(
            f"UTR {line.utr} came by a virtual account and was credited as {holder.payment.number}."
        )


def take(
    line: BankLine,
    amount: Paise,
    *,
    cause: str,
    now: datetime,
    by: User | None = None,
    payment: Payment | None = None,
) -> BankUse:
    """Take paise of a locked line out of suspense; the ledger entry named by `cause` is the caller's.

    The same cause again returns the same use. Raises NotPossible.
    """
    before = BankUse.objects.filter(cause=cause).first()
    if before:
        return before
    refuse_taking(line, amount)
    _lessen(line, amount)
    return BankUse.objects.create(
        line=line, amount=amount, cause=cause, payment=payment, used_by=by, used_at=now
    )


def take_out(line: BankLine, amount: Paise, *, cause: str, now: datetime, by: User | None = None) -> BankUse:
    """Say what money that went out was for, the mirror of `take`. Raises NotPossible."""
    before = BankUse.objects.filter(cause=cause).first()
    if before:
        return before
    line = lock(line.pk)
    if line.direction != OUT or not 0 < amount <= line.open_amount:
        raise NotPossible(f"{inr(line.open_amount)} of this line is open, and it went {line.direction}.")
    _lessen(line, amount)
    return BankUse.objects.create(line=line, amount=amount, cause=cause, used_by=by, used_at=now)


def _lessen(line: BankLine, amount: Paise) -> None:
    line.open_amount -= amount
    line.state = State.SETTLED if not line.open_amount else State.PART
    line.save(update_fields=["open_amount", "state"])


def match_claims(utrs: Iterable[str]) -> int:
    """Mark declared transfers whose UTR and amount the bank now shows; return how many. Repeating does nothing."""
    with connection.cursor() as cursor:
        cursor.execute(MATCH, {"utrs": list(utrs), "from": Claim.State.DECLARED, "to": Claim.State.MATCHED})
        return cursor.rowcount


# The few claims first, whatever the planner knows of a table that has just been filled.
MATCH = """
    with waiting as materialized (
        select id, utr, amount from payments_claim where state = %(from)s and utr = any(%(utrs)s::varchar[])
    )
    update payments_claim c set state = %(to)s, line_id = l.id
    from waiting w join payments_bankline l on l.utr = w.utr
    where c.id = w.id and c.state = %(from)s and l.direction = 'in' and l.amount = w.amount
        and l.open_amount = l.amount
"""
