"""Answering a dispute: evidence kept as a draft at the gateway, submitted, or the money given up.

Who and why is committed first, then the gateway is called, then its word is taken in (`disputes.take`). After a
time-out nothing is known: the next look tells, and repeating is safe.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from accounts import audit
from accounts.models import Account, User
from billing_portal.unit import unit
from payments import disputes
from payments.gateways import GatewayError, Refused
from payments.gateways.disputes import GatewayDispute, desk
from payments.models import Dispute

T = TypeVar("T")
LARGEST = 2 * 1024 * 1024  # bytes of one document
# fmt: off
KINDS = (  # the gateway's kinds of proof that fit what we sell
    ("billing_proof",                "Invoice or receipt"),
    ("proof_of_service",             "Proof that the service was supplied (call records)"),
    ("customer_communication",       "Letters and mails with the customer"),
    ("explanation_letter",           "Our letter of explanation"),
    ("term_and_conditions",          "Terms that the customer agreed to"),
    ("refund_cancellation_policy",   "Rules for refunds and cancelling"),
    ("refund_confirmation",          "Proof that it was refunded already"),
    ("cancellation_proof",           "Proof of the cancellation"),
    ("access_activity_log",          "Log of the customer's activity"),
)
# fmt: on
TYPES = {b"%PDF-": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class NotPossible(Exception):
    """The dispute cannot be answered so; the message says why, and that nothing was sent where nothing was."""


@dataclass(frozen=True)
class Proof:
    """A document for the bank."""

    kind: str  # of KINDS
    content: bytes

    @property
    def mime_type(self) -> str:
        """What it is by its first bytes; empty where the bank does not read it."""
        return next((mime for head, mime in TYPES.items() if self.content.startswith(head)), "")


def check(proof: Proof) -> None:
    """Raise NotPossible for a document that the gateway would refuse."""
    if not proof.mime_type:
        raise NotPossible("Document: only a PDF, JPEG or PNG file can be sent.")
    if len(proof.content) > LARGEST:
        raise NotPossible("Document: at most 2 MB can be sent.")


def keep_evidence(
    pk: int, *, note: str, proof: Proof | None, reason: str, by: User, now: datetime
) -> Dispute:
    """Keep our evidence as a draft: here, and at the gateway. A document is added to those before it.

    Raises NotPossible.
    """
    if proof:
        check(proof)
    row = _note(pk, note, reason=reason, by=by, now=now)
    if proof:
        made = proof
        doc_id = _call(lambda: desk().upload_proof(f"{made.kind}-{row.pk}", made.content, made.mime_type))
        row = _add(pk, doc_id, made.kind)
    _answer(row, lambda: _contest(row, submit=False), now)
    return _fresh(pk)


def submit(pk: int, *, reason: str, by: User, now: datetime) -> Dispute:
    """Send what was kept to the payer's bank: the dispute is under review then. Raises NotPossible."""
    row = _fresh(pk)
    if not row.note or not row.proofs:
        raise NotPossible("The bank wants a summary and at least one document: keep evidence first.")
    row = _decide(pk, "submit", reason=reason, by=by, now=now)
    _answer(row, lambda: _contest(row, submit=True), now)
    return _fresh(pk)


def accept(pk: int, *, reason: str, by: User, now: datetime) -> Dispute:
    """Give the money up: the dispute is lost and debited at once. Raises NotPossible."""
    row = _decide(pk, "accept", reason=reason, by=by, now=now)
    _answer(row, lambda: desk().accept_dispute(row.gateway_dispute_id), now)
    return _fresh(pk)


def look(pk: int, *, reason: str, by: User, now: datetime) -> Dispute:
    """Ask the gateway how a dispute stands and act on it. Raises NotPossible."""
    row = _fresh(pk)
    _asked(row, reason, by, now)
    return _look(row, now)


def _look(row: Dispute, now: datetime) -> Dispute:
    report = _call(lambda: desk().dispute(row.gateway_dispute_id))
    return disputes.apply(row.payment_id, report, now=now)


def _contest(row: Dispute, *, submit: bool) -> GatewayDispute:
    proofs: dict[str, list[str]] = {}
    for one in row.proofs:
        proofs.setdefault(one["kind"], []).append(one["id"])
    return desk().contest_dispute(row.gateway_dispute_id, summary=row.note, proofs=proofs, submit=submit)


def _answer(row: Dispute, call: Callable[[], GatewayDispute], now: datetime) -> None:
    """Make the call and take its answer in; refused, take in how it stands and say why. Raises NotPossible."""
    try:
        report = call()
    except Refused as error:
        _look(row, now)
        Dispute.objects.filter(pk=row.pk, decided_at=None).update(accepted_by=None, accepted_at=None)
        raise NotPossible(f"The gateway refused it: {error}") from error
    except GatewayError as error:
        raise NotPossible(
            f"The gateway did not answer ({error}). What became of it is not known yet: ask the gateway in a minute."
        ) from error
    disputes.apply(row.payment_id, report, now=now)


def _call(question: Callable[[], T]) -> T:
    try:
        return question()
    except GatewayError as error:
        raise NotPossible(f"The gateway did not do it: {error}") from error


@unit
def _asked(row: Dispute, reason: str, by: User, now: datetime) -> None:
    _record(row, "look", reason, by, now)


@unit
def _note(pk: int, note: str, *, reason: str, by: User, now: datetime) -> Dispute:
    row = _waiting(pk)
    _record(row, "evidence", reason, by, now, after={"documents": len(row.proofs)})
    row.note = note
    row.save(update_fields=["note"])
    return row


@unit
def _add(pk: int, doc_id: str, kind: str) -> Dispute:
    row = _locked(pk)
    row.proofs = [*row.proofs, {"id": doc_id, "kind": kind}]
    row.save(update_fields=["proofs"])
    return row


@unit
def _decide(pk: int, act: str, *, reason: str, by: User, now: datetime) -> Dispute:
    """Write down who answers, before it is sent."""
    row = _waiting(pk)
    if act == "accept":
        row.accepted_by, row.accepted_at = by, now
    else:
        row.submitted_by = by
    row.save(update_fields=["accepted_by", "accepted_at", "submitted_by"])
    _record(row, act, reason, by, now, after={"amount": row.amount, "documents": len(row.proofs)})
    return row


def _waiting(pk: int) -> Dispute:
    row = _locked(pk)
    if not row.is_unanswered:
        raise NotPossible(f"It is {row.get_state_display().lower()}: nothing can be sent now.")
    return row


def _locked(pk: int) -> Dispute:
    Account.objects.lock(_fresh(pk).account_id)
    return _fresh(pk)


def _fresh(pk: int) -> Dispute:
    return Dispute.objects.select_related("account", "payment").get(pk=pk)


def _record(row: Dispute, act: str, reason: str, by: User, now: datetime, **values: dict) -> None:
    audit.record(
        f"payments.dispute.{act}",
        actor=by,
        account=row.account,
        subject=f"dispute:{row.gateway_dispute_id}",
        reason=reason,
        now=now,
        **values,
    )
