"""Conversations between an account's people and the operator's staff: who wrote what, and whose turn it is."""

import functools
import operator
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models.people import Account, Member, User

ALL_SEEN = (Member.Role.OWNER, Member.Role.ADMIN, Member.Role.BILLING)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def read_as(self, member: Member) -> "ConversationQuerySet":
        """Those of one account that a membership reads, also one that is not stored (a look of staff)."""
        return self.filter(readable(member.role, member.user), account=member.account)

    def waiting(self) -> "ConversationQuerySet":
        """A customer has written and nobody has answered yet."""
        return self.filter(waits_since__isnull=False)

    def with_unread(self, user: User) -> "ConversationQuerySet":
        """Annotate `unread`: how many answers of staff a person who follows the conversation has not seen."""
        mine = Message.objects.unread_by(user).filter(conversation=OuterRef("pk"))
        count = mine.order_by().values("conversation").annotate(count=Count("pk")).values("count")
        return self.annotate(unread=Coalesce(Subquery(count), 0))

    def with_last_text(self) -> "ConversationQuerySet":
        """Annotate text, author's id and name, and side of the newest message that the customer may read."""
        newest = Message.objects.shown().filter(conversation=OuterRef("pk")).order_by("-pk")
        return self.annotate(
            last_text=Subquery(newest.values("text")[:1]),
            last_is_staff=Subquery(newest.values("is_staff")[:1]),
            last_by=Subquery(newest.values("author")[:1]),
            last_name=Subquery(newest.values("author__name")[:1]),
        )


class Conversation(models.Model):
    """One matter of one account, opened by one of its people."""

    class Category(models.TextChoices):
        BILLING = "billing", "Bills and payments"
        TECHNICAL = "technical", "Numbers and calls"
        GENERAL = "general", "Something else"

    class State(models.TextChoices):
        OPEN = "open", "Waits for our answer"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    account = models.ForeignKey(Account, models.PROTECT, related_name="conversations")
    subject = models.CharField(max_length=120)
    category = models.CharField(max_length=9, choices=Category)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()  # that the customer may read
    waits_since = models.DateTimeField(null=True)  # the oldest message that nobody has answered

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("answer_conversation", "Can answer, note, assign and close conversations")]
        constraints = [
            models.CheckConstraint(
                name="conversation_waits_while_open",
                condition=Q(state="open", waits_since__isnull=False)
                | Q(state__in=["answered", "closed"], waits_since=None),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-last_message_at"], name="conversation_by_account"),
            models.Index(
                fields=["waits_since"], name="conversation_waiting", condition=Q(waits_since__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Conversation {self.pk}"


class MessageQuerySet(models.QuerySet["Message"]):
    def shown(self) -> "MessageQuerySet":
        """What the customer may read: everything but the notes of staff among themselves."""
        return self.filter(is_internal=False)

    def unread_by(self, user: User) -> "MessageQuerySet":
        """Answers of staff in conversations that a person follows and may read, and has not seen yet."""
        return self.shown().filter(
            visible(user, "conversation__"),
            is_staff=True,
            conversation__readings__user=user,
            pk__gt=models.F("conversation__readings__up_to"),
        )


class Message(models.Model):
    """What somebody wrote, as plain text. Never changed."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    token = models.UUIDField(unique=True)  # of the form it was written in: sent twice, kept once
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_staff = models.BooleanField(default=False)
    is_internal = models.BooleanField(default=False)  # a note for staff; the customer never reads it
    text = models.TextField()  # at most 5,000 characters, no hidden ones
    reference = models.CharField(max_length=16, blank=True)  # number of a document of the account
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # when somebody of the other side saw it first

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "conversation message"
        constraints = [
            models.CheckConstraint(name="message_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="message_note_is_of_staff", condition=Q(is_internal=False) | Q(is_staff=True)
            ),
        ]
        indexes = [models.Index(fields=["conversation", "id"], name="message_by_conversation")]

    def __str__(self) -> str:
        return f"Message {self.pk} of conversation {self.conversation_id}"

    @property
    def slug(self) -> str:
        """The named document as an address of the panel has it."""
        return self.reference.replace("/", "-")


class Reading(models.Model):
    """A person of the account follows a conversation, and has seen it up to a message."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    up_to = models.BigIntegerField()  # a message's id

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.user_id} of conversation {self.conversation_id}"


def visible(user: User, prefix: str = "") -> Q:
    """Which conversations a person may read, by their role on each account (`readable`).

    `prefix` leads from the filtered rows to the conversation.
    """
    member, role = f"{prefix}account__members__user", f"{prefix}account__members__role"
    by_role = (Q(**{role: one}) & readable(one, user, prefix) for one in Member.Role.values)
    return Q(**{member: user}) & functools.reduce(operator.or_, by_role)


def readable(role: str, user: User, prefix: str = "") -> Q:
    """Which conversations of an account a role reads.

    Owner, admin and billing read all; a manager reads all but those about money that others opened; an agent reads
    their own.
    """
    own = Q(**{f"{prefix}opened_by": user})
    if role in ALL_SEEN:
        return Q()
    return (
        own | ~Q(**{f"{prefix}category": Conversation.Category.BILLING})
        if role == Member.Role.MANAGER
        else own
    )
