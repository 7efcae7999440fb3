"""A second person's yes: what one asks for, another decides, and a yes carries it out in the same unit (I39)."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from accounts import audit
from accounts.models import Account, Approval, User
from billing_portal.unit import unit

State = Approval.State
T = TypeVar("T")


class NotAllowed(Exception):
    """The decision is not this person's to take, or was taken; the message says which."""


@unit
def ask(
    action: str,
    account: Account,
    *,
    token: uuid.UUID,
    payload: Mapping[str, Any],
    summary: str,
    reason: str,
    by: User,
    now: datetime,
) -> Approval:
    """Ask for something. The same token again returns the same request; nothing is done yet."""
    row, is_new = Approval.objects.get_or_create(
        token=token,
        defaults={
            "action": action,
            "account": account,
            "payload": dict(payload),
            "summary": summary[:300],
            "reason": reason,
            "requested_by": by,
            "requested_at": now,
        },
    )
    if is_new:
        _record(row, "ask", by, reason, now)
    return row


@unit
def approve(
    approval_id: int, *, actor: User, note: str, now: datetime, carry_out: Callable[[Approval], str]
) -> Approval:
    """Say yes, and do it in the same unit: `carry_out` returns what it made. If it fails, nothing is decided.

    `carry_out` gets the request with who approves it and when, not stored yet.

    Raises NotAllowed.
    """
    row = _open(approval_id, actor)
    row.decided_by, row.decided_at = actor, now
    row.outcome = carry_out(row)[:80]
    return _decide(row, State.APPROVED, actor, note, now)


@unit
def reject(approval_id: int, *, actor: User, note: str, now: datetime) -> Approval:
    """Say no. Nothing is done. Raises NotAllowed."""
    return _decide(_open(approval_id, actor), State.REJECTED, actor, note, now)


def try_out(
    approval_id: int,
    *,
    actor: User,
    now: datetime,
    carry_out: Callable[[Approval], str],
    read: Callable[[Account], T],
) -> tuple[T, T]:
    """Return what `read` tells of the account as it is, and as a yes would leave it.

    The yes is carried out just as it would be, in a unit that is taken back whole: nothing is changed, sent or
    decided. Raises NotAllowed, and what `carry_out` raises.
    """

    @unit
    def tried() -> tuple[T, T]:
        with transaction.atomic():
            row = _open(approval_id, actor)
            before = read(row.account)
            row.decided_by, row.decided_at = actor, now
            carry_out(row)
            row.account.refresh_from_db()
            after = read(row.account)
            transaction.set_rollback(True)
        return before, after

    return tried()


def withdraw(account: Account, action: str, *, note: str, now: datetime, **payload: Any) -> int:
    """Take back what waits for a second person with this payload: what it was asked for is gone. Return how many.

    Nobody decides it; the note says why. The caller holds the account's lock. Repeating does nothing.
    """
    rows = Approval.objects.select_for_update().select_related("account")
    waiting = list(
        rows.filter(account=account, action=action, state=State.WAITING, payload__contains=payload)
    )
    for row in waiting:
        _decide(row, State.WITHDRAWN, None, note, now)
    return len(waiting)


def _open(approval_id: int, actor: User) -> Approval:
    """Lock the account, then the request; refuse who asked for it. Raises NotAllowed."""
    Account.objects.lock(Approval.objects.values_list("account_id", flat=True).get(pk=approval_id))
    row = Approval.objects.select_for_update().select_related("account").get(pk=approval_id)
    if row.state != State.WAITING:
        raise NotAllowed(f"This was decided already: {row.get_state_display().lower()}.")
    if row.requested_by_id == actor.pk:
        raise NotAllowed("Nobody approves what they asked for: a second person has to.")
    return row


def _decide(row: Approval, state: str, actor: User | None, note: str, now: datetime) -> Approval:
    row.state, row.decided_by, row.decided_at, row.note = state, actor, now, note
    row.save(update_fields=["state", "decided_by", "decided_at", "note", "outcome"])
    _record(row, str(state), actor, note, now)
    return row


def _record(row: Approval, act: str, actor: User | None, reason: str, now: datetime) -> None:
    audit.record(
        f"accounts.approval.{act}",
        actor=actor,
        account=row.account,
        subject=f"approval:{row.pk}",
        reason=reason,
        before={} if row.state == State.WAITING else {"state": str(State.WAITING)},
        after={
            "state": str(row.state),
            "action": row.action,
            "summary": row.summary,
            "outcome": row.outcome,
        },
        now=now,
    )
