"""Causes that a credit limit changes by, made from what happened. Each has a key, so that it is recorded once.

Nothing is written here; `limits.py` records the rows.
"""

from collections.abc import Iterator
from datetime import date, datetime

from credit import policy
from credit.limit_facts import Bill, Payment, State
from credit.limits_rule import Cause, Limit, Sibling
from credit.models import LimitChange
from credit.policy import Kind
from invoices import cycle


def of_bill(state: State, bill: Bill, *, now: datetime) -> LimitChange:
    """Return the one cause of a covered bill: renewal or payment, timely up to the end of its due date."""
    timely = bill.covered_on <= bill.due_on
    if bill.is_renewal:
        kind = Kind.TIMELY_RENEWAL if timely else Kind.LATE_RENEWAL
    else:
        kind = Kind.TIMELY_PAYMENT if timely else Kind.LATE_PAYMENT
    row = _made(state, kind, bill.covered_on, f"bill:{bill.number}", bill.number, now)
    row.document_id = bill.document
    row.details["due_on"] = bill.due_on.isoformat()
    return row


def of_payment(state: State, payment: Payment, *, now: datetime) -> Iterator[LimitChange]:
    """Yield what money itself causes: an advance deposit, a payment after the limit was crossed."""
    about = payment.key.partition(":")[2]
    if payment.crossed:
        key = f"crossed:{payment.key}"
        yield _made(state, Kind.LIMIT_CROSSED, payment.received_on, key, about, now)
    if payment.rental and not payment.settles and payment.advance >= payment.rental:
        key = f"advance:{payment.key}"
        yield _made(state, Kind.ADVANCE_DEPOSIT, payment.received_on, key, about, now)


def of_sibling(
    state: State, before: LimitChange | None, turns: int, *, today: date, now: datetime
) -> Iterator[LimitChange]:
    """Yield the turns of the sibling rule: lifted for the one that has paid, on for the one that owes.

    `before` is the last of the `turns` that are recorded.
    """
    was = before if before and before.kind == Kind.SIBLING else None
    owing = state.sibling
    if was and (not owing or owing.account_id != was.sibling_id):
        turns += 1
        lifted = _made(state, Kind.SIBLING_LIFTED, today, f"sibling:{turns}", was.details["about"], now)
        lifted.sibling_id = was.sibling_id
        yield lifted
    if owing and (not was or was.sibling_id != owing.account_id):
        yield _owes(state, owing, turns + 1, today, now)


def of_base(state: State, limit: Limit, *, today: date, now: datetime) -> Iterator[LimitChange]:
    """Yield the move of the base, if it moved: its key is the ledger's head and the day, which together decide it."""
    if limit.base != state.stored.base:
        row = _made(state, Kind.BASE, today, f"base:{state.entries}:{today}", "", now)
        row.details = {"received": limit.received, "before": state.stored.base, "after": limit.base}
        yield row


def recorded(row: LimitChange) -> Cause:
    """Return a recorded cause as the rule takes it."""
    return Cause(Kind(row.kind), row.on, row.key, row.points, row.cycle_on, row.details.get("about", ""))


def _owes(state: State, owing: Sibling, turn: int, today: date, now: datetime) -> LimitChange:
    row = _made(state, Kind.SIBLING, today, f"sibling:{turn}", owing.ban, now)
    row.sibling_id = owing.account_id
    row.details["document"] = owing.document
    return row


def _made(state: State, kind: Kind, on: date, key: str, about: str, now: datetime) -> LimitChange:
    return LimitChange(
        account_id=state.account,
        kind=kind,
        on=on,
        key=key,
        points=policy.POINTS[kind],
        cycle_on=cycle.containing(on, state.anchor_day).starts_on,
        details={"about": about} if about else {},
        recorded_at=now,
    )
