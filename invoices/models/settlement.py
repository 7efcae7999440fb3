"""What pays a bill, and what is left of an advance or a credit note. Rows are only added; the stored rests move."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Approval
from billing_portal import clock, text
from invoices.models.documents import Document


class Allocation(models.Model):
    """Money put to a bill: a payment's, or that of advances set off."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="allocations")
    document = models.ForeignKey(Document, models.PROTECT, related_name="allocations")
    cause = models.CharField(max_length=80, db_index=True)  # "payment:PAY2627-000007", "set-off:…"
    amount = models.BigIntegerField()  # paise
    allocated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="allocation_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["document", "cause"], name="allocation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cause} → {self.document_id}"


class WriteOff(models.Model):
    """A bill that nobody will pay, taken out of the books by two people; what comes in for it later is a recovery."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="write_off")
    account = models.ForeignKey(Account, models.PROTECT, related_name="write_offs")
    amount = models.BigIntegerField()  # paise, GST included
    recovered = models.BigIntegerField(default=0)  # paise of it that came in later
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="+")
    written_off_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="write_off_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="write_off_recovered_within",
                condition=Q(recovered__gte=0, recovered__lte=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document.number}, written off {text.day(clock.business_date(self.written_off_at))}"

    @property
    def left(self) -> int:
        return self.amount - self.recovered


class AllocationReversal(models.Model):
    """So much of an allocation was taken back, because its money went back; the bill is open again by it.

    `use` names the voucher whose money it was, where the allocation is that of advances set off.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="reversals")
    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="reversals")
    use = models.ForeignKey("VoucherUse", models.PROTECT, null=True, related_name="reversals")
    cause = models.CharField(max_length=80, db_index=True)  # "dispute:…", "bounce:…": the entry's key
    amount = models.BigIntegerField()  # paise
    reversed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="reversal_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["allocation", "cause"], name="reversal_once", condition=Q(use__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["use", "cause"], name="reversal_of_use_once", condition=Q(use__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} ← {self.allocation_id}"


class VoucherBalanceQuerySet(models.QuerySet["VoucherBalance"]):
    def left(self) -> "VoucherBalanceQuerySet":
        """Vouchers with something left, first in first out: received date, then number."""
        return self.filter(taxable__gt=0).order_by("received_on", "voucher__number")


class VoucherBalance(models.Model):
    """What is left of a receipt voucher, equal to the voucher less its uses."""

    voucher = models.OneToOneField(Document, models.PROTECT, related_name="left")
    account = models.ForeignKey(Account, models.PROTECT, related_name="vouchers_left")
    treatment = models.CharField(max_length=16)  # "29:intra"
    received_on = models.DateField()
    taxable = models.BigIntegerField()
    cgst = models.BigIntegerField(default=0)
    sgst = models.BigIntegerField(default=0)
    igst = models.BigIntegerField(default=0)

    objects: ClassVar[VoucherBalanceQuerySet] = VoucherBalanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="voucher_rest_not_negative",
                condition=Q(taxable__gte=0, cgst__gte=0, sgst__gte=0, igst__gte=0),
            ),
            models.CheckConstraint(
                name="voucher_used_up_whole", condition=Q(taxable__gt=0) | Q(cgst=0, sgst=0, igst=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "treatment", "received_on"],
                name="voucher_left",
                condition=Q(taxable__gt=0),
            )
        ]

    def __str__(self) -> str:
        return f"left of {self.voucher_id}"


class VoucherUse(models.Model):
    """How much of a receipt voucher a bill used, or a refund voucher gave back, with its tax (gst reference § 4.5)."""

    voucher = models.ForeignKey(Document, models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(
        Document, models.PROTECT, related_name="vouchers_used"
    )  # bill or refund voucher
    taxable = models.BigIntegerField()
    cgst = models.BigIntegerField(default=0)
    sgst = models.BigIntegerField(default=0)
    igst = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["voucher", "invoice"], name="voucher_use_once"),
            models.CheckConstraint(name="voucher_use_positive", condition=Q(taxable__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id} → {self.invoice_id}"

    @property
    def total(self) -> int:
        return self.taxable + self.cgst + self.sgst + self.igst


class CreditBalanceQuerySet(models.QuerySet["CreditBalance"]):
    def left(self) -> "CreditBalanceQuerySet":
        """Credit notes with something left to set off, oldest first."""
        return self.filter(amount__gt=0).order_by("credit_note__issued_on", "credit_note__number")


class CreditBalance(models.Model):
    """Unapplied credit: what a credit note was above its invoice's rest, tax included (gst reference § 5)."""

    credit_note = models.OneToOneField(Document, models.PROTECT, related_name="unapplied")
    account = models.ForeignKey(Account, models.PROTECT, related_name="credits_left")
    amount = models.BigIntegerField()  # paise left

    objects: ClassVar[CreditBalanceQuerySet] = CreditBalanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.CheckConstraint(name="credit_rest_not_negative", condition=Q(amount__gte=0))]
        indexes = [models.Index(fields=["account"], name="credit_left", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"left of {self.credit_note_id}"
