"""A payment: one recharge that a customer began, with its own order at the gateway."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from accounts.models.ledger import Book
from payments import policy


class PaymentQuerySet(models.QuerySet["Payment"]):
    def due(self, now: datetime) -> "PaymentQuerySet":
        """Undecided, and their next look at the gateway has come."""
        return self.filter(next_check_at__lte=now).order_by("next_check_at", "pk")

    def received(self) -> "PaymentQuerySet":
        """Their money has been taken in."""
        return self.filter(status__in=Payment.RECEIVED)

    def told(self) -> "PaymentQuerySet":
        """Without the rupee of a mandate that was not charged: the Auto-pay page tells of that."""
        return self.exclude(approved_mandate__isnull=False, settled_at=None)


class Payment(models.Model):
    class Status(models.TextChoices):
        CREATED = "created", "Started"
        UNKNOWN = "unknown", "Being confirmed"
        AUTHORIZED = "authorized", "Being confirmed"
        FAILED = "failed", "Failed"
        CAPTURED = "captured", "Received"
        PARTLY_REFUNDED = "partly_refunded", "Partly refunded"
        REFUNDED = "refunded", "Refunded"

    class Channel(models.TextChoices):
        """The way its money comes."""

        ONLINE = "online", "Online"  # the customer at the checkout
        AUTO_PAY = "auto_pay", "Auto-pay"  # a debit of a mandate
        TRANSFER = "transfer", "Bank transfer"  # to the account's own virtual account at the gateway
        BANK = "bank", "Bank"  # to the operator's bank account: transfer or cheque, settled by a person

    RECEIVED = (Status.CAPTURED, Status.PARTLY_REFUNDED, Status.REFUNDED)

    account = models.ForeignKey(Account, models.PROTECT, related_name="payments")
    number = models.CharField(max_length=20, unique=True)  # ours, e.g. "PAY2627-000007"; the order's receipt
    channel = models.CharField(
        max_length=10, choices=Channel, default=Channel.ONLINE, db_default=Channel.ONLINE
    )
    amount = models.BigIntegerField()  # paise, with what the customer deducted as tax
    tds = models.BigIntegerField(default=0, db_default=0)  # paise of it: income tax deducted at source
    gst_tds = models.BigIntegerField(default=0, db_default=0)  # paise of it: GST deducted at source (s. 51)
    currency = models.CharField(max_length=3, default="INR")
    status = models.CharField(max_length=15, choices=Status, default=Status.CREATED)
    start_token = models.UUIDField()  # from the form: a double click is one payment
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # when its payment page was last opened
    gateway_order_id = models.CharField(max_length=40, unique=True, null=True)
    order_claimed_at = models.DateTimeField(null=True)  # who makes the order: one request at a time
    gateway_payment_id = models.CharField(max_length=40, unique=True, null=True)
    reference = models.CharField(max_length=60, blank=True, db_default="")  # the bank's: UTR or cheque number
    method = models.CharField(max_length=20, blank=True)  # the gateway's word
    instrument = models.CharField(max_length=60, blank=True)  # masked: "Visa ···· 1007"
    failure_reason = models.CharField(max_length=60, blank=True)  # the gateway's code of the last failure
    captured_at = models.DateTimeField(null=True)  # when the gateway took the money
    settled_at = models.DateTimeField(null=True)  # when our books took it
    next_check_at = models.DateTimeField(null=True)
    checks = models.IntegerField(default=0)

    objects: ClassVar[PaymentQuerySet] = PaymentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("ask_gateway", "Can ask the gateway about a payment")]
        constraints = [
            models.UniqueConstraint(fields=["account", "start_token"], name="payment_started_once"),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_in_rupees", condition=Q(currency="INR")),
            models.CheckConstraint(
                name="payment_received_has_proof",
                condition=~Q(status__in=["captured", "partly_refunded", "refunded"])
                | Q(captured_at__isnull=False, settled_at__isnull=False, gateway_payment_id__isnull=False)
                | Q(captured_at__isnull=False, settled_at__isnull=False, channel="bank"),
            ),
            models.CheckConstraint(
                name="payment_tax_within",
                condition=Q(tds__gte=0, gst_tds__gte=0) & Q(amount__gt=F("tds") + F("gst_tds")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"], name="payment_due", condition=Q(next_check_at__isnull=False)
            ),
            models.Index(fields=["account", "-started_at"], name="payment_by_account"),
            models.Index(
                fields=["captured_at"], name="payment_by_capture", condition=Q(captured_at__isnull=False)
            ),
            models.Index(fields=["reference"], name="payment_by_reference", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def since(self) -> datetime:
        """From when on the gateway is asked: the last opening of the payment page, or the start."""
        return self.opened_at or self.started_at

    @property
    def paid_with(self) -> str:
        """The masked instrument, or the method as people call it; nothing as long as it is not known."""
        return self.instrument or policy.METHODS.get(self.method, self.method)

    @property
    def is_received(self) -> bool:
        return self.status in self.RECEIVED

    @property
    def cause(self) -> str:
        """The key of what this payment's money does in the books."""
        return f"payment:{self.number}"

    @property
    def money(self) -> int:
        """What of it came as money, in paise."""
        return self.amount - self.tds - self.gst_tds

    @property
    def debits(self) -> dict[Book, int]:
        """Where its amount is after it came: at the gateway or out of suspense, and with the tax offices."""
        book = Book.SUSPENSE if self.channel == self.Channel.BANK else Book.GATEWAY
        return {book: -self.money, Book.TDS: -self.tds, Book.GST_TDS: -self.gst_tds}
