"""Messages: owed in the transaction of their cause, sent once by a job, kept as they were sent.

A notice is due when its `next_attempt_at` has come. The sender claims it for two minutes with a fencing
number (`attempts`), so that a late finisher is refused. After eight failures it is parked for a person.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from accounts import channels
from accounts.models import Account, Contact, Member, Notice

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TRIES = 8
WAIT = timedelta(seconds=2)  # for an attached file that is not written yet


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
    Notice.objects.bulk_create(
        [
            Notice(
                account=account,
                name=name,
                event=event,
                channel=Notice.Channel.EMAIL,
                recipient=recipient,
                context=context or {},
                attachments=list(attachments),
                owed_at=now,
                next_attempt_at=now,
            )
            for recipient in recipients(account)
        ],
        ignore_conflicts=True,
    )


def recipients(account: Account) -> list[str]:
    """Return where billing messages go: the accounts contacts, or else the owners."""
    contacts = account.contacts.filter(category=Contact.Category.ACCOUNTS).exclude(email="")
    found = sorted(set(contacts.values_list("email", flat=True)))
    if found:
        return found
    owners = account.members.filter(role=Member.Role.OWNER)
    return sorted(set(owners.values_list("user__email", flat=True)))


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
