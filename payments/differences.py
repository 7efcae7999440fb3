"""Differences between gateway, bank and books as rows: found, owned, explained, resolved, and gone by themselves.

What is found again is the same row. A resolved one stays resolved while it is as it was when a person resolved it; with
other amounts, or after it was gone, it opens again.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q

from accounts import audit
from accounts.models import User
from billing_portal.money import inr
from billing_portal.unit import unit
from payments.findings import Finding
from payments.models import Difference, DifferenceEvent

State = Difference.State
RIGHT = "settle_difference"
FOUND = [
    "day",
    "ours",
    "theirs",
    "detail",
    "state",
    "owner",
    "gone_at",
    "closed_at",
    "closed_by",
]


class NotPossible(ValueError):
    """The difference is not in such a state; the message says which."""


@unit
def keep(findings: Iterable[Finding], *, now: datetime) -> dict[str, int]:
    """Write down everything that differs now, and that what does not differ any more is gone.

    Return how many are new, back and gone. The same findings again change nothing but `last_seen_at`.
    """
    found = {(one.kind, one.subject): one for one in findings}
    known = {
        (row.kind, row.subject): row
        for row in Difference.objects.filter(subject__in={subject for _kind, subject in found})
    }
    fresh = [one for key, one in found.items() if key not in known]
    seen = [row for key, row in known.items() if key in found]
    owner = next_owner() if fresh or seen else None
    made = _open(fresh, owner, now)
    changed = {
        row
        for row in seen
        if _says(row) != _says(found[row.kind, row.subject]) or (owner and row.owner_id is None)
    }
    back = [row for row in seen if _see_again(row, found[row.kind, row.subject], owner)]
    Difference.objects.bulk_update(changed.union(back), FOUND, batch_size=500)
    Difference.objects.filter(pk__in=[row.pk for row in seen]).update(last_seen_at=now)
    gone = _close_gone(
        [row for row in Difference.objects.standing() if (row.kind, row.subject) not in found], now
    )
    events = [
        *(_event(row, now, f"Found. {row.detail}") for row in made),
        *(_event(row, now, f"Found again. {row.detail}") for row in back),
        *(_event(row, now, "Gone: the sides agree now.") for row in gone),
    ]
    DifferenceEvent.objects.bulk_create(events, batch_size=1000)
    return {"new": len(made), "back": len(back), "gone": len(gone)}


def _says(one: Finding | Difference) -> tuple[object, ...]:
    return one.day, one.ours, one.theirs, one.detail


def _open(findings: list[Finding], owner: User | None, now: datetime) -> list[Difference]:
    rows = [
        Difference(
            kind=one.kind,
            subject=one.subject,
            day=one.day,
            ours=one.ours,
            theirs=one.theirs,
            detail=one.detail,
            owner=owner,
            first_seen_at=now,
            last_seen_at=now,
        )
        for one in findings
    ]
    return Difference.objects.bulk_create(rows, batch_size=1000)


def _see_again(row: Difference, one: Finding, owner: User | None) -> bool:
    """Bring a row to what is found now; return whether it opens again."""
    is_back = row.gone_at is not None or (
        row.state == State.RESOLVED and (row.ours, row.theirs) != (one.ours, one.theirs)
    )
    row.day, row.ours, row.theirs, row.detail = one.day, one.ours, one.theirs, one.detail
    if is_back:
        row.state, row.gone_at, row.closed_at, row.closed_by = State.OPEN, None, None, None
    if row.owner_id is None:
        row.owner = owner
    return is_back


def _close_gone(rows: list[Difference], now: datetime) -> list[Difference]:
    """Resolve what is not so any more; one that a person resolved before keeps who and when."""
    gone = Difference.objects.filter(pk__in=[row.pk for row in rows])
    gone.waiting().update(gone_at=now, state=State.RESOLVED, closed_at=now)
    gone.update(gone_at=now)
    return rows


def next_owner() -> User | None:
    """Return who gets what is new: of those who may settle differences, the one with the fewest open."""
    may = Q(groups__permissions__codename=RIGHT) | Q(user_permissions__codename=RIGHT)
    people = User.objects.filter(may, is_staff=True, is_active=True)
    waiting = Count("differences", filter=~Q(differences__state=State.RESOLVED), distinct=True)
    return people.annotate(waiting=waiting).order_by("waiting", "pk").first()


@unit
def give(difference_id: int, *, owner: User, by: User, reason: str, now: datetime) -> Difference:
    """Make somebody the owner. The same owner again changes nothing. Raises NotPossible."""
    row = _locked(difference_id)
    if row.owner_id != owner.pk:
        before, row.owner = str(row.owner or ""), owner
        row.save(update_fields=["owner"])
        _say(row, "give", f"Given to {owner}: {reason}", by, reason, now, before={"owner": before})
    return row


@unit
def explain(difference_id: int, *, by: User, reason: str, now: datetime) -> Difference:
    """Say what it is, while it stands. Raises NotPossible."""
    row = _locked(difference_id)
    before, row.state, row.note = row.state, State.EXPLAINED, reason
    row.owner = row.owner or by
    row.save(update_fields=["state", "note", "owner"])
    _say(row, "explain", f"Explained: {reason}", by, reason, now, before={"state": before})
    return row


@unit
def resolve(difference_id: int, *, by: User, reason: str, now: datetime) -> Difference:
    """Say that nothing more is to be done. Raises NotPossible where that was said already."""
    row = _locked(difference_id)
    before, row.state, row.note = row.state, State.RESOLVED, reason
    row.owner = row.owner or by
    row.closed_at, row.closed_by = now, by
    row.save(update_fields=["state", "note", "owner", "closed_at", "closed_by"])
    _say(row, "resolve", f"Resolved: {reason}", by, reason, now, before={"state": before})
    return row


def _locked(difference_id: int) -> Difference:
    row = Difference.objects.select_for_update(of=("self",)).select_related("owner").get(pk=difference_id)
    if row.state == State.RESOLVED:
        raise NotPossible("This difference is resolved already.")
    return row


def _say(
    row: Difference, act: str, text: str, by: User, reason: str, now: datetime, *, before: dict[str, str]
) -> None:
    _event(row, now, text, by).save()
    audit.record(
        f"payments.difference.{act}",
        actor=by,
        subject=f"difference:{row.kind}:{row.subject}"[:80],
        reason=reason,
        before=before,
        after={"state": row.state, "owner": str(row.owner or ""), "gap": inr(row.gap)},
        now=now,
    )


def _event(row: Difference, at: datetime, text: str, by: User | None = None) -> DifferenceEvent:
    return DifferenceEvent(difference=row, at=at, by=by, text=text[:600])
