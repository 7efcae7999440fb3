"""E-invoices: one row for each document that the government's portal must register, and what it answered."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from invoices.models.documents import Document


class EInvoiceQuerySet(models.QuerySet["EInvoice"]):
    def due(self, now: datetime) -> "EInvoiceQuerySet":
        return self.filter(state=EInvoice.State.WAITING, next_attempt_at__lte=now)


class EInvoice(models.Model):
    """The registration of one document. What the portal answered never changes again: a trigger refuses it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being registered"
        REGISTERED = "registered", "Registered"
        REFUSED = "refused", "Needs a person"
        CANCELLED = "cancelled", "Cancelled at the portal"  # by somebody there: we cancel none

    document = models.OneToOneField(Document, models.PROTECT, related_name="einvoice")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    irn = models.CharField("IRN", max_length=64, unique=True, null=True)  # given by the portal: 64 hex digits
    ack_number = models.CharField("acknowledgement", max_length=20, blank=True)  # the portal's AckNo
    ack_at = models.DateTimeField("acknowledged", null=True)  # its AckDt
    signed_qr = models.TextField(blank=True)  # its SignedQRCode: the whole token, as it is printed
    signed_invoice = models.TextField(blank=True)  # its SignedInvoice, kept with the books
    sent_at = models.DateTimeField(
        null=True
    )  # first handed over; from then on it is asked for before it is sent
    attempts = models.IntegerField(default=0)  # claims: the fencing number
    failures = models.IntegerField(default=0)  # of its own, not those of a portal that is away
    next_attempt_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)  # the portal's words, or ours
    registered_at = models.DateTimeField(null=True)

    objects: ClassVar[EInvoiceQuerySet] = EInvoiceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "e-invoice"
        constraints = [
            models.CheckConstraint(
                name="einvoice_registered_whole",
                condition=~Q(state="registered")
                | Q(irn__regex=r"^[0-9a-f]{64}$", ack_at__isnull=False, registered_at__isnull=False)
                & ~Q(ack_number="")
                & ~Q(signed_qr=""),
            ),
            models.CheckConstraint(
                name="einvoice_irn_when_registered",
                condition=Q(irn=None) | Q(state__in=["registered", "cancelled"]),
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="einvoice_due", condition=Q(state="waiting")),
            models.Index(fields=["state"], name="einvoice_open", condition=~Q(state="registered")),
        ]

    def __str__(self) -> str:
        return f"e-invoice of {self.document_id}"

    @property
    def is_registered(self) -> bool:
        return self.state == self.State.REGISTERED
