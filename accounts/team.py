"""An account's people: change a role, remove a person. It takes effect at the person's next request.

What a role may do stands in permissions.py, who may change whose in team_rules.py. Each change is written down, and
the person and the owners learn of it by mail.
"""

from datetime import datetime

from accounts import audit, notices, team_rules
from accounts.models import Account, Invitation, Member, User
from billing_portal.unit import unit

Role = Member.Role


class NotPossible(ValueError):
    """The change is not possible, and the message says why; `field` names what was typed, "" for all of it."""

    def __init__(self, said: str, field: str = "") -> None:
        super().__init__(said)
        self.field = field


@unit
def change_role(account_id: int, member_id: int, role: str, *, actor: User, now: datetime) -> Member:
    """Give a member another role. Repeating does nothing. Raises Member.DoesNotExist, NotPossible."""
    account = Account.objects.lock(account_id)
    member = account.members.select_related("user").get(pk=member_id)
    check(account, actor, was=member.role, becomes=role, person=member.user)
    if member.role == role:
        return member
    was, member.role = Role(member.role), role
    member.save(update_fields=["role"])
    void = _withdraw_of(account, member, now=now)
    event = audit.record(
        "accounts.change_role",
        actor=actor,
        account=account,
        subject=f"user:{member.user_id}",
        reason="Changed on the Team page",
        before={"role": was},
        after={"role": role, "invitations withdrawn": void},
        now=now,
    )
    words = {"was": was.label, "role": Role(role).label}
    tell(account, "role-changed", member.user, f"audit:{event.pk}", by=actor, now=now, context=words)
    return member


@unit
def remove(account_id: int, member_id: int, *, actor: User, now: datetime) -> None:
    """Take a person off the account; what they are elsewhere stays. Raises Member.DoesNotExist, NotPossible.

    Invitations of theirs that wait are withdrawn with them.
    """
    account = Account.objects.lock(account_id)
    member = account.members.select_related("user").get(pk=member_id)
    check(account, actor, was=member.role, person=member.user)
    person, role = member.user, Role(member.role)
    member.delete()
    member.role = ""
    void = _withdraw_of(account, member, now=now)
    event = audit.record(
        "accounts.remove_member",
        actor=actor,
        account=account,
        subject=f"user:{person.pk}",
        reason="Changed on the Team page",
        before={"role": role},
        after={"invitations withdrawn": void},
        now=now,
    )
    told = {"role": role.label}
    tell(account, "member-removed", person, f"audit:{event.pk}", by=actor, now=now, context=told)


def check(
    account: Account, actor: User, *, was: str = "", becomes: str = "", person: User | None = None
) -> None:
    """Raise NotPossible unless the actor may do this now. The caller holds the account's lock."""
    mine = account.members.filter(user=actor, user__is_active=True).first()
    owners = account.members.filter(role=Role.OWNER, user__is_active=True)
    others = owners.exclude(user=person).count() if was == Role.OWNER else 0
    said = team_rules.refusal(mine.role if mine else "", was=was, becomes=becomes, other_owners=others)
    if said:
        raise NotPossible(said)


def tell(
    account: Account,
    name: str,
    person: User,
    event: str,
    *,
    by: User | None,
    now: datetime,
    context: dict[str, str],
) -> None:
    """Owe the person and the owners a mail about the person's place on the account, once per event.

    `by` is None when our staff did it.
    """
    owners = account.members.filter(role=Role.OWNER).values_list("user__email", flat=True)
    words = {"who": person.name, "email": person.email, "by": str(by) if by else "", "at": now.isoformat()}
    notices.owe(
        account,
        name,
        event=event,
        context=words | context,
        mails=sorted({person.email, *owners}),
        now=now,
    )


def _withdraw_of(account: Account, member: Member, *, now: datetime) -> int:
    """Withdraw the open invitations that the person could not send any more; return how many."""
    mine = account.invitations.open().filter(invited_by=member.user_id)
    void = [one.pk for one in mine if team_rules.refusal(member.role, becomes=one.role) != ""]
    return account.invitations.filter(pk__in=void).update(state=Invitation.State.WITHDRAWN, ended_at=now)
