"""Erase what accounts knows of people when an account is deleted. Each function may be repeated; it counts what it did.

What was done stays: that a message was sent, when, and over which channel; never to whom or what it said.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Account, Invitation, KnownDevice, Member, Message, Notice, User

GONE = "Deleted"


def is_ready(account: Account) -> bool:
    """Whether no message is on its way any more: it would lose its reader."""
    return not account.notices.filter(state=Notice.State.OWED).exists()


def people(account: Account) -> dict[str, int]:
    """Erase members, invitations, contacts, and the people who belong to no other account.

    The caller holds the account's lock.
    """
    users = list(User.objects.filter(memberships__account=account).order_by("pk"))
    contacts, _ = account.contacts.all().delete()
    account.invitations.all().delete()
    members, _ = account.members.all().delete()
    left = [user for user in users if not user.is_staff and not Member.objects.filter(user=user).exists()]
    for user in left:
        _person(user)
    return {"contacts": contacts, "members": members, "people": len(left)}


def _person(user: User) -> None:
    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    Invitation.objects.filter(email=user.email).delete()
    for model in (UserSession, Authenticator, EmailAddress, KnownDevice):
        model.objects.filter(user=user).delete()
    _erase(Notice.objects.filter(account=None, recipient__iexact=user.email))
    user.email, user.name = f"deleted-{user.pk}@deleted.invalid", GONE
    user.password, user.is_active, user.last_login = make_password(None), False, None
    user.save()


def messages(account: Account) -> int:
    """Erase to whom the account's messages went and what they said; return how many."""
    return _erase(account.notices.all())


def _erase(notices: QuerySet[Notice]) -> int:
    number = Cast("pk", CharField())
    return notices.update(
        recipient=Concat(Value("erased-"), number), context={}, attachments=[], subject="", text="", error=""
    )


def conversations(account: Account) -> int:
    """Destroy the account's conversations with all that was written in them; return how many messages that were."""
    written = Message.objects.filter(conversation__account=account).count()
    account.conversations.all().delete()
    return written


def particulars(account: Account) -> int:
    """Erase the account's own particulars, and its customer's name where no other account is left of it."""
    account.name = account.billing_name = f"{GONE} {account.ban}"
    account.address = account.city = account.pin = account.pan = ""
    account.save(update_fields=["name", "billing_name", "address", "city", "pin", "pan"])
    account.restrictions.exclude(note="").update(note="")
    customer = account.customer
    if not customer.accounts.exclude(wanted_level=account.wanted_level).exists():
        customer.name = GONE
        customer.save(update_fields=["name"])
    return 1
