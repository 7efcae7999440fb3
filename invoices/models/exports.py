"""Files that somebody asked for (ZIPs, statements, registers), and what customers say is wrong with an invoice."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, Conversation
from invoices.models.documents import Document


class ExportQuerySet(models.QuerySet["Export"]):
    def due(self, now: datetime) -> "ExportQuerySet":
        return self.filter(state=Export.State.WAITING, next_attempt_at__lte=now)


class Export(models.Model):
    """A file in the making: asked for by a person, made by a job, shown with its progress, kept for a while."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being prepared"
        READY = "ready", "Ready"
        PARKED = "parked", "Could not be made"
        EXPIRED = "expired", "No longer kept"

    token = models.UUIDField(unique=True)  # in its address; the same click twice is one export
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="exports"
    )  # none: of all, for staff
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)  # a row of exports.KINDS
    title = models.CharField(max_length=120)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    done = models.IntegerField(default=0)  # parts of `total`, for the progress
    total = models.IntegerField(default=0)
    name = models.CharField(max_length=120, blank=True)  # in the documents storage
    download_as = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.BigIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    attempts = models.IntegerField(default=0)  # also the fencing number of a claim
    next_attempt_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[ExportQuerySet] = ExportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("export_finance", "Can export registers, ageing and the journal")]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="export_due", condition=Q(state="waiting")),
            models.Index(fields=["expires_at"], name="export_expiring", condition=Q(state="ready")),
            models.Index(fields=["account", "-asked_at"], name="export_by_account"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def waits_for(self) -> str:
        """What it waits for, as people may read it. A failure's own words count an attempt and are for staff."""
        return "" if self.attempts else self.error


class ProblemQuerySet(models.QuerySet["ProblemReport"]):
    def open(self) -> "ProblemQuerySet":
        """Answered neither here nor in the conversation about it."""
        waits = Q(conversation=None) | Q(conversation__state=Conversation.State.OPEN)
        return self.filter(waits, answered_at=None)


class ProblemReport(models.Model):
    """What a customer says is wrong with a document, and what staff answered."""

    token = models.UUIDField(unique=True)
    document = models.ForeignKey(Document, models.PROTECT, related_name="problems")
    account = models.ForeignKey(Account, models.PROTECT, related_name="problem_reports")
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    conversation = models.OneToOneField(  # about it; gone with the account's people
        Conversation, models.SET_NULL, null=True, related_name="problem"
    )
    text = models.TextField(max_length=2000)
    reported_at = models.DateTimeField()
    answer = models.TextField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[ProblemQuerySet] = ProblemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("answer_problem", "Can answer a reported problem")]
        indexes = [
            models.Index(fields=["reported_at"], name="problem_open", condition=Q(answered_at=None)),
            models.Index(fields=["account", "-reported_at"], name="problem_by_account"),
        ]

    def __str__(self) -> str:
        return f"problem with {self.document_id}"
