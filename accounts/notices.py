"""Messages: owed in the transaction of their cause, sent once by a job, kept as they were sent.

A notice is due when its `next_attempt_at` has come. The sender claims it for two minutes with a fencing
number (`attempts`), so that a late finisher is refused. After eight failures it is parked for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from accounts import channels
from accounts.models import Account, Contact, Member, Notice
from billing_portal import bulk

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TRIES = 8
WAIT = timedelta(seconds=2)  # for an attached file that is not written yet


@dataclass(frozen=True)
class Owed:
    """One message to an account's contacts; `name` is its template under templates/notices/."""

    account: Account
    name: str
    event: str
    context: dict[str, Any] = field(default_factory=dict)
    attachments: Sequence[dict[str, str]] = ()


def owe(
    account: Account,
    name: str,
    *,
    event: str,
    now: datetime,
    context: dict[str, Any] | None = None,
    attachments: Iterable[dict[str, str]] = (),
) -> None:
    """Owe the account's contacts a message, once per event, channel and recipient.

    `name` is its template under templates/notices/; `attachments` name files of the documents storage,
    which the sender waits for. Repeating does nothing.
    """
    owe_many([Owed(account, name, event, context or {}, list(attachments))], now=now)


def owe_many(owed: Sequence[Owed], *, now: datetime) -> None:
    """Owe many accounts their messages in a constant number of statements. Repeating does nothing."""
    whom = recipients_of({one.account.pk for one in owed})
    bulk.create(
        [
            Notice(
                account=one.account,
                name=one.name,
                event=one.event,
                channel=Notice.Channel.EMAIL,
                recipient=recipient,
                context=one.context,
                attachments=list(one.attachments),
                owed_at=now,
                next_attempt_at=now,
            )
            for one in owed
            for recipient in whom.get(one.account.pk, [])
        ],
        unless_there=True,
    )


def recipients(account: Account) -> list[str]:
    """Return where billing messages go: the accounts contacts, or else the owners."""
    return recipients_of({account.pk}).get(account.pk, [])


def recipients_of(account_ids: set[int]) -> dict[int, list[str]]:
    """Return where each account's billing messages go. Two queries for any number of accounts."""
    contacts = Contact.objects.filter(account__in=account_ids, category=Contact.Category.ACCOUNTS)
    found = _grouped(contacts.exclude(email="").values_list("account_id", "email"))
    owners = Member.objects.filter(account__in=account_ids - found.keys(), role=Member.Role.OWNER)
    return found | _grouped(owners.values_list("account_id", "user__email"))


def _grouped(pairs: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, set[str]] = {}
    for account_id, email in pairs:
        found.setdefault(account_id, set()).add(email)
    return {account_id: sorted(emails) for account_id, emails in found.items()}


def send_due(*, now: datetime, limit: int = 50) -> int:
    """Send what is due, at most `limit` notices; return how many were sent. Safe to run in parallel."""
    claimed = _claim(now, limit)
    return sum(_send(notice, now) for notice in claimed)


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[Notice]:
    due = (
        Notice.objects.due(now).select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")[:limit]
    )
    claimed = list(due)
    Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE, claimed_until=now + LEASE
    )
    for notice in claimed:
        notice.attempts += 1
    return claimed


def _send(notice: Notice, now: datetime) -> bool:
    try:
        sent = channels.send(notice)
    except channels.NotReady:
        _finish(notice, attempts=notice.attempts - 1, next_attempt_at=now + WAIT)
        return False
    except Exception as error:  # whatever the channel says: the row keeps it, the others go on
        _failed(notice, error, now)
        return False
    return _finish(
        notice,
        state=Notice.State.SENT,
        sent_at=now,
        next_attempt_at=None,
        error="",
        subject=sent.subject[:200],
        text=sent.text,
        message_id=sent.message_id[:200],
    )


def _failed(notice: Notice, error: Exception, now: datetime) -> None:
    parked = notice.attempts >= TRIES
    log.warning(
        "notice_failed", notice=notice.pk, attempts=notice.attempts, parked=parked, error=type(error).__name__
    )
    _finish(
        notice,
        error=f"{type(error).__name__}: {error}"[:200],
        state=Notice.State.PARKED if parked else Notice.State.OWED,
        next_attempt_at=None if parked else now + timedelta(seconds=30 * 2**notice.attempts),
    )


def _finish(notice: Notice, **fields: Any) -> bool:
    """Write the outcome unless another sender has claimed the notice since."""
    mine = Notice.objects.filter(pk=notice.pk, attempts=notice.attempts, state=Notice.State.OWED)
    return bool(mine.update(**fields))


def retry(notice: Notice, *, now: datetime) -> None:
    """Put a parked notice back in the queue."""
    Notice.objects.filter(pk=notice.pk, state=Notice.State.PARKED).update(
        state=Notice.State.OWED, attempts=0, next_attempt_at=now, error=""
    )
