"""What a customer says of money sent outside the gateway, cheques at our desk, and tax that was deducted."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from invoices.models import Document
from payments.models.bank import BankLine
from payments.models.payments import Payment


class ClaimQuerySet(models.QuerySet["Claim"]):
    def waiting(self) -> "ClaimQuerySet":
        """Declared or matched: a person still has to settle or reject them."""
        return self.filter(state__in=Claim.WAITING)


class Claim(models.Model):
    """A customer says: I have sent this. It credits nothing; a person settles it with the bank's own line."""

    class Kind(models.TextChoices):
        TRANSFER = "transfer", "Bank transfer"
        CHEQUE = "cheque", "Cheque"

    class State(models.TextChoices):
        DECLARED = "declared", "Declared"
        MATCHED = "matched", "Found at the bank"
        SETTLED = "settled", "Credited"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    WAITING = (State.DECLARED, State.MATCHED)

    account = models.ForeignKey(Account, models.PROTECT, related_name="claims")
    token = models.UUIDField()  # of the form: the same click twice is one claim
    kind = models.CharField(max_length=8, choices=Kind)
    utr = models.CharField(max_length=22, null=True)  # transfers, normalised
    cheque_number = models.CharField(max_length=6, blank=True)
    bank = models.CharField(max_length=60, blank=True)  # the customer's, as typed
    amount = models.BigIntegerField()  # paise of money, without the tax that was deducted
    tds = models.BigIntegerField(default=0)  # paise deducted on top of it: income tax
    gst_tds = models.BigIntegerField(default=0)  # and GST (s. 51)
    sent_on = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.DECLARED)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, related_name="claims")
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="claim")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)  # rejected, withdrawn or bounced: it may be declared again
    reason = models.CharField(max_length=300, blank=True)  # of a rejection, told to the customer

    objects: ClassVar[ClaimQuerySet] = ClaimQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("decide_claim", "Can settle and reject what customers declared")]
        constraints = [
            models.UniqueConstraint(fields=["account", "token"], name="claim_declared_once"),
            models.UniqueConstraint(
                fields=["account", "utr"],
                name="claim_utr_once",
                condition=Q(utr__isnull=False, dropped_at=None),
            ),
            models.UniqueConstraint(
                fields=["account", "cheque_number", "amount"],
                name="claim_cheque_once",
                condition=Q(kind="cheque", dropped_at=None),
            ),
            models.CheckConstraint(
                name="claim_positive", condition=Q(amount__gt=0, tds__gte=0, gst_tds__gte=0)
            ),
            models.CheckConstraint(
                name="claim_names_it",
                condition=Q(kind="transfer", utr__isnull=False)
                | (Q(kind="cheque", utr=None) & ~Q(cheque_number="")),
            ),
            models.CheckConstraint(
                name="claim_settled_has_payment", condition=~Q(state="settled") | Q(payment__isnull=False)
            ),
            models.CheckConstraint(
                name="claim_rejected_has_reason", condition=~Q(state="rejected") | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-declared_at"], name="claim_by_account"),
            models.Index(fields=["utr"], name="claim_by_utr"),
            models.Index(fields=["cheque_number"], name="claim_by_cheque", condition=~Q(cheque_number="")),
            models.Index(
                fields=["declared_at"],
                name="claim_waiting",
                condition=Q(state="declared") | Q(state="matched"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    @property
    def reference(self) -> str:
        """What the bank calls it: the UTR, or the cheque's number."""
        return self.utr or self.cheque_number

    @property
    def gross(self) -> int:
        """What it pays, with the tax that was deducted."""
        return self.amount + self.tds + self.gst_tds


class Cheque(models.Model):
    """A cheque or demand draft at our desk. It credits nothing before it is cleared."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        DEPOSITED = "deposited", "Deposited"
        CLEARED = "cleared", "Cleared"
        BOUNCED = "bounced", "Bounced"
        RETURNED = "returned", "Given back"

    account = models.ForeignKey(Account, models.PROTECT, related_name="cheques")
    token = models.UUIDField(unique=True)
    claim = models.OneToOneField(Claim, models.PROTECT, null=True, related_name="cheque")
    number = models.CharField(max_length=6)
    bank = models.CharField(max_length=60)  # it is drawn on
    amount = models.BigIntegerField()  # paise
    dated_on = models.DateField()
    received_on = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVED)
    paid_into = models.CharField(
        max_length=34, blank=True, db_default=""
    )  # our bank account; empty: at our desk
    deposited_on = models.DateField(null=True)
    cleared_on = models.DateField(null=True)
    bounced_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # the bank's, of a bounce; ours, of giving it back
    charge = models.BigIntegerField(default=0)  # paise: the dishonour charge that was debited
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="cheque")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        permissions = [("handle_cheque", "Can receive, deposit, clear and bounce cheques")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number", "bank"],
                name="cheque_once",
                condition=~Q(state="returned") & ~Q(state="bounced"),  # it may be presented again
            ),
            models.CheckConstraint(name="cheque_positive", condition=Q(amount__gt=0, charge__gte=0)),
            models.CheckConstraint(
                name="cheque_cleared_has_payment",
                condition=~Q(state="cleared") | Q(payment__isnull=False, cleared_on__isnull=False),
            ),
            models.CheckConstraint(
                name="cheque_bounced_has_reason",
                condition=~Q(state="bounced") | (Q(bounced_on__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["number"], name="cheque_by_number")]

    def __str__(self) -> str:
        return f"Cheque {self.number}"

    @property
    def bounce_cause(self) -> str:
        """The key of taking its money out of the account again."""
        return f"bounce:{self.pk}"


class TaxDeducted(models.Model):
    """Tax that a customer kept back and paid to the government for us: a part of a payment, proven later.

    Income tax is a receivable against a TDS certificate (Form 131, formerly 16A); GST (s. 51) comes to our cash
    ledger by the deductor's GSTR-7. It reduces no GST of ours and makes no credit note (gst reference § 11).
    """

    class Kind(models.TextChoices):
        INCOME = "income", "Income tax (TDS)"
        GST = "gst", "GST-TDS (s. 51)"

    class State(models.TextChoices):
        DECLARED = "declared", "Declared"  # its money has not come yet
        OPEN = "open", "TDS certificate pending"
        CERTIFIED = "certified", "Certificate received"
        LAPSED = "lapsed", "Lapsed"  # no certificate in time: owed again
        DROPPED = "dropped", "Dropped"  # with its claim

    account = models.ForeignKey(Account, models.PROTECT, related_name="taxes_deducted")
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="taxes")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="taxes")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="taxes_deducted"
    )  # null: advance
    kind = models.CharField(max_length=6, choices=Kind)
    deductor = models.CharField(max_length=15)  # its TAN, or GSTIN for GST-TDS
    section = models.CharField(max_length=30, blank=True)  # or payment code, as the customer writes it
    rate = models.IntegerField()  # basis points: 200 = 2 %
    base = models.BigIntegerField()  # paise, without GST
    amount = models.BigIntegerField()  # paise deducted
    deducted_on = models.DateField()
    quarter = models.CharField(max_length=2)  # "Q3"
    tax_year = models.CharField(max_length=7)  # "2026-27"
    state = models.CharField(max_length=9, choices=State, default=State.DECLARED)
    ended_at = models.DateTimeField(null=True)  # lapsed or dropped: the invoice may be claimed on again
    certificate = models.CharField(max_length=40, blank=True)  # its number
    certified_on = models.DateField(null=True)
    file = models.CharField(max_length=120, blank=True)  # in the documents storage
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "tax deducted"
        verbose_name_plural = "taxes deducted"
        permissions = [("certify_tax", "Can take in TDS certificates and let claims lapse")]
        constraints = [
            models.CheckConstraint(
                name="tax_deducted_sane",
                condition=Q(amount__gt=0, base__gt=0, rate__gt=0, rate__lte=10_000),
            ),
            models.UniqueConstraint(
                fields=["document", "kind", "rate"],
                name="tax_deducted_once",
                condition=Q(document__isnull=False, ended_at=None),
            ),
            models.UniqueConstraint(
                fields=["deductor", "certificate", "quarter", "tax_year", "document"],
                name="tax_certificate_once",
                condition=~Q(certificate="") & Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="tax_deducted_has_payment",
                condition=Q(state="declared") | Q(state="dropped") | Q(payment__isnull=False),
            ),
            models.CheckConstraint(
                name="tax_certified_has_number", condition=~Q(state="certified") | ~Q(certificate="")
            ),
        ]
        indexes = [
            models.Index(fields=["deducted_on"], name="tax_deducted_open", condition=Q(state="open")),
            models.Index(fields=["account", "deducted_on"], name="tax_deducted_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.deducted_on}"
