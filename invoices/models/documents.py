"""Issued documents: snapshots that never change. Only `open_amount` moves, with its allocations.

A trigger refuses any other change, and deletion. The file made from a document has a row of its own.
"""

from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from accounts.states import UNION_TERRITORIES


class DocumentQuerySet(models.QuerySet["Document"]):
    def bills(self) -> "DocumentQuerySet":
        """Documents that are to be paid."""
        return self.filter(kind__in=[Document.Kind.INVOICE, Document.Kind.DEBIT_NOTE])

    def unpaid(self) -> "DocumentQuerySet":
        """Bills with something left to pay, oldest due date first."""
        return self.filter(open_amount__gt=0).order_by("due_on", "pk")

    def overdue(self, today: date) -> "DocumentQuerySet":
        """Unpaid and due today or before: the due date itself is day 0."""
        return self.unpaid().filter(due_on__lte=today)

    def newest_first(self) -> "DocumentQuerySet":
        return self.order_by("-issued_on", "-pk")


class Document(models.Model):
    """One issued document with its own number in a gapless series per kind and financial year."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Tax invoice"
        RECEIPT_VOUCHER = "receipt_voucher", "Receipt voucher"
        REFUND_VOUCHER = "refund_voucher", "Refund voucher"
        CREDIT_NOTE = "credit_note", "Credit note"
        DEBIT_NOTE = "debit_note", "Debit note"
        PAYMENT_ADVICE = "payment_advice", "Payment advice"  # pro-forma for a bank transfer: no tax document

    class Supply(models.TextChoices):
        INTRA = "intra", "CGST + SGST"
        INTER = "inter", "IGST"
        ZERO = "zero", "Zero-rated"

    account = models.ForeignKey(Account, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=15, choices=Kind)
    number = models.CharField(max_length=16, unique=True)  # e.g. "VI/2627/000011"
    cause = models.CharField(max_length=80, unique=True)  # why it was issued, e.g. "advance:PAY2627-000007"
    issued_on = models.DateField()  # Indian business date
    issued_at = models.DateTimeField()
    received_on = models.DateField(null=True)  # receipt vouchers: the tax point
    due_on = models.DateField(null=True)  # bills
    period_from = models.DateField(null=True)  # what it bills, both days included
    period_to = models.DateField(null=True)
    original = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="followers"
    )  # notes: the invoice; refund vouchers: the receipt voucher
    supplier = models.JSONField()  # snapshot of the operator's particulars
    recipient = models.JSONField()  # snapshot of the account's billing particulars
    details = models.JSONField(default=dict)  # kind-specific: payment reference, note
    place_of_supply = models.CharField(max_length=2)
    supply = models.CharField(max_length=5, choices=Supply)
    taxable = models.BigIntegerField()  # paise, as are all amounts here
    cgst = models.BigIntegerField(default=0)
    sgst = models.BigIntegerField(default=0)
    igst = models.BigIntegerField(default=0)
    rounding = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    open_amount = models.BigIntegerField(default=0)  # bills: what is left to pay
    hash = models.CharField(max_length=64)  # over everything printed

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="document_adds_up",
                condition=Q(total=F("taxable") + F("cgst") + F("sgst") + F("igst") + F("rounding")),
            ),
            models.CheckConstraint(
                name="document_rounding_small", condition=Q(rounding__gt=-100, rounding__lt=100)
            ),
            models.CheckConstraint(
                name="document_tax_by_supply",
                condition=Q(supply="intra", igst=0, cgst=F("sgst"))
                | Q(supply="inter", cgst=0, sgst=0)
                | Q(supply="zero", cgst=0, sgst=0, igst=0),
            ),
            models.CheckConstraint(
                name="document_open_within_total",
                condition=Q(open_amount__gte=0, open_amount__lte=F("total")),
            ),
            models.CheckConstraint(
                name="document_bill_has_due_date",
                condition=Q(kind__in=["invoice", "debit_note"], due_on__isnull=False)
                | (~Q(kind__in=["invoice", "debit_note"]) & Q(open_amount=0)),
            ),
            models.CheckConstraint(
                name="document_number_lawful", condition=Q(number__regex=r"^[A-Z1-9][A-Z0-9/-]{0,15}$")
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "due_on"], name="document_unpaid", condition=Q(open_amount__gt=0)
            ),
            models.Index(fields=["account", "-issued_on", "-id"], name="document_by_account"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state_tax(self) -> str:
        """The name of the State's half of the tax: UTGST within the Union territories (gst reference § 6.1)."""
        return "UTGST" if {self.supplier["state"], self.place_of_supply} <= UNION_TERRITORIES else "SGST"

    @property
    def slug(self) -> str:
        """The number as it stands in an address: VI-2627-000011."""
        return self.number.replace("/", "-")

    @property
    def tax(self) -> int:
        return self.cgst + self.sgst + self.igst

    @property
    def is_bill(self) -> bool:
        return self.kind in (self.Kind.INVOICE, self.Kind.DEBIT_NOTE)


class DocumentLine(models.Model):
    """One line of a document; its tax is rounded by itself."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="lines")
    position = models.IntegerField()
    sac = models.CharField(max_length=6)
    description = models.CharField(max_length=300)
    taxable = models.BigIntegerField()
    rate = models.IntegerField()  # basis points, 1800 = 18 %
    cgst = models.BigIntegerField(default=0)
    sgst = models.BigIntegerField(default=0)
    igst = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="document_line_once")]

    def __str__(self) -> str:
        return f"{self.position} {self.description}"


class DocumentFileQuerySet(models.QuerySet["DocumentFile"]):
    def due(self, now: datetime) -> "DocumentFileQuerySet":
        return self.filter(state=DocumentFile.State.WAITING, next_attempt_at__lte=now)


class DocumentFile(models.Model):
    """The PDF of a document: made once from its rows by a job, kept with its hash."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being prepared"
        READY = "ready", "Ready"
        PARKED = "parked", "Needs a person"

    document = models.OneToOneField(Document, models.PROTECT, related_name="file")
    name = models.CharField(max_length=120, unique=True)  # in the documents storage
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.IntegerField(default=0)  # bytes
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(null=True)

    objects: ClassVar[DocumentFileQuerySet] = DocumentFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], name="document_file_due", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.name


class NumberSeries(models.Model):
    """The last number taken in one series of one financial year. Locked after the account."""

    series = models.CharField(max_length=4)  # "VI", "RV", …
    year = models.CharField(max_length=4)  # "2627"
    last = models.BigIntegerField(default=0)
    last_on = models.DateField(null=True)  # dates never go backwards along a series

    class Meta:
        verbose_name_plural = "number series"
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.series}/{self.year}"
