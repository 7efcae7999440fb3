"""What the Team page shows: people with their roles, what the reader may do to each, and who is invited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from accounts import team_rules
from accounts.models import Account, Invitation, Member
from accounts.permissions import RIGHTS, Right

Role = Member.Role
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
TOLD = tuple(right for right in Right if right is not Right.SELF)  # in the table of roles


@dataclass(frozen=True)
class Person:
    """A member as the reader sees them; `roles` are those that the reader may give them, `why_not` if none."""

    member: Member
    is_reader: bool
    has_two_factor: bool
    roles: Sequence[tuple[str, str]]
    why_not: str
    may_remove: bool


@dataclass(frozen=True)
class Waiting:
    """An invitation that nobody has used yet."""

    invitation: Invitation
    has_run_out: bool
    may_change: bool


@dataclass(frozen=True)
class RoleWords:
    """A role as a column of the table of rights."""

    role: str
    label: str


@dataclass(frozen=True)
class TeamPage:
    people: Sequence[Person]
    waiting: Sequence[Waiting]
    table: Sequence[RoleWords]
    by_right: Sequence[tuple[str, Sequence[bool]]]
    roles: Sequence[str]  # that the reader may invite to


def read(account: Account, reader: Member, *, now: datetime) -> TeamPage:
    """Read the team of an account in a constant number of queries."""
    members = list(_members(account))
    owners = {one.pk for one in members if one.role == Role.OWNER and one.user.is_active}
    invitations = account.invitations.open().select_related("invited_by").order_by("-sent_at", "-pk")
    return TeamPage(
        people=[_person(one, reader, len(owners - {one.pk})) for one in members],
        waiting=[_waiting(one, reader, now) for one in invitations],
        table=[RoleWords(role, role.label) for role in Role],
        by_right=[(right.value, [right in RIGHTS[role] for role in Role]) for right in TOLD],
        roles=[role for role in Role if not team_rules.refusal(reader.role, becomes=role)],
    )


def _members(account: Account) -> QuerySet[Member]:
    second = Authenticator.objects.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)
    rank = Case(
        *(When(role=role, then=Value(place)) for place, role in enumerate(Role)), output_field=IntegerField()
    )
    rows = account.members.select_related("user").annotate(has_two_factor=Exists(second), rank=rank)
    return rows.order_by("rank", "user__name", "pk")


def _person(member: Member, reader: Member, other_owners: int) -> Person:
    given = {"was": member.role, "other_owners": other_owners}
    said = {role: team_rules.refusal(reader.role, becomes=role, **given) for role in Role}  # type: ignore[arg-type]
    others = [role for role in Role if role != member.role]
    gone = team_rules.refusal(reader.role, **given)  # type: ignore[arg-type]
    may = any(not said[role] for role in others)
    return Person(
        member=member,
        is_reader=member.pk == reader.pk,
        has_two_factor=member.has_two_factor,  # type: ignore[attr-defined]  # annotated by _members
        roles=[(role, role.label) for role in Role if may and not said[role]],
        why_not="" if may else gone,
        may_remove=not gone,
    )


def _waiting(row: Invitation, reader: Member, now: datetime) -> Waiting:
    return Waiting(row, row.has_run_out(now), not team_rules.refusal(reader.role, becomes=row.role))
