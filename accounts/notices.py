"""Messages: owed in the transaction of their cause, sent once by a job, kept as they were sent.

A notice is due when its `next_attempt_at` has come. The sender claims it for two minutes with a fencing
number (`attempts`), so that a late finisher is refused. After eight failures of its own it is parked for a person;
while its channel cannot be reached at all it is tried for three days.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from accounts import addressees, queues, sms_templates
from accounts import channels as ways
from accounts.models import Account, Notice, User
from billing_portal import bulk

log = structlog.get_logger(__name__)

EMAIL: Sequence[str] = (Notice.Channel.EMAIL,)
EMAIL_SMS: Sequence[str] = (Notice.Channel.EMAIL, Notice.Channel.SMS)
LEASE = timedelta(minutes=2)
BEGIN_WITHIN = 60  # seconds of the lease; the rest is more than the slowest sending takes
TRIES = 8  # of a message whose channel works
OUTAGE = timedelta(days=3)  # then a person decides
LONGEST_WAIT = timedelta(minutes=10)  # so that after an outage all is out soon
WAIT = timedelta(
    seconds=2
)  # at least, for an attached file that is not written yet; a tenth of the notice's age


@dataclass(frozen=True)
class Owed:
    """One message to an account's contacts; `name` is its template under templates/notices/.

    `channels` are "email" and "sms"; only a name with a registered text (sms_templates) may go by SMS. `mails` are
    addresses to use instead of the contacts'.
    """

    account: Account
    name: str
    event: str
    context: dict[str, Any] = field(default_factory=dict)
    attachments: Sequence[dict[str, str]] = ()
    channels: Sequence[str] = EMAIL
    mails: Sequence[str] = ()


def owe(
    account: Account,
    name: str,
    *,
    event: str,
    now: datetime,
    context: dict[str, Any] | None = None,
    attachments: Iterable[dict[str, str]] = (),
    channels: Sequence[str] = EMAIL,
    mails: Sequence[str] = (),
) -> None:
    """Owe the account's contacts a message, once per event, channel and recipient.

    `name` is its template under templates/notices/; `attachments` name files of the documents storage,
    which the sender waits for. Repeating does nothing.
    """
    owe_many([Owed(account, name, event, context or {}, list(attachments), channels, mails)], now=now)


def owe_many(owed: Sequence[Owed], *, now: datetime) -> None:
    """Owe many accounts their messages in a constant number of statements. Repeating does nothing.

    Raises sms_templates.NotRegistered for an SMS without a registered text.
    """
    whom = _whom(owed)
    bulk.create(
        [
            Notice(
                account=one.account,
                name=one.name,
                event=one.event,
                channel=channel,
                recipient=recipient,
                context=one.context,
                attachments=list(one.attachments) if channel == Notice.Channel.EMAIL else [],
                owed_at=now,
                next_attempt_at=now,
            )
            for one in owed
            for channel in one.channels
            for recipient in one.mails or whom[channel].get(one.account.pk, [])
        ],
        unless_there=True,
    )


def owe_person(
    recipient: str, name: str, *, event: str, now: datetime, context: dict[str, Any] | None = None
) -> None:
    """Owe one person, or the house, a mail that belongs to no account. Repeating does nothing."""
    notice = Notice(
        name=name,
        event=event,
        channel=Notice.Channel.EMAIL,
        recipient=recipient,
        context=context or {},
        owed_at=now,
        next_attempt_at=now,
    )
    bulk.create([notice], unless_there=True)


def _whom(owed: Sequence[Owed]) -> dict[str, addressees.Where]:
    accounts: dict[str, set[int]] = {}
    for one in owed:
        for channel in one.channels:
            accounts.setdefault(channel, set()).add(one.account.pk)
            if channel == Notice.Channel.SMS:
                sms_templates.of(one.name)
    return {channel: addressees.of(channel, ids) for channel, ids in accounts.items()}


def recipients(account: Account, channel: str = Notice.Channel.EMAIL) -> list[str]:
    """Return where an account's billing messages go over a channel."""
    return addressees.of(channel, {account.pk}).get(account.pk, [])


def send_due(*, now: datetime, channel: str | None = None, limit: int = 50) -> int:
    """Send what is due over a channel (or any), at most `limit`; return how many. Safe to run in parallel.

    What could not be begun while the claim surely lasts is put back, so that no other sender is at it too.
    """
    last = time.monotonic() + BEGIN_WITHIN
    sent = 0
    for notice in _claim(now, limit, channel):
        if time.monotonic() < last:
            sent += _send(notice, now)
        else:
            _finish(notice, attempts=notice.attempts - 1, next_attempt_at=now)
    return sent


@transaction.atomic
def _claim(now: datetime, limit: int, channel: str | None) -> list[Notice]:
    due = Notice.objects.due(now).select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")
    claimed = list((due.filter(channel=channel) if channel else due)[:limit])
    Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE, claimed_until=now + LEASE
    )
    for notice in claimed:
        notice.attempts += 1
    return claimed


def _send(notice: Notice, now: datetime) -> bool:
    try:
        sent = ways.send(notice)
    except ways.NotReady:
        wait = min(
            max(WAIT, (now - notice.owed_at) / 10), LONGEST_WAIT
        )  # a file may wait for days for its IRN
        _finish(notice, attempts=notice.attempts - 1, next_attempt_at=now + wait)
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
    is_last = now >= notice.owed_at + OUTAGE if ways.is_away(error) else notice.attempts >= TRIES
    log.warning(
        "notice_failed",
        notice=notice.pk,
        attempts=notice.attempts,
        parked=is_last,
        error=type(error).__name__,
    )
    _finish(
        notice,
        error=f"{type(error).__name__}: {error}"[:200],
        state=Notice.State.PARKED if is_last else Notice.State.OWED,
        next_attempt_at=None if is_last else now + _wait(notice.attempts),
    )


def _wait(attempts: int) -> timedelta:
    return min(timedelta(seconds=30 * 2 ** min(attempts, 6)), LONGEST_WAIT)


def _finish(notice: Notice, **fields: Any) -> bool:
    """Write the outcome unless another sender has claimed the notice since."""
    mine = Notice.objects.filter(pk=notice.pk, attempts=notice.attempts, state=Notice.State.OWED)
    return bool(mine.update(**fields))


def retry(notice: Notice, *, reason: str, by: User, now: datetime) -> bool:
    """Put a parked notice back in the queue, and write down who did; return whether it was parked."""
    return queues.again(
        Notice.objects.filter(pk=notice.pk, state=Notice.State.PARKED),
        {"state": Notice.State.OWED, "attempts": 0, "next_attempt_at": now, "error": ""},
        action="accounts.retry_notice",
        subject=f"notice:{notice.pk}",
        reason=reason,
        before={"state": str(Notice.State.PARKED)},
        after={"state": str(Notice.State.OWED)},
        by=by,
        now=now,
        account=notice.account,
    )
