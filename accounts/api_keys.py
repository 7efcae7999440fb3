"""Keys for machines: the token is shown once and kept as a hash; a revoked key is refused at the next request."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts import audit, notices
from accounts.models import Account, ApiKey, Member, User
from billing_portal import clock
from billing_portal.unit import unit

TOKEN = re.compile(r"kv_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
SOURCE = re.compile(r"[a-z0-9_-]{1,20}")
ACCOUNTS = re.compile(r"ba-[0-9]+")  # sources of accounts' keys
PREFIX = 10  # characters
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
LIVE = """
    select k.*, a.ban from accounts_apikey k left join accounts_account a on a.id = k.account_id
    where k.prefix = %s and k.revoked_at is null
"""
NOBODY = "0" * 64  # compared when there is no such key, so that both take the same time


class KeyNotPossible(ValueError):
    """A key needs a name, a scope and a source; the message says which is missing."""


@dataclass(frozen=True)
class Issued:
    """A new key, and the one time that its token is seen."""

    key: ApiKey
    token: str = field(repr=False)


@unit
def issue(
    name: str,
    scopes: Sequence[str],
    *,
    account: Account | None = None,
    source: str = "",
    prefix: str = "",
    actor: User | None,
    reason: str,
    now: datetime,
) -> Issued:
    """Make a key of an account, or of the platform without one. Each call makes another. Raises KeyNotPossible.

    The source of an account's key is the account's own, so that it never takes an id of somebody else; its owners are
    told. Without a `prefix` it gets one by chance.
    """
    if not name.strip() or not set(scopes) <= set(ApiKey.Scope) or not scopes:
        raise KeyNotPossible("A key needs a name and at least one scope.")
    source = source_of(source, account)
    prefix = prefix or "".join(secrets.choice(ALPHABET) for _ in range(PREFIX))
    token = new_token(prefix)
    key = ApiKey.objects.create(
        account=account,
        name=name.strip(),
        prefix=prefix,
        hash=digest(token),
        scopes=sorted(set(scopes)),
        source=source,
        created_at=now,
        created_by=actor,
    )
    _record("accounts.issue_api_key", "api-key-made", key, actor=actor, reason=reason, now=now)
    return Issued(key, token)


def new_token(prefix: str) -> str:
    """Return a token that nobody can guess."""
    return f"kv_{prefix}_{secrets.token_urlsafe(32)}"


def own_source(ban: str) -> str:
    """Return the space of ids that the keys of an account report in."""
    return ban.lower()


def source_of(asked: str, account: Account | None) -> str:
    """Return the source of a new key: an account's own, or what was asked for the platform's. Raises KeyNotPossible."""
    if account:
        own = own_source(account.ban)
        if asked not in ("", own):
            raise KeyNotPossible(f"The source of this account's keys is {own}; leave it out.")
        return own
    source = asked or "platform"
    if not SOURCE.fullmatch(source):
        raise KeyNotPossible("A source is 1 to 20 small letters, digits, - or _.")
    if ACCOUNTS.fullmatch(source):
        raise KeyNotPossible("This source belongs to the keys of an account.")
    return source


def verify(token: str, *, now: datetime) -> ApiKey | None:
    """Return the live key of a token with the number of its account (`ban`), or None.

    Constant in time; notes the day of its use.
    """
    match = TOKEN.fullmatch(token)
    if not match:
        return None
    key = next(iter(ApiKey.objects.raw(LIVE, [match[1]])), None)
    is_it = hmac.compare_digest(digest(token), key.hash if key else NOBODY)
    if not key or not is_it:
        return None
    today = clock.business_date(now)
    if key.last_used_on != today:
        ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
    return key


@unit
def revoke(key_id: int, *, actor: User | None, reason: str, now: datetime) -> ApiKey:
    """Take a key away: the next request with it is refused. Repeating does nothing. An account's owners are told."""
    key = ApiKey.objects.select_for_update().get(pk=key_id)
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        _record("accounts.revoke_api_key", "api-key-revoked", key, actor=actor, reason=reason, now=now)
    return key


def digest(token: str) -> str:
    """Return the SHA-256 of a token: with 256 random bits no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _record(
    action: str, message: str, key: ApiKey, *, actor: User | None, reason: str, now: datetime
) -> None:
    """Write down what became of a key; the owners of its account get a message of it."""
    event = audit.record(
        action,
        actor=actor,
        account=key.account,
        subject=f"api-key:{key.prefix}",
        reason=reason,
        before={"works": True} if key.revoked_at else {},
        after={"name": key.name, "scopes": key.scopes, "source": key.source, "works": not key.revoked_at},
        now=now,
    )
    if key.account:
        _tell(key.account, message, key, f"audit:{event.pk}", by=actor, now=now)


def _tell(account: Account, name: str, key: ApiKey, event: str, *, by: User | None, now: datetime) -> None:
    """Owe the owners a mail, once per event. Who is no member of the account is our staff to them."""
    is_theirs = by is not None and account.members.filter(user=by).exists()
    owners = account.members.filter(role=Member.Role.OWNER).values_list("user__email", flat=True)
    context = {
        "key": key.name,
        "begins": f"kv_{key.prefix}_…",
        "may": key.scope_words,
        "by": str(by) if is_theirs else "",
        "at": now.isoformat(),
    }
    notices.owe(account, name, event=event, context=context, mails=sorted(set(owners)), now=now)
