"""Conversations from the staff's side: reply, note, take, close, reopen. Each is a line in the audit chain.

The chain keeps that something was written, never what: the words live and are erased with the conversation.
"""

from datetime import datetime
from typing import Any

from accounts import audit, notices, support
from accounts.levels import Level
from accounts.models import Conversation, Message, User
from accounts.support import NotUsable, Said
from billing_portal.unit import unit

State = Conversation.State


class Changed(Exception):
    """The customer or a colleague has written since the page was opened: look first."""


@unit
def reply(conversation_id: int, said: Said, *, seen: int, actor: User, now: datetime) -> Message:
    """Answer the customer; who opened it gets a mail, and about money the billing contacts too.

    `seen` is the newest message's id that the writer has read. The same token returns the same message.
    Raises NotUsable, Changed.
    """
    conversation = support.locked(conversation_id)
    before = _before(conversation, said, actor, is_internal=False)
    if before:
        return before
    if conversation.account.wanted_level == Level.DELETED:
        raise NotUsable("", "This account is deleted: nobody is left to read an answer.")
    if conversation.messages.shown().filter(pk__gt=seen).exists():
        raise Changed
    made = _answer(conversation, said, actor, now)
    _recorded(conversation, "reply", actor, now, after={"message": made.pk})
    _tell(made, conversation, now)
    return made


@unit
def answered(conversation_id: int, said: Said, *, actor: User, now: datetime) -> Message:
    """Let an answer that was given, told and recorded elsewhere stand in the conversation too. Same token, same one."""
    conversation = support.locked(conversation_id)
    return _before(conversation, said, actor, is_internal=False) or _answer(conversation, said, actor, now)


@unit
def note(conversation_id: int, said: Said, *, actor: User, now: datetime) -> Message:
    """Add a note that only staff read; whose turn it is stays. Same token, same note. Raises NotUsable."""
    conversation = support.locked(conversation_id)
    before = _before(conversation, said, actor, is_internal=True)
    if before:
        return before
    if conversation.account.wanted_level == Level.DELETED:
        raise NotUsable("", "This account is deleted: nothing is written about its people any more.")
    made = _add(conversation, said, actor, now, is_internal=True)
    _recorded(conversation, "note", actor, now, after={"message": made.pk})
    return made


@unit
def assign(conversation_id: int, to: User | None, *, actor: User, now: datetime) -> Conversation:
    """Give a conversation to a member of staff, or to nobody. Repeating does nothing."""
    conversation = support.locked(conversation_id)
    before = conversation.assigned_to_id
    if before != (to.pk if to else None):
        conversation.assigned_to = to
        conversation.save(update_fields=["assigned_to"])
        was, became = {"assigned_to": before}, {"assigned_to": to.pk if to else None}
        _recorded(conversation, "assign", actor, now, before=was, after=became)
    return conversation


@unit
def close(conversation_id: int, *, actor: User, now: datetime) -> Conversation:
    """Close a conversation. Repeating does nothing."""
    return _turn(support.locked(conversation_id), State.CLOSED, actor, now)


@unit
def reopen(conversation_id: int, *, actor: User, now: datetime) -> Conversation:
    """Open a closed conversation again; whose turn it is follows from who wrote last. Repeating does nothing."""
    conversation = support.locked(conversation_id)
    if conversation.state != State.CLOSED:
        return conversation
    last = conversation.messages.shown().order_by("-pk")[0]
    return _turn(conversation, State.ANSWERED if last.is_staff else State.OPEN, actor, now)


@unit
def read(conversation_id: int, *, now: datetime) -> None:
    """Note that staff have seen what the customer wrote. Repeating changes nothing."""
    unread = Message.objects.filter(conversation=conversation_id, is_staff=False, read_at=None)
    unread.update(read_at=now)


def _turn(conversation: Conversation, state: str, actor: User, now: datetime) -> Conversation:
    before = conversation.state
    if before != state:
        support.set_state(conversation, state, waits_since=now if state == State.OPEN else None)
        act = "close" if state == State.CLOSED else "reopen"
        _recorded(conversation, act, actor, now, before={"state": before}, after={"state": state})
    return conversation


def _before(conversation: Conversation, said: Said, actor: User, *, is_internal: bool) -> Message | None:
    row = Message.objects.filter(token=said.token).first()
    if row is None:
        return None
    there = (row.conversation_id, row.author_id, row.is_internal, row.text)
    if there != (conversation.pk, actor.pk, is_internal, support.checked(said.text)):
        raise NotUsable("", "This form was sent already. To say this too, please send it again.")
    return row


def _answer(conversation: Conversation, said: Said, actor: User, now: datetime) -> Message:
    made = _add(conversation, said, actor, now, is_internal=False)
    conversation.state, conversation.waits_since, conversation.last_message_at = State.ANSWERED, None, now
    conversation.assigned_to = conversation.assigned_to or actor
    conversation.save(update_fields=["state", "waits_since", "last_message_at", "assigned_to"])
    return made


def _add(conversation: Conversation, said: Said, actor: User, now: datetime, *, is_internal: bool) -> Message:
    return Message.objects.create(
        conversation=conversation,
        token=said.token,
        author=actor,
        is_staff=True,
        is_internal=is_internal,
        text=support.checked(said.text),
        created_at=now,
    )


def _recorded(
    conversation: Conversation,
    act: str,
    actor: User,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        f"accounts.conversation.{act}",
        actor=actor,
        account=conversation.account,
        subject=f"conversation:{conversation.pk}",
        reason="Written on the conversation's page",
        before=before,
        after=after,
        now=now,
    )


def _tell(made: Message, conversation: Conversation, now: datetime) -> None:
    """Owe the reply to who opened the conversation, while they belong to the account; about money to its contacts."""
    opener = conversation.opened_by
    is_there = opener.is_active and conversation.account.members.filter(user=opener).exists()
    mails = {opener.email} if is_there else set()
    if conversation.category == Conversation.Category.BILLING or not is_there:
        mails |= set(notices.recipients(conversation.account))
    notices.owe(
        conversation.account,
        "support-reply",
        event=f"message:{made.pk}",
        context={
            "conversation": conversation.pk,
            "subject": conversation.subject,
            "by": made.author.get_short_name(),
            "text": made.text,
        },
        mails=sorted(mails),
        now=now,
    )
