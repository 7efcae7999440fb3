"""Money that goes back to who paid it."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum

from accounts.models import Account, Approval
from invoices.models import Document
from payments.models.bank import BankLine
from payments.models.events import ParkedReport
from payments.models.payments import Payment


class RefundQuerySet(models.QuerySet["Refund"]):
    def standing(self) -> "RefundQuerySet":
        """Those that have not failed: their money is on its way or gone."""
        return self.exclude(status=Refund.Status.FAILED)

    def of_ours(self) -> "RefundQuerySet":
        """Those that moved money of our books, or will; not what was never credited."""
        return self.exclude(source__in=Refund.UNBOOKED)

    def for_a_person(self) -> "RefundQuerySet":
        """They wait for somebody of staff: to look, to agree, or to pay by bank."""
        by_bank = Q(status=Refund.Status.ASKED, way=Refund.Way.BANK)
        return self.filter(Q(parked_at__isnull=False) | Q(status=Refund.Status.WAITING) | by_bank)

    def to_send(self, now: datetime) -> "RefundQuerySet":
        """Promised and not at the gateway yet, their next try due."""
        return self.filter(status=Refund.Status.ASKED, parked_at=None, next_at__lte=now)

    def to_look_at(self, now: datetime) -> "RefundQuerySet":
        """At the gateway, and their next look due: pending, or without the bank's reference so far."""
        waiting = (Refund.Status.SENT, Refund.Status.PROCESSED)
        return self.filter(status__in=waiting, next_at__lte=now, gateway_refund_id__isnull=False)

    def total(self) -> int:
        return self.aggregate(sum=Sum("amount", default=0))["sum"]


class Refund(models.Model):
    """One sum given back. Its money leaves the account when it is asked for, and the gateway when that has done it."""

    class Source(models.TextChoices):
        """What of the account it takes."""

        ADVANCE = "advance", "Unused advance"  # with a refund voucher, the tax too
        PROMISED = "promised", "Refund voucher issued before"
        CREDIT = "credit", "Unused credit of a credit note"
        TAKEN = "taken", "Made at the gateway, not by us"  # of a received payment: the books follow
        PARKED = "parked", "Money that was never credited"  # a parked report, sent back
        GATEWAY = "gateway", "Given back by the gateway by itself"  # before it was ours: written down only

    class Way(models.TextChoices):
        GATEWAY = "gateway", "By the gateway, to the source"
        BANK = "bank", "By bank transfer"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"  # only money of no account; else an approval waits
        ASKED = "asked", "To be sent"
        SENT = "sent", "On its way"
        PROCESSED = "processed", "Paid out"
        FAILED = "failed", "Failed"

    UNBOOKED = (Source.PARKED, Source.GATEWAY)
    OPEN = (Status.WAITING, Status.ASKED, Status.SENT)

    number = models.CharField(
        max_length=20, unique=True
    )  # ours, e.g. "RFD2627-000003"; the gateway's receipt
    key = models.CharField(
        max_length=40, unique=True
    )  # the gateway's idempotency key: stored before any call
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="refunds")
    report = models.ForeignKey(ParkedReport, models.PROTECT, null=True, related_name="refunds")
    source = models.CharField(max_length=8, choices=Source)
    way = models.CharField(max_length=7, choices=Way, default=Way.GATEWAY)
    amount = models.BigIntegerField()  # paise
    document = models.ForeignKey(  # the refund voucher that promised it, or the credit note whose rest it is
        Document, models.PROTECT, null=True, related_name="refunds"
    )
    status = models.CharField(max_length=9, choices=Status)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    approval = models.OneToOneField(Approval, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    gateway_payment_id = models.CharField(max_length=40, blank=True)  # what it gives back of
    gateway_refund_id = models.CharField(max_length=40, unique=True, null=True)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # the next try to send, or the next look at the gateway
    error = models.CharField(max_length=300, blank=True)  # of the last try, in the gateway's words
    parked_at = models.DateTimeField(null=True)  # it waits for a person
    processed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=40, blank=True)  # the bank's: ARN, RRN, UTR; comes later
    line = models.OneToOneField(BankLine, models.PROTECT, null=True, related_name="refund")  # paid by bank

    objects: ClassVar[RefundQuerySet] = RefundQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("give_refund", "Can refund payments, and decide what waits of them")]
        constraints = [
            models.CheckConstraint(name="refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_processed_has_time",
                condition=~Q(status="processed") | Q(processed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_failed_has_time", condition=~Q(status="failed") | Q(failed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="refund_by_two",
                condition=Q(approved_by=None) | Q(asked_by=None) | ~Q(approved_by=models.F("asked_by")),
            ),
            models.UniqueConstraint(
                fields=["report"], name="refund_of_report_once", condition=Q(failed_at=None)
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="refund_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["-asked_at", "-id"], name="refund_by_day"),
            models.Index(fields=["reference"], name="refund_by_reference", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def cause(self) -> str:
        """The key of its paying out in the books."""
        return f"refund:{self.number}"

    @property
    def failed_cause(self) -> str:
        """The key of its money's coming back."""
        return f"refund-failed:{self.number}"

    @property
    def credit_cause(self) -> str:
        """The key of taking a credit note's rest for it."""
        return f"refund-credit:{self.number}"

    @property
    def taken_cause(self) -> str:
        """The key of taking the money of a refund that we did not ask for out of the account."""
        return f"refund-taken:{self.number}"

    @property
    def voucher_cause(self) -> str:
        """What the causes of its refund vouchers begin with."""
        return f"refund-of:{self.number}:"

    @property
    def is_booked(self) -> bool:
        return self.source not in self.UNBOOKED

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN
