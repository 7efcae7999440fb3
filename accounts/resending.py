"""Sending a message again at a customer's wish: the same words to the same address, as a message of its own.

Only what keeps its sense (money and documents), and only to who is told such things today. A text message is not sent
twice: it was paid for, and its provider says whether it came.
"""

from datetime import datetime

from accounts import audit, notices, sent_messages
from accounts.models import Account, Notice, User
from accounts.sent_messages import KINDS, Kind
from billing_portal import clock
from billing_portal.unit import unit

LASTING = (Kind.PAYMENTS, Kind.INVOICES, Kind.AUTO_PAY)


class NotPossible(ValueError):
    """This message is not sent again; the text says why."""


@unit
def send_again(notice: Notice, *, reason: str, actor: User, now: datetime) -> Notice:
    """Owe a sent mail once more, at most once a day; again on the same day returns that one. Raises NotPossible."""
    account = Account.objects.lock(notice.account_id) if notice.account_id else None
    if account is None or KINDS.get(notice.name) not in LASTING:
        raise NotPossible(
            f"{sent_messages.title(notice)}: only messages about money and documents are sent again."
        )
    if notice.channel != Notice.Channel.EMAIL or notice.state != Notice.State.SENT:
        raise NotPossible(f"{sent_messages.title(notice)}: only a mail that was sent is sent again.")
    if notice.recipient not in notices.recipients(account):
        raise NotPossible(f"{notice.recipient} is no billing contact of {account.ban} any more.")
    first = notice.event.partition(":again:")[0]
    row, is_new = account.notices.get_or_create(
        event=f"{first}:again:{clock.business_date(now):%Y%m%d}"[-80:],
        name=notice.name,
        channel=notice.channel,
        recipient=notice.recipient,
        defaults={
            "context": notice.context,
            "attachments": notice.attachments,
            "owed_at": now,
            "next_attempt_at": now,
        },
    )
    if is_new:
        audit.record(
            "accounts.send_notice_again",
            actor=actor,
            account=account,
            subject=f"notice:{notice.pk}",
            reason=reason,
            after={"notice": row.pk, "message": notice.name},
            now=now,
        )
    return row
