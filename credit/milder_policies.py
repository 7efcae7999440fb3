"""A milder version of the policy applied to an open case; a harsher one never is."""

from datetime import datetime

from accounts import audit
from accounts.models import Account, User
from billing_portal.unit import unit
from credit import ladder_checks, overdue
from credit.models import Archive, OverdueCase, PolicyVersion


class NotPossible(ValueError):
    """This version cannot be applied to this case; the message says why."""


def offered(case: OverdueCase) -> list[PolicyVersion]:
    """Return the versions that are milder than the case's own, newest first. Two queries."""
    if case.closed_at or _is_archived(case):
        return []
    old = ladder_checks.read(case.policy.steps)
    others = PolicyVersion.objects.exclude(pk=case.policy_id).order_by("-number")
    return [one for one in others if ladder_checks.is_milder(ladder_checks.read(one.steps), old)]


@unit
def apply(case_id: int, number: int, *, by: User, reason: str, now: datetime) -> OverdueCase:
    """Let an open case follow the milder version `number`; what it does not deserve any more is lifted at once.

    The same again does nothing. Raises NotPossible.
    """
    account = Account.objects.lock(OverdueCase.objects.values_list("account_id", flat=True).get(pk=case_id))
    case = OverdueCase.objects.select_related("policy").get(pk=case_id)
    before = case.policy
    if before.number == number:
        return case
    case.policy = _milder(case, number)
    case.save(update_fields=["policy"])
    overdue.review(account, now=now)
    audit.record(
        "credit.policy.apply",
        actor=by,
        account=account,
        subject=f"case:{case.pk}",
        reason=reason,
        before={"policy": before.number},
        after={"policy": number},
        now=now,
    )
    case.refresh_from_db()
    return case


def _milder(case: OverdueCase, number: int) -> PolicyVersion:
    if case.closed_at:
        raise NotPossible("This case is closed.")
    if _is_archived(case):
        raise NotPossible("An archived account keeps its version until it is back.")
    version = PolicyVersion.objects.filter(number=number).first()
    if version is None:
        raise NotPossible("There is no such version.")
    if not ladder_checks.is_milder(ladder_checks.read(version.steps), ladder_checks.read(case.policy.steps)):
        raise NotPossible(
            f"{version} is harsher than {case.policy} on some day: an open case never gets that."
        )
    return version


def _is_archived(case: OverdueCase) -> bool:
    """Whether the account's data is in an archive, whatever steps stand."""
    return Archive.objects.moved().filter(account=case.account_id).exists()
