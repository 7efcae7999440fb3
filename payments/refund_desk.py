"""What a person decides about a refund that waits: try again, pay by bank instead, give up, or note what was seen.

Giving up asks the gateway first: what it has made in spite of an error is never returned to the account as well.
"""

from datetime import datetime

from accounts import audit
from accounts.ledger import Book
from accounts.models import User
from billing_portal.money import inr
from billing_portal.unit import unit
from payments import bank_lines, disputes, parked, refund_outcomes, refund_sending, traces, utr
from payments.gateways.refunds import RefundState, door
from payments.models import BankLine, Refund
from payments.refund_plan import NotPossible

Status, Way = Refund.Status, Refund.Way
DESK = ["status", "way", "next_at", "parked_at", "error", "tries"]


@unit
def decide(refund_id: int, *, agree: bool, reason: str, by: User, now: datetime) -> Refund:
    """Say yes or no to sending money of no account back, as a second person. Raises NotPossible."""
    refund = refund_outcomes.locked(refund_id)
    before = _stand(refund)
    if refund.status != Status.WAITING:
        raise NotPossible("This was decided already.")
    if refund.asked_by_id == by.pk:
        raise NotPossible("Nobody decides what they asked for: a second person has to.")
    refund.approved_by = by
    if agree:
        refund.status, refund.next_at = Status.ASKED, now
        if refund.report_id:
            parked.resolve(
                refund.report_id, actor=by, resolution=f"Sent back as {refund.number}: {reason}", now=now
            )
    else:
        refund.status, refund.failed_at, refund.error = Status.FAILED, now, "Refused by a second person"
    refund.save(update_fields=["status", "next_at", "approved_by", "failed_at", "error"])
    return _record(refund, "agree" if agree else "refuse", before, reason, by, now)


@unit
def again(refund_id: int, *, reason: str, by: User, now: datetime) -> Refund:
    """Send a parked refund again, with its own key. Raises NotPossible."""
    refund = refund_outcomes.locked(refund_id)
    before = _stand(refund)
    if refund.parked_at is None or refund.status != Status.ASKED or refund.way != Way.GATEWAY:
        raise NotPossible("Only a refund that was not sent and waits for a person is sent again.")
    _refuse_taken_back(refund)
    refund.tries, refund.next_at, refund.parked_at, refund.error = 0, now, None, ""
    refund.save(update_fields=DESK)
    return _record(refund, "again", before, reason, by, now)


@unit
def seen(refund_id: int, *, reason: str, by: User, now: datetime) -> Refund:
    """Note that a person has looked at a refund that failed or does not fit. Raises NotPossible."""
    refund = refund_outcomes.locked(refund_id)
    before = _stand(refund)
    if refund.parked_at is None or refund.status not in (Status.FAILED, Status.PROCESSED):
        raise NotPossible("Nothing of it waits for a person, or its money does.")
    refund.parked_at = None
    refund.save(update_fields=["parked_at"])
    return _record(refund, "seen", before, reason, by, now)


def give_up(refund_id: int, *, reason: str, by: User, now: datetime) -> Refund:
    """Return a refund's money to its account, unless the gateway has made it. Raises NotPossible, GatewayError."""
    found = _unsent(refund_id, now)
    if found:
        return found
    return _give_up(refund_id, reason=reason, by=by, now=now)


def to_bank(refund_id: int, *, reason: str, by: User, now: datetime) -> Refund:
    """Pay a parked refund by bank instead, unless the gateway has made it. Raises NotPossible, GatewayError."""
    found = _unsent(refund_id, now)
    if found:
        return found
    return _to_bank(refund_id, reason=reason, by=by, now=now)


@unit
def paid_by_bank(refund_id: int, *, reference: str, reason: str, by: User, now: datetime) -> Refund:
    """Mark a refund as paid with the bank's outgoing line of this UTR: it comes out of suspense there.

    The same line again returns the refund as it is. Raises NotPossible, utr.NotAUtr.
    """
    refund = refund_outcomes.locked(refund_id)
    before = _stand(refund)
    name = utr.normal(reference)
    if refund.status == Status.PROCESSED and refund.reference == name:
        return refund
    if refund.way != Way.BANK or refund.status != Status.ASKED:
        raise NotPossible("This refund is not to be paid by bank, or it was.")
    line = BankLine.objects.filter(utr=name, direction=BankLine.Direction.OUT).order_by("pk").first()
    if line is None:
        raise NotPossible("The bank's statements show no payment with this UTR so far: import them first.")
    line = bank_lines.lock(line.pk)
    if line.amount != refund.amount:
        raise NotPossible("The bank's line is over another amount.")
    bank_lines.take_out(line, line.amount, cause=refund.cause, by=by, now=now)
    refund.reference, refund.line = name, line
    refund_outcomes.processed(refund, now=now, credit=Book.SUSPENSE)
    refund.save(update_fields=refund_outcomes.FIELDS)
    return _record(refund, "paid", before, reason, by, now)


def _unsent(refund_id: int, now: datetime) -> Refund | None:
    """Ask whether the gateway has made this refund after all: then it goes on. Raises NotPossible, GatewayError."""
    refund = Refund.objects.get(pk=refund_id)
    waits = refund.parked_at is not None or refund.way == Way.BANK
    if not refund.is_open or not waits:
        raise NotPossible("This refund does not wait for a person.")
    if refund.way == Way.BANK:
        return None
    if refund.gateway_refund_id:
        there = door().fetch_refund(refund.gateway_refund_id)
        if there.state == RefundState.FAILED:
            return None
        raise NotPossible(f"The gateway has it, {there.state}: wait for its outcome.")
    report = refund_sending.find(refund)
    return refund_outcomes.apply(refund.pk, report, now=now) if report else None


def _refuse_taken_back(refund: Refund) -> None:
    """Raise NotPossible where its payer gets, or may get, the money by another way."""
    payment, account = refund.payment, refund.account
    if payment is None or account is None:
        return
    if disputes.is_open(payment):
        raise NotPossible("Its payer's bank disputes the payment: wait until that is decided.")
    if traces.lost(account, payment):
        raise NotPossible("Its payment was taken back: its payer has the money. Give this refund up.")


@unit
def _give_up(refund_id: int, *, reason: str, by: User, now: datetime) -> Refund:
    refund = refund_outcomes.locked(refund_id)
    before = _stand(refund)
    if not refund.is_open:
        raise NotPossible("It was decided meanwhile.")
    refund_outcomes.failed(refund, f"Given up: {reason}", now=now)
    if refund.status == Status.FAILED:
        refund.parked_at, refund.next_at = None, None
    refund.save(update_fields=refund_outcomes.FIELDS)
    return _record(refund, "give-up", before, reason, by, now)


@unit
def _to_bank(refund_id: int, *, reason: str, by: User, now: datetime) -> Refund:
    refund = refund_outcomes.locked(refund_id)
    before = _stand(refund)
    if not refund.is_open or refund.way == Way.BANK or not refund.is_booked:
        raise NotPossible("It was decided meanwhile, or it is no money of the books.")
    _refuse_taken_back(refund)
    refund.way, refund.status, refund.next_at, refund.parked_at = Way.BANK, Status.ASKED, None, None
    refund.save(update_fields=DESK)
    return _record(refund, "to-bank", before, reason, by, now)


def _stand(refund: Refund) -> dict[str, str]:
    """What of a refund a person decides, in the words of the audit chain."""
    waits = {"waits": "for a person"} if refund.parked_at else {}
    return {"state": str(refund.status), "way": str(refund.way), "amount": inr(refund.amount)} | waits


def _record(refund: Refund, act: str, before: dict[str, str], reason: str, by: User, now: datetime) -> Refund:
    audit.record(
        f"payments.refund.{act}",
        actor=by,
        account=refund.account,
        subject=f"refund:{refund.number}",
        reason=reason,
        before=before,
        after=_stand(refund),
        now=now,
    )
    return refund
