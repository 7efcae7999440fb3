"""Messages to accounts and to single people: owed in the transaction of their cause, sent once, kept as sent."""

import re
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from accounts.models.people import Account

REFERENCE = re.compile(r"notice-([1-9][0-9]{0,17})-[0-9]{1,12}")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, now: datetime) -> "NoticeQuerySet":
        """Owed, not parked, and their next attempt has come."""
        return self.filter(state=Notice.State.OWED, next_attempt_at__lte=now)

    def of_reference(self, reference: str) -> "Notice | None":
        """The notice that was handed over under this reference, if it is one of ours."""
        match = REFERENCE.fullmatch(reference)
        found = self.filter(pk=int(match[1])).first() if match else None
        return found if found and found.reference == reference else None


class Notice(models.Model):
    """One message to one recipient over one channel because of one event."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "SMS"

    class State(models.TextChoices):
        OWED = "owed", "Waiting"
        SENT = "sent", "Sent"
        PARKED = "parked", "Needs a person"

    # null: to one person about their own sign-in, or to the house
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="notices")
    name = models.CharField(max_length=40)  # template under templates/notices/
    event = models.CharField(max_length=80)  # e.g. "payment:PAY2627-000007"
    channel = models.CharField(max_length=5, choices=Channel)
    recipient = models.CharField(max_length=254)
    context = models.JSONField(default=dict)
    attachments = models.JSONField(default=list)  # [{"name": …, "file": name in the documents storage}]
    state = models.CharField(max_length=6, choices=State, default=State.OWED)
    owed_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, blank=True)  # the provider's or the mail's
    delivered_at = models.DateTimeField(null=True)  # as the provider reports it; mails have no report
    undelivered = models.CharField(
        max_length=100, blank=True, db_default=""
    )  # why not, in the provider's words
    subject = models.CharField(max_length=200, blank=True)  # as sent
    text = models.TextField(blank=True)  # as sent

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("retry_notice", "Can put a parked message back in the queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name", "channel", "recipient"], name="notice_owed_once"
            ),
            models.CheckConstraint(
                name="notice_sent_has_time", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="notice_due", condition=Q(state="owed")),
            models.Index(fields=["account", "-owed_at"], name="notice_by_account"),
            BrinIndex(fields=["owed_at"], name="notice_by_day", pages_per_range=32),
            models.Index(fields=["owed_at"], name="notice_unsent", condition=~Q(state="sent")),
        ]

    def __str__(self) -> str:
        return self.name.replace("-", " ").capitalize()

    @property
    def reference(self) -> str:
        """What the provider knows the message by; a row that a restored backup numbers again gets another."""
        return f"notice-{self.pk}-{int(self.owed_at.timestamp())}"


class SmsReport(models.Model):
    """What the SMS provider reported about one message; stored once by its id, whatever it speaks of."""

    class State(models.TextChoices):
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Not delivered"

    report_id = models.CharField(max_length=64, unique=True)  # given by the provider, under its signature
    reference = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State)
    reason = models.CharField(max_length=100, blank=True)  # in the provider's words
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="reports")  # null: not ours

    def __str__(self) -> str:
        return f"{self.report_id} {self.state}"
