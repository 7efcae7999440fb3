"""The API keys that a customer makes in the panel: to read and to pay, at most so many at a time, each shown once.

Every form makes one key, however often it is sent: the key's beginning follows from the form's token. A form that is
sent again at once (a double click, whose first answer nobody sees) gets its key with a new token; the one before is
void. Later it is told that the key was shown.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts import api_keys
from accounts.api_keys import ALPHABET, PREFIX, Issued
from accounts.models import Account, ApiKey, User
from billing_portal.unit import unit

MOST = 20  # live keys of an account
REVOKED = 20  # that the page still shows
DOUBLE_CLICK = timedelta(seconds=10)
REASON = "Made in the panel"
OFFERED = (  # and never telephony: those keys are made by staff
    (ApiKey.Scope.READ.value, ApiKey.Scope.READ.label),
    (ApiKey.Scope.PAY.value, ApiKey.Scope.PAY.label),
)


class TooMany(ValueError):
    """The account has as many live keys as it may have."""


class WasShown(Exception):
    """The key of this form was made before, and its token was shown then."""


@dataclass(frozen=True)
class Row:
    """A key, and who made it as its account's people are told."""

    key: ApiKey
    maker: str


@dataclass(frozen=True)
class Page:
    """An account's keys, newest first: those that work, and the latest that do not any more."""

    live: Sequence[Row]
    revoked: Sequence[Row]

    @property
    def is_full(self) -> bool:
        return len(self.live) >= MOST


def read(account: Account) -> Page:
    """Read an account's keys. Two queries."""
    rows = account.api_keys.select_related("created_by").order_by("-pk")
    live, revoked = rows.filter(revoked_at=None), rows.exclude(revoked_at=None)[:REVOKED]
    return Page(*([Row(key, _maker(key.created_by)) for key in some] for some in (live, revoked)))


def _maker(person: User | None) -> str:
    return "our staff" if person is None or person.is_staff else str(person)


@unit
def make(
    account_id: int, name: str, scopes: Sequence[str], *, token: uuid.UUID, actor: User, now: datetime
) -> Issued:
    """Make the key of a form, write it down, tell the owners. The same form again makes no second key.

    Raises TooMany, WasShown, api_keys.KeyNotPossible.
    """
    account = Account.objects.lock(account_id)
    if not set(scopes) <= {code for code, _words in OFFERED}:
        raise api_keys.KeyNotPossible("Only reading and paying.")
    prefix = _prefix(account, token)
    before = account.api_keys.filter(prefix=prefix).first()
    if before:
        return _again(before, now)
    if account.api_keys.live().count() >= MOST:
        raise TooMany(f"An account has at most {MOST} keys. Revoke one that nobody uses.")
    return api_keys.issue(name, scopes, account=account, prefix=prefix, actor=actor, reason=REASON, now=now)


@unit
def revoke(account_id: int, key_id: int, *, actor: User, now: datetime) -> ApiKey:
    """Take one of the account's keys away. Repeating does nothing. Raises ApiKey.DoesNotExist."""
    account = Account.objects.lock(account_id)
    key = account.api_keys.get(pk=key_id)
    return api_keys.revoke(key.pk, actor=actor, reason="Revoked in the panel", now=now)


def _prefix(account: Account, token: uuid.UUID) -> str:
    """Return the beginning that a form's key has on this account."""
    number = int.from_bytes(hashlib.sha256(f"{account.ban}:{token}".encode()).digest())
    made = ""
    for _ in range(PREFIX):
        number, place = divmod(number, len(ALPHABET))
        made += ALPHABET[place]
    return made


def _again(key: ApiKey, now: datetime) -> Issued:
    """Give a key that was made a moment ago another token. Raises WasShown."""
    if key.revoked_at or key.last_used_on or now >= key.created_at + DOUBLE_CLICK:
        raise WasShown
    token = api_keys.new_token(key.prefix)
    key.hash = api_keys.digest(token)
    key.save(update_fields=["hash"])
    return Issued(key, token)
