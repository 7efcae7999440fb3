"""What staff grant an overdue case: a promise to pay (its days do not count), or a hold (no harm; days go on).

Each has who, why and until when, and leaves a line in the audit chain. How far a role may go stands in policy.py.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from accounts import approvals, audit
from accounts.models import Account, Approval, User
from billing_portal import clock, text
from billing_portal.unit import unit
from credit import overdue, overdue_facts, policy
from credit.models import Extension, OverdueCase

Kind: TypeAlias = Extension.Kind
ACTION = "extension"  # of a request to a second person, beyond what a role may grant
END = "end-hold"  # of a request to a second person, to end a hold before its time


class NotPossible(ValueError):
    """Nothing can be granted like this; the message says why."""


class NotAlone(NotPossible):
    """A second person has to approve it."""


def most_days(groups: Collection[str], *, is_superuser: bool) -> int:
    """Return for how many days a person of these groups may grant."""
    if is_superuser:
        return max(policy.EXTENSION_DAYS.values())
    return max((policy.EXTENSION_DAYS.get(group, 0) for group in groups), default=0)


@unit
def grant(
    account_id: int,
    kind: Kind,
    until_on: date,
    *,
    by: User,
    reason: str,
    now: datetime,
    approval: Approval | None = None,
    most: int | None = None,
) -> Extension:
    """Grant an extension from today until its last day; the case follows in the same unit, relief at once.

    `most` is for how many days a case may be spared without a second person, all that was granted alone together.
    The same again returns what stands. Raises NotPossible, NotAlone.
    """
    account, today = Account.objects.lock(account_id), clock.business_date(now)
    case = _found(account, until_on, today).case
    assert case is not None
    same = Extension.objects.filter(case=case, kind=kind, from_on=today, until_on=until_on, ended_on=None)
    if stands := same.first():
        return stands
    if kind == Kind.PROMISE and case.extensions.filter(kind=kind).count() >= policy.PROMISES_A_CASE:
        raise NotPossible(f"A case gets {policy.PROMISES_A_CASE} promises at most.")
    if approval is None and most is not None and needs_two(case, until_on, today=today, most=most):
        raise NotAlone(f"Beyond {most} days a case a second person approves.")
    row = Extension.objects.create(
        case=case,
        account=account,
        kind=kind,
        from_on=today,
        until_on=until_on,
        reason=reason,
        granted_by=by,
        granted_at=now,
        approval=approval,
    )
    was = str(account.wanted_level)
    overdue.review(account, now=now)
    _record("credit.extension.grant", row, {"state": "none", "level": was}, by, reason, now)
    return row


def needs_two(case: OverdueCase, until_on: date, *, today: date, most: int) -> bool:
    """Whether sparing a case until then takes more days than one person may grant, all granted alone together."""
    return len(_alone(case) | _days(today, until_on)) > most


@unit
def end(extension_id: int, *, by: User, reason: str, now: datetime) -> Extension:
    """End an extension before its time: from today it does not stand. Raises NotPossible where it has ended."""
    account = Account.objects.lock(
        Extension.objects.values_list("account_id", flat=True).get(pk=extension_id)
    )
    row, today = Extension.objects.get(pk=extension_id), clock.business_date(now)
    if row.ended_on or row.until_on < today:
        raise NotPossible("This has ended already.")
    row.ended_on, row.ended_by = today, by
    row.save(update_fields=["ended_on", "ended_by"])
    was = str(account.wanted_level)
    overdue.review(account, now=now)
    _record("credit.extension.end", row, {"state": "stands", "level": was}, by, reason, now)
    return row


def ends_alone(row: Extension, groups: Collection[str], *, is_superuser: bool) -> bool:
    """Whether a person of these groups may end it without a second one: a promise yes, a hold managers only (I39)."""
    return row.kind != Kind.HOLD or is_superuser or "manager" in groups


@unit
def ask_end(extension_id: int, *, token: UUID, reason: str, by: User, now: datetime) -> Approval:
    """Ask a second person to end a hold before its time. Raises NotPossible where it has ended."""
    row = Extension.objects.select_related("account").get(pk=extension_id)
    Account.objects.lock(row.account_id)
    row.refresh_from_db()
    if row.ended_on or row.until_on < clock.business_date(now):
        raise NotPossible("This has ended already.")
    return approvals.ask(
        END,
        row.account,
        token=token,
        payload={"extension": row.pk},
        summary=f"End the hold of {row.account.ban} that stands until {text.day(row.until_on)}",
        reason=reason,
        by=by,
        now=now,
    )


@unit
def decide(case_id: int, *, by: User, reason: str, now: datetime) -> OverdueCase:
    """Let the next step be taken although its message could not be handed over. Raises NotPossible.

    The next run of the step's job takes it; the decision is for this step only.
    """
    Account.objects.lock(OverdueCase.objects.values_list("account_id", flat=True).get(pk=case_id))
    case = OverdueCase.objects.select_related("unannounced_by").get(pk=case_id)
    if case.unannounced_by:
        raise NotPossible(f"{case.unannounced_by} has decided it already: the next run takes the step.")
    if case.closed_at or case.waits_for != OverdueCase.Wait.PERSON:
        raise NotPossible("This case does not wait for a person's decision.")
    case.unannounced_by = by
    case.save(update_fields=["unannounced_by"])
    audit.record(
        "credit.overdue.decide",
        actor=by,
        account=case.account,
        subject=f"case:{case.pk}",
        reason=reason,
        after={"action": case.next_action},
        now=now,
    )
    return case


def days_alone(case: OverdueCase) -> int:
    """Return for how many days the case was spared without a second person, promises and holds together. One query."""
    return len(_alone(case))


def _alone(case: OverdueCase) -> set[date]:
    days: set[date] = set()
    for one in case.extensions.filter(approval=None):
        last = min(one.until_on, one.ended_on - timedelta(days=1)) if one.ended_on else one.until_on
        days |= _days(one.from_on, last)
    return days


def _days(first: date, last: date) -> set[date]:
    """Return the days after the first, up to the last: what an extension adds to the day it is granted on."""
    return {first + timedelta(days=n) for n in range(1, (last - first).days + 1)}


def _found(account: Account, until_on: date, today: date) -> overdue_facts.Found:
    if not today <= until_on <= today + timedelta(days=policy.EXTENSION_MOST_DAYS):
        raise NotPossible(f"Give a last day from today on, within {policy.EXTENSION_MOST_DAYS} days.")
    found = overdue_facts.of([account.pk], today=today)[0]
    if found.case is None or found.facts is None:
        raise NotPossible("Nothing of this account is unpaid.")
    return found


def _record(
    action: str, row: Extension, before: dict[str, str], by: User, reason: str, now: datetime
) -> None:
    audit.record(
        action,
        actor=by,
        account=row.account,
        subject=f"extension:{row.pk}",
        reason=reason,
        before=before,
        after={
            "state": "ended" if row.ended_on else "stands",
            "level": str(row.account.wanted_level),
            "kind": row.kind,
            "from": row.from_on.isoformat(),
            "until": row.until_on.isoformat(),
        },
        now=now,
    )
