"""Disputes (chargebacks): the bank of who paid asks for the money back."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from payments.models.payments import Payment


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> "DisputeQuerySet":
        """Neither won, lost nor closed."""
        return self.filter(decided_at=None)

    def unanswered(self) -> "DisputeQuerySet":
        """They wait for our evidence, or for more of it."""
        return self.open().filter(state__in=Dispute.UNANSWERED)

    def charged_back(self) -> "DisputeQuerySet":
        """Their money has been taken out of the account, and stands so."""
        return self.filter(debited_at__isnull=False, returned_at=None)

    def to_follow(self) -> "DisputeQuerySet":
        """Open ones, and closed ones whose money the gateway still holds back."""
        held = Q(state="closed", debited_at=None, deducted__gt=0)
        return self.filter(Q(decided_at=None) | held).order_by("pk")


class Dispute(models.Model):
    """One dispute as the gateway told it last, and what it did to the books."""

    class State(models.TextChoices):
        OPEN = "open", "Needs an answer"
        ACTION_REQUIRED = "action_required", "Needs more evidence"
        UNDER_REVIEW = "under_review", "Under review"
        CLOSED = "closed", "Closed"
        LOST = "lost", "Lost"
        WON = "won", "Won"

    UNANSWERED = (State.OPEN, State.ACTION_REQUIRED)
    PATIENCE = timedelta(days=3)  # that a closed dispute's money may take to come back to us

    account = models.ForeignKey(Account, models.PROTECT, related_name="disputes")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    gateway_dispute_id = models.CharField(max_length=40, unique=True)
    amount = models.BigIntegerField()  # paise that are asked back
    deducted = models.BigIntegerField(default=0)  # paise that the gateway holds back for it now
    state = models.CharField(max_length=15, choices=State)
    phase = models.CharField(max_length=20, blank=True)  # the gateway's word: retrieval, chargeback, …
    reason_code = models.CharField(max_length=60, blank=True)  # the gateway's word
    respond_by = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()  # at the gateway
    heard_at = models.DateTimeField()  # when we heard of it first
    decided_at = models.DateTimeField(null=True)  # won, lost or closed, as we learnt it
    debited = models.BigIntegerField(default=0)  # paise that were taken out of the account
    debited_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)  # won after that: given to the account again
    note = models.TextField(max_length=1000, blank=True)  # our evidence in words, the gateway's summary
    proofs = models.JSONField(default=list)  # [{"id": "doc_…", "kind": "billing_proof"}], at the gateway
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)  # when a person gave it up
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[DisputeQuerySet] = DisputeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("answer_dispute", "Can contest or accept a dispute")]
        constraints = [
            models.CheckConstraint(
                name="dispute_amounts", condition=Q(amount__gt=0, deducted__gte=0, debited__gte=0)
            ),
            models.CheckConstraint(
                name="dispute_debited_has_time",
                condition=Q(debited=0, debited_at=None) | Q(debited__gt=0, debited_at__isnull=False),
            ),
            models.CheckConstraint(
                name="dispute_returned_after_debit",
                condition=Q(returned_at=None) | Q(debited_at__isnull=False),
            ),
            models.CheckConstraint(
                name="dispute_lost_is_decided", condition=~Q(state="lost") | Q(decided_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["respond_by"], name="dispute_open", condition=Q(decided_at__isnull=True)),
            models.Index(fields=["account", "-opened_at"], name="dispute_by_account"),
        ]

    def __str__(self) -> str:
        return self.gateway_dispute_id

    @property
    def cause(self) -> str:
        """The key of the debit in the books."""
        return f"dispute:{self.gateway_dispute_id}"

    @property
    def won_cause(self) -> str:
        """The key of the money's coming back."""
        return f"dispute-won:{self.gateway_dispute_id}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def is_unanswered(self) -> bool:
        return self.is_open and self.state in self.UNANSWERED

    def is_taken_for_good(self, now: datetime) -> bool:
        """Whether the money is the payer's: lost, or closed and not given back to us in time."""
        is_kept = self.deducted > 0 and self.decided_at is not None and now >= self.decided_at + self.PATIENCE
        return self.state == self.State.LOST or (self.state == self.State.CLOSED and is_kept)
