"""An account's contacts, as its own people set them: add, change, choose channels, take away.

Billing messages go to the category *accounts*; *technical* and *general* are whom our staff call. Each change is
written down, and the people who were told before learn of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import audit, notices, phones
from accounts.models import Account, Contact, User
from billing_portal.unit import unit

KEPT = ("name", "email", "phone")
MOST = 20  # contacts of a category


class NotPossible(ValueError):
    """Something about a contact is not possible; `field` names it, "" for all of it."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


@dataclass(frozen=True)
class Wanted:
    """A person to be told; the mobile as typed."""

    name: str
    email: str
    phone: str
    wants_email: bool = True
    wants_sms: bool = True
    category: str = Contact.Category.ACCOUNTS


@unit
def add(account_id: int, wanted: Wanted, *, actor: User, now: datetime) -> Contact:
    """Add a contact; the same address and mobile again in its category changes nothing. Raises NotPossible."""
    account = Account.objects.lock(account_id)
    values = _checked(wanted)
    there = list(account.contacts.filter(category=wanted.category))
    for contact in there:
        if (contact.email, contact.phone) == (values["email"], values["phone"]):
            return contact
    if len(there) >= MOST:
        raise NotPossible("", f"An account has at most {MOST} contacts of a kind.")
    before = notices.recipients(account)
    made = Contact.objects.create(account=account, category=wanted.category, **values)
    if made.category != Contact.Category.ACCOUNTS:
        _noted(account, "accounts.add_contact", made, "", _line(made), actor=actor, now=now)
        return made
    _told(account, "accounts.add_recipient", {}, _shown(made), before, actor=actor, now=now)
    return made


@unit
def change(account_id: int, contact_id: int, wanted: Wanted, *, actor: User, now: datetime) -> Contact:
    """Set a contact's name, address and mobile; category and channels stay. Repeating does nothing.

    Raises Contact.DoesNotExist, NotPossible.
    """
    account = Account.objects.lock(account_id)
    contact = account.contacts.get(pk=contact_id)
    checked = _checked(wanted)
    news = {name: checked[name] for name in KEPT if checked[name] != getattr(contact, name)}
    if not news:
        return contact
    before, was, line = notices.recipients(account), _shown(contact), _line(contact)
    for name, value in news.items():
        setattr(contact, name, value)
    contact.save(update_fields=list(news))
    if contact.category != Contact.Category.ACCOUNTS:
        _noted(account, "accounts.change_contact", contact, line, _line(contact), actor=actor, now=now)
        return contact
    is_ = _shown(contact) | {"changed": sorted(news)}
    _told(account, "accounts.change_contact", was, is_, before, actor=actor, now=now)
    return contact


@unit
def choose(
    account_id: int, contact_id: int, *, wants_email: bool, wants_sms: bool, actor: User, now: datetime
) -> Contact:
    """Set a contact's channels. Repeating does nothing. Raises Contact.DoesNotExist, NotPossible."""
    account = Account.objects.lock(account_id)
    contact = account.contacts.get(pk=contact_id, category=Contact.Category.ACCOUNTS)
    if (contact.wants_email, contact.wants_sms) == (wants_email, wants_sms):
        return contact
    before, was = notices.recipients(account), _shown(contact)
    contact.wants_email, contact.wants_sms = wants_email, wants_sms
    contact.save(update_fields=["wants_email", "wants_sms"])
    _told(account, "accounts.change_recipient", was, _shown(contact), before, actor=actor, now=now)
    return contact


@unit
def remove(account_id: int, contact_id: int, *, actor: User, now: datetime) -> None:
    """Take a contact away. Repeating does nothing; without any of *accounts* left the owners are told."""
    account = Account.objects.lock(account_id)
    contact = account.contacts.filter(pk=contact_id).first()
    if contact is None:
        return
    before, was = notices.recipients(account), _shown(contact)
    if contact.category != Contact.Category.ACCOUNTS:
        _noted(account, "accounts.remove_contact", contact, _line(contact), "", actor=actor, now=now)
        contact.delete()
        return
    contact.delete()
    _told(account, "accounts.remove_recipient", was, {}, before, actor=actor, now=now)


def _checked(wanted: Wanted) -> dict[str, Any]:
    try:
        phone = phones.normal(wanted.phone)
    except phones.NotAMobile as error:
        raise NotPossible("phone", str(error)) from None
    if not wanted.email and not phone:
        raise NotPossible("email", "Give an e-mail address or a mobile number.")
    return {
        "name": wanted.name,
        "email": wanted.email.lower(),
        "phone": phone,
        "wants_email": wanted.wants_email,
        "wants_sms": wanted.wants_sms,
    }


def _shown(contact: Contact) -> dict[str, Any]:
    """What the audit chain keeps: which contact and its channels; addresses stay with the contact."""
    return {"contact": contact.pk, "e-mail": contact.wants_email, "SMS": contact.wants_sms}


def _line(contact: Contact) -> str:
    return ", ".join(word for word in (contact.name, contact.email, contact.phone) if word)


def _told(
    account: Account,
    action: str,
    was: dict[str, Any],
    is_: dict[str, Any],
    before: list[str],
    *,
    actor: User,
    now: datetime,
) -> None:
    """Write the change down, and tell those who were told before: nobody is left out unseen."""
    event = audit.record(
        action,
        actor=actor,
        account=account,
        subject=f"account:{account.ban}",
        reason="Changed in the panel",
        before=was,
        after=is_,
        now=now,
    )
    after = notices.recipients(account)
    notices.owe(
        account,
        "recipients-changed",
        event=f"audit:{event.pk}",
        context={"by": str(actor), "at": now.isoformat(), "to": after},
        mails=sorted({*before, *after}),
        now=now,
    )


def _noted(
    account: Account, action: str, contact: Contact, was: str, is_: str, *, actor: User, now: datetime
) -> None:
    """Write down a change of a contact that gets no messages, and tell who gets them."""
    event = audit.record(
        action,
        actor=actor,
        account=account,
        subject=f"account:{account.ban}",
        reason="Changed in the panel",
        after={"contact": contact.pk, "category": contact.category},
        now=now,
    )
    notices.owe(
        account,
        "profile-changed",
        event=f"audit:{event.pk}",
        context={
            "rows": [[f"{contact.get_category_display()} contact", was, is_]],
            "by": str(actor),
            "at": now.isoformat(),
        },
        now=now,
    )
