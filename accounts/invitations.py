"""Invitations: a role for the person of an address. Sent by mail, open for seven days, used once.

Only a person whose verified address is the invited one can accept. Somebody without a login makes one on the way: the
mail has proved the address. The link's token is in no row (secret_links.py); sending again makes a new one.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts import audit, notices, secret_links, team
from accounts.levels import Level
from accounts.models import Account, AuditEvent, Invitation, Member, User
from accounts.team import NotPossible
from billing_portal.unit import unit

OPEN_FOR = timedelta(days=7)
RESEND_AFTER = timedelta(minutes=1)
MOST = 50  # open invitations an account
Role = Member.Role
State = Invitation.State


class Why(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"  # never ours, or an older link of an invitation that was sent again
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"  # the account is deleted


class NotOpen(Exception):
    """The link cannot be used, or not any more."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class ForAnother(Exception):
    """The invitation is for another address than any verified one of the person."""


@unit
def invite(account_id: int, email: str, role: str, *, actor: User, now: datetime) -> Invitation:
    """Invite the person of an address and owe the mail. Raises NotPossible.

    The same address again, with the same role, changes nothing while its invitation is open; with another role the
    invitation is changed, and sent again.
    """
    account = Account.objects.lock(account_id)
    team.check(account, actor, becomes=role)
    email = _address(email)
    if account.members.filter(user__email=email).exists():
        raise NotPossible("This person is already on the team: change their role instead.", "email")
    there = account.invitations.open().filter(email=email).first()
    if there:
        if there.role == role and not there.has_run_out(now):
            return there
        team.check(account, actor, becomes=there.role)
        there.role, there.invited_by = role, actor
        return _send(account, there, "accounts.invite", actor=actor, now=now)
    if account.invitations.open().count() >= MOST:
        raise NotPossible(f"An account has at most {MOST} open invitations: withdraw some first.")
    made = Invitation(account=account, email=email, role=role, invited_by=actor, times_sent=0)
    return _send(account, made, "accounts.invite", actor=actor, now=now)


@unit
def resend(account_id: int, invitation_id: int, *, actor: User, now: datetime) -> Invitation:
    """Send an open invitation again: a new link, seven more days; the old link is void.

    Raises Invitation.DoesNotExist, NotPossible.
    """
    account = Account.objects.lock(account_id)
    row = account.invitations.open().get(pk=invitation_id)
    team.check(account, actor, becomes=row.role)
    if now < row.sent_at + RESEND_AFTER:
        raise NotPossible("It was sent less than a minute ago: please give the mail a moment to arrive.")
    row.invited_by = actor
    return _send(account, row, "accounts.resend_invitation", actor=actor, now=now)


@unit
def withdraw(account_id: int, invitation_id: int, *, actor: User, now: datetime) -> None:
    """Take an invitation back: its link opens nothing any more. Repeating does nothing.

    Raises Invitation.DoesNotExist, NotPossible.
    """
    account = Account.objects.lock(account_id)
    row = account.invitations.get(pk=invitation_id)
    team.check(account, actor, becomes=row.role)
    if row.state != State.OPEN:
        return
    _end(row, State.WITHDRAWN, now=now)
    _record("accounts.withdraw_invitation", account, row, actor=actor, now=now)


def find(token: str, *, now: datetime) -> Invitation:
    """Return the open invitation of a link, with its account and who sent it. Raises NotOpen."""
    rows = Invitation.objects.select_related("account", "invited_by")
    row = rows.filter(token_hash=secret_links.digest(token)).first()
    if row is None:
        raise NotOpen(Why.UNKNOWN)
    _check_open(row, now)
    return row


def person_of(invitation: Invitation) -> User | None:
    """Return who has a login for the invited address, if anybody."""
    return User.objects.filter(email=invitation.email).first() or _by_address(invitation)


def is_for(invitation: Invitation, person: User) -> bool:
    """Whether the invited address is a verified one of the person."""
    mine = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    return invitation.email in {address.lower() for address in mine}


@unit
def accept(token: str, person: User, *, now: datetime) -> Member:
    """Make the person a member, once. Who has become one meanwhile keeps their role. Raises NotOpen, ForAnother."""
    row, account = _locked(token, now)
    if not is_for(row, person):
        raise ForAnother
    return _join(account, row, person, now=now)


@unit
def accept_as_new(token: str, name: str, password: str, *, now: datetime) -> Member:
    """Make a login for the invited address, verified by the mail, and the person a member.

    Raises NotOpen, ForAnother when the address has a login already.
    """
    row, account = _locked(token, now)
    if person_of(row):
        raise ForAnother
    person = User.objects.create_user(row.email, password, name=name)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return _join(account, row, person, now=now)


def _locked(token: str, now: datetime) -> tuple[Invitation, Account]:
    """Return the invitation and its account, read afresh under the account's lock."""
    row = find(token, now=now)
    account = Account.objects.lock(row.account_id)
    row.refresh_from_db()
    row.account = account
    if row.token_hash != secret_links.digest(token):
        raise NotOpen(Why.UNKNOWN)
    _check_open(row, now)
    return row, account


def _check_open(row: Invitation, now: datetime) -> None:
    ended: dict[str, Why] = {State.ACCEPTED: Why.USED, State.WITHDRAWN: Why.WITHDRAWN}
    if row.state in ended:
        raise NotOpen(ended[row.state])
    if row.account.wanted_level == Level.DELETED:
        raise NotOpen(Why.CLOSED)
    if row.has_run_out(now):
        raise NotOpen(Why.EXPIRED)


def _join(account: Account, row: Invitation, person: User, *, now: datetime) -> Member:
    row.accepted_by = person
    _end(row, State.ACCEPTED, now=now)
    member, is_new = Member.objects.get_or_create(account=account, user=person, defaults={"role": row.role})
    event = _record("accounts.accept_invitation", account, row, actor=person, now=now)
    if is_new:
        words = {"role": Role(member.role).label}
        cause = f"audit:{event.pk}"
        team.tell(account, "member-added", person, cause, by=row.invited_by, now=now, context=words)
    return member


def _send(account: Account, row: Invitation, action: str, *, actor: User, now: datetime) -> Invitation:
    """Give the invitation a new link and seven days, write it down, and owe the mail."""
    link = secret_links.new()
    row.token_hash = secret_links.digest(secret_links.token(link))
    row.times_sent += 1
    row.sent_at, row.expires_at = now, now + OPEN_FOR
    row.save()
    _record(action, account, row, actor=actor, now=now)
    context = {
        secret_links.KEY: link,
        "by": str(actor),
        "role": Role(row.role).label,
        "until": row.expires_at.isoformat(),
    }
    event = f"invitation:{row.pk}:{row.times_sent}"
    notices.owe(account, "invitation", event=event, context=context, mails=[row.email], now=now)
    return row


def _end(row: Invitation, state: str, *, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at", "accepted_by"])


def _record(action: str, account: Account, row: Invitation, *, actor: User, now: datetime) -> AuditEvent:
    """Write it down: which invitation and its role; the address stays with the invitation."""
    after = {"role": row.role, "state": row.state, "sent": row.times_sent}
    return audit.record(
        action,
        actor=actor,
        account=account,
        subject=f"invitation:{row.pk}",
        reason="Team page" if row.state != State.ACCEPTED else "Accepted by its link",
        after=after,
        now=now,
    )


def _address(typed: str) -> str:
    email = typed.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise NotPossible("Enter an e-mail address, like name@company.in.", "email") from None
    if len(email) > 254:
        raise NotPossible("This address is too long.", "email")
    return email


def _by_address(invitation: Invitation) -> User | None:
    row = (
        EmailAddress.objects.filter(email__iexact=invitation.email, verified=True)
        .select_related("user")
        .first()
    )
    return row.user if row else None
