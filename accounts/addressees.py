"""Where an account's billing messages go, a rule a channel.

Mail goes to the accounts contacts that want it, or else to the owners: a mail always has a reader. A text message
goes to the mobiles of the accounts contacts that want it, or else to nobody.
"""

from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from accounts import phones
from accounts.models import Contact, Member, Notice

Where = dict[int, list[str]]  # account id → addresses, each once


def of(channel: str, account_ids: set[int]) -> Where:
    """Return each account's recipients over a channel. At most two queries for any number of accounts."""
    return RULES[Notice.Channel(channel)](account_ids)


def _mails(account_ids: set[int]) -> Where:
    contacts = _accounts_contacts(account_ids).filter(wants_email=True).exclude(email="")
    found = _grouped(contacts.values_list("account_id", "email"))
    owners = Member.objects.filter(account__in=account_ids - found.keys(), role=Member.Role.OWNER)
    return found | _grouped(owners.values_list("account_id", "user__email"))


def _mobiles(account_ids: set[int]) -> Where:
    contacts = _accounts_contacts(account_ids).filter(wants_sms=True, phone__regex=phones.KEPT)
    return _grouped(contacts.values_list("account_id", "phone"))


def _accounts_contacts(account_ids: set[int]) -> QuerySet[Contact]:
    return Contact.objects.filter(account__in=account_ids, category=Contact.Category.ACCOUNTS)


def _grouped(pairs: Iterable[tuple[int, str]]) -> Where:
    found: dict[int, set[str]] = {}
    for account_id, address in pairs:
        found.setdefault(account_id, set()).add(address)
    return {account_id: sorted(addresses) for account_id, addresses in found.items()}


RULES: dict[str, Callable[[set[int]], Where]] = {
    Notice.Channel.EMAIL: _mails,
    Notice.Channel.SMS: _mobiles,
}
