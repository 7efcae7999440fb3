"""Signed calls of the gateway, stored before they are acted on, and reports that need a person."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from payments.models.payments import Payment


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    def due(self, now: datetime) -> "WebhookEventQuerySet":
        return self.filter(handled_at=None, parked_at=None, next_attempt_at__lte=now)


class WebhookEvent(models.Model):
    """One signed call. The same body, or the same event id, is stored once."""

    event_id = models.CharField(max_length=80, unique=True, null=True)
    body_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60)
    body = models.BinaryField()  # the raw bytes that were signed
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    objects: ClassVar[WebhookEventQuerySet] = WebhookEventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("retry_event", "Can put a parked call back in the queue")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="webhook_event_due",
                condition=Q(handled_at__isnull=True, parked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id or self.body_hash[:12]}"


class ParkedReport(models.Model):
    """Money, or news of money, that does not fit what we asked for: never credited, never lost."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", "Amount differs"
        CURRENCY = "currency", "Currency differs"
        ORDER = "order", "Order differs"
        SECOND = "second", "Second payment of one order"
        UNKNOWN_ORDER = "unknown_order", "Not an order of ours"
        DELETED = "deleted", "Its account is deleted: refund it"
        UTR = "utr", "Its UTR is in the books already"
        DISPUTE = "dispute", "Dispute of a payment that is not ours"
        REFUND = "refund", "Refund that the gateway does not know"
        UNKNOWN_PAYMENT = "unknown_payment", "The gateway does not know it (other mode or account)"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"

    kind = models.CharField(max_length=16, choices=Kind)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="parked_reports")
    gateway_payment_id = models.CharField(max_length=40)
    gateway_order_id = models.CharField(max_length=40, blank=True)
    amount = models.BigIntegerField(null=True)  # paise, as reported
    currency = models.CharField(max_length=3, blank=True)
    account = models.ForeignKey(  # to whose own account at the gateway it came, where it is a transfer
        Account, models.PROTECT, null=True, related_name="parked_reports", db_index=False
    )
    reference = models.CharField(max_length=40, blank=True, db_default="")  # the bank's: a transfer's UTR
    detail = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    parked_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolution = models.CharField(max_length=500, blank=True)

    class Meta:
        permissions = [("resolve_parked", "Can credit or close a parked report")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "gateway_payment_id"], name="parked_once"),
            models.CheckConstraint(
                name="parked_resolved_has_reason",
                condition=~Q(state="resolved") | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
            ),
        ]
        indexes = [models.Index(fields=["parked_at"], name="parked_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.gateway_payment_id}"
