"""Conversations with the operator's staff, as an account's people hold them: begin, write, read, close, reopen.

Whoever writes makes it the staff's turn; a closed conversation opens again by it. What staff do is in support_desk.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from accounts import notices
from accounts.models import Account, Conversation, Message, Reading, User
from billing_portal import text as words
from billing_portal.unit import unit

LONGEST = 5000  # characters of a message
LONGEST_SUBJECT = 120
MOST = 20  # messages of an account's people
SPAN = timedelta(hours=1)

State = Conversation.State


class NotUsable(ValueError):
    """What was written cannot be kept; `field` names it, "" for all of it."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


class TooMany(NotUsable):
    """The account's people have written as much as is taken in an hour."""


@dataclass(frozen=True)
class Said:
    """What somebody writes. `reference` is the number of a document of the same account, or ""."""

    text: str
    token: uuid.UUID
    reference: str = ""


@unit
def begin(
    account_id: int, subject: str, category: str, said: Said, *, by: User, now: datetime
) -> Conversation:
    """Open a conversation with its first message; staff get a mail. The same token returns the same conversation.

    Raises NotUsable, TooMany.
    """
    account = Account.objects.lock(account_id)
    title = words.plain(subject.replace("\0", ""), LONGEST_SUBJECT + 1)
    if not title:
        raise NotUsable("subject", "Please say in a few words what it is about.")
    if len(title) > LONGEST_SUBJECT:
        raise NotUsable("subject", f"Please use at most {LONGEST_SUBJECT} characters.")
    if category not in Conversation.Category.values:
        raise NotUsable("category", "Please choose what it is about.")
    before = _before(said, by)
    if before:
        if before.conversation.account_id != account.pk or before.conversation.subject != title:
            raise _sent_already()
        return before.conversation
    text = _allowed(account, said, now)
    made = Conversation.objects.create(
        account=account,
        subject=title,
        category=category,
        opened_by=by,
        opened_at=now,
        last_message_at=now,
        waits_since=now,
    )
    _add(made, text, said, by=by, now=now)
    return made


@unit
def write(conversation_id: int, said: Said, *, by: User, now: datetime) -> Message:
    """Add a message; staff get a mail, a closed conversation opens again. The same token returns the same message.

    Raises NotUsable, TooMany.
    """
    conversation = locked(conversation_id)
    before = _before(said, by)
    if before:
        if before.conversation_id != conversation.pk:
            raise _sent_already()
        return before
    text = _allowed(conversation.account, said, now)
    conversation.state, conversation.last_message_at = State.OPEN, now
    conversation.waits_since = conversation.waits_since or now
    conversation.save(update_fields=["state", "last_message_at", "waits_since"])
    return _add(conversation, text, said, by=by, now=now)


@unit
def read(conversation_id: int, *, by: User, now: datetime) -> None:
    """Note that a person of the account has seen the conversation up to now. Repeating changes nothing."""
    shown = Message.objects.shown().filter(conversation=conversation_id)
    newest = shown.aggregate(newest=Max("pk"))["newest"] or 0
    row, is_new = Reading.objects.get_or_create(
        conversation_id=conversation_id, user=by, defaults={"up_to": newest}
    )
    if not is_new and row.up_to < newest:
        Reading.objects.filter(pk=row.pk, up_to__lt=newest).update(up_to=newest)
    shown.filter(is_staff=True, read_at=None, pk__lte=newest).update(read_at=now)


@unit
def close(conversation_id: int) -> Conversation:
    """Close a conversation: nothing is left to answer. Repeating does nothing."""
    return set_state(locked(conversation_id), State.CLOSED)


@unit
def reopen(conversation_id: int, *, now: datetime) -> Conversation:
    """Open a closed conversation again: it is the staff's turn. Repeating does nothing."""
    conversation = locked(conversation_id)
    if conversation.state != State.CLOSED:
        return conversation
    return set_state(conversation, State.OPEN, waits_since=now)


def locked(conversation_id: int) -> Conversation:
    """Return a conversation afresh, its account locked."""
    account_id = Conversation.objects.values_list("account_id", flat=True).get(pk=conversation_id)
    account = Account.objects.lock(account_id)
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    conversation.account = account
    return conversation


def set_state(conversation: Conversation, state: str, *, waits_since: datetime | None = None) -> Conversation:
    """Set whose turn it is, in a unit of the caller's."""
    if conversation.state != state:
        conversation.state, conversation.waits_since = state, waits_since
        conversation.save(update_fields=["state", "waits_since"])
    return conversation


def checked(text: str) -> str:
    """Return a text as it is kept: plain lines without hidden characters. Raises NotUsable."""
    said = words.lines(text)
    if not said:
        raise NotUsable("text", "Please write what you want to say.")
    if len(said) > LONGEST:
        raise NotUsable("text", f"Please use at most {LONGEST:,} characters; these are {len(said):,}.")
    return said


def _before(said: Said, by: User) -> Message | None:
    """The message that this form has made before. Raises NotUsable for other words, or another person's form."""
    row = Message.objects.select_related("conversation").filter(token=said.token).first()
    if row and (row.author_id, row.text, row.is_staff) != (by.pk, checked(said.text), False):
        raise _sent_already()
    return row


def _sent_already() -> NotUsable:
    return NotUsable("", "This form was sent already. To say this too, please send it again.")


def _allowed(account: Account, said: Said, now: datetime) -> str:
    """Return the text, if the account's people have not written too much of late. The caller holds the lock."""
    text = checked(said.text)
    recent = Message.objects.filter(
        conversation__account=account, is_staff=False, created_at__gt=now - SPAN
    ).order_by("created_at")
    times = list(recent.values_list("created_at", flat=True)[:MOST])
    if len(times) >= MOST:
        minutes = -(-(times[0] + SPAN - now) // timedelta(minutes=1))
        raise TooMany(
            "",
            f"That is {MOST} messages of this account within an hour. Your text is kept here: please send it in "
            f"{minutes} minute{'' if minutes == 1 else 's'}.",
        )
    return text


def _add(conversation: Conversation, text: str, said: Said, *, by: User, now: datetime) -> Message:
    made = Message.objects.create(
        conversation=conversation,
        token=said.token,
        author=by,
        text=text,
        reference=said.reference,
        created_at=now,
    )
    Reading.objects.update_or_create(
        conversation=conversation, user=by, defaults={"up_to": made.pk}, create_defaults={"up_to": made.pk}
    )
    notices.owe(
        conversation.account,
        "support-asked",
        event=f"message:{made.pk}",
        context={
            "conversation": conversation.pk,
            "subject": conversation.subject,
            "category": conversation.get_category_display(),
            "by": str(by),
            "text": text,
            "reference": said.reference,
        },
        mails=[settings.SUPPORT_EMAIL],
        now=now,
    )
    return made
