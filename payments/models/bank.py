"""The operator's own bank account: its statements, line by line, and what became of the money of each line.

A line posts when it comes (`bank-line:<pk>`: bank against suspense), so the bank book is what the statement says, and
suspense is what nobody has settled yet. A line is never deleted: what is none of the portal's business is put aside
by two people.
"""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from payments.models.payments import Payment


class StatementFormat(models.Model):
    """Which column of a bank's CSV means what, as a person said it once for a header that we did not know."""

    name = models.CharField(max_length=60)
    header_hash = models.CharField(max_length=64, unique=True)  # over the header's words
    header = models.JSONField(default=list)
    columns = models.JSONField(default=dict)  # our name → place in the row: "date", "narration", "deposit", …
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class BankImport(models.Model):
    """One statement file. It is read and shown first; taken in on a person's word, once."""

    class State(models.TextChoices):
        DRAFT = "draft", "Looked at, not taken in"
        TAKEN = "taken", "Taken in"
        DROPPED = "dropped", "Dropped"

    bank = models.CharField(max_length=34)  # the operator's account number there
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # the bytes as they came: evidence
    format = models.CharField(
        max_length=60, blank=True
    )  # the name of how it was read; empty: columns unknown
    columns = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=State, default=State.DRAFT)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    confirmed = models.IntegerField(
        default=0
    )  # lines that were entered by hand before, and stand in this file
    duplicate = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    balance_note = models.CharField(max_length=200, blank=True)  # where the running balance does not follow

    class Meta:
        permissions = [("import_statement", "Can take in bank statements and enter receipts")]
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "sha256"], name="bank_import_once", condition=Q(state="taken")
            ),
            models.CheckConstraint(
                name="bank_import_adds_up",
                condition=Q(rows=F("accepted") + F("confirmed") + F("duplicate") + F("refused")),
            ),
            models.CheckConstraint(
                name="bank_import_taken_whole",
                condition=~Q(state="taken") | Q(taken_by__isnull=False, taken_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class BankLineQuerySet(models.QuerySet["BankLine"]):
    def open(self) -> "BankLineQuerySet":
        """Money in of which a part is not settled yet, oldest first."""
        return self.filter(direction="in", open_amount__gt=0).order_by("value_on", "pk")


class BankLine(models.Model):
    """One line of the bank statement, or a receipt that a person entered before the statement came."""

    class Source(models.TextChoices):
        IMPORT = "import", "Statement"
        ENTERED = "entered", "Entered by hand"
        CHEQUE = "cheque", "Cheque cleared by hand"

    class Direction(models.TextChoices):
        IN = "in", "In"
        OUT = "out", "Out"

    class State(models.TextChoices):
        UNMATCHED = "unmatched", "To be matched"
        PART = "part", "Partly settled"
        SETTLED = "settled", "Settled"
        SUSPENSE = "suspense", "In suspense"  # a person looked, and nobody knows yet whose it is
        IGNORED = "ignored", "Put aside"  # none of the portal's business, two people say

    bank = models.CharField(max_length=34)
    source = models.CharField(max_length=7, choices=Source)
    direction = models.CharField(max_length=3, choices=Direction)
    amount = models.BigIntegerField()  # paise, positive both ways
    open_amount = models.BigIntegerField()  # paise of it that are in suspense: not settled, not put aside
    value_on = models.DateField()  # the bank's value date: the tax point of an advance
    utr = models.CharField(max_length=22, null=True)  # normalised (`payments.utr`); null: the line names none
    cheque_number = models.CharField(max_length=6, blank=True)
    narration = models.CharField(max_length=300)
    payer = models.CharField(max_length=120, blank=True)
    row_hash = models.CharField(max_length=64)  # over what identifies a line that has no UTR
    statement = models.ForeignKey(BankImport, models.PROTECT, null=True, related_name="lines")
    row = models.IntegerField(null=True)  # its row in that file
    state = models.CharField(max_length=9, choices=State, default=State.UNMATCHED)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)  # why in suspense, or put aside
    aside_asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    aside_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[BankLineQuerySet] = BankLineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("settle_line", "Can settle bank money and put it in suspense")]
        constraints = [
            models.CheckConstraint(name="bank_line_positive", condition=Q(amount__gt=0, open_amount__gte=0)),
            models.CheckConstraint(name="bank_line_open_within", condition=Q(open_amount__lte=F("amount"))),
            models.UniqueConstraint(fields=["bank", "row_hash"], name="bank_line_once"),
            models.UniqueConstraint(
                fields=["utr"], name="bank_line_utr_once", condition=Q(direction="in", utr__isnull=False)
            ),
            models.CheckConstraint(
                name="bank_line_aside_by_two",
                condition=~Q(state="ignored")
                | (
                    Q(aside_asked_by__isnull=False, aside_by__isnull=False) & ~Q(aside_by=F("aside_asked_by"))
                ),
            ),
            models.CheckConstraint(
                name="bank_line_state_agrees",
                condition=Q(state="settled", open_amount=0)
                | Q(state="ignored", open_amount=0)
                | Q(state="part", open_amount__gt=0, open_amount__lt=F("amount"))
                | Q(state="suspense", open_amount__gt=0)
                | Q(state="unmatched", open_amount=F("amount")),
            ),
        ]
        indexes = [
            models.Index(fields=["value_on"], name="bank_line_open", condition=Q(open_amount__gt=0)),
            models.Index(fields=["utr"], name="bank_line_by_utr"),
            models.Index(
                fields=["cheque_number"], name="bank_line_by_cheque", condition=~Q(cheque_number="")
            ),
            models.Index(fields=["payer"], name="bank_line_by_payer"),
            models.Index(fields=["statement", "row"], name="bank_line_by_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.value_on} {self.utr or self.narration[:40]}"

    @property
    def cause(self) -> str:
        """The key of what the line itself posted."""
        return f"bank-line:{self.pk}"

    @property
    def settled(self) -> int:
        """Paise of it that have left suspense."""
        return self.amount - self.open_amount

    def age(self, today: date) -> int:
        """Days since the money was there."""
        return max(0, (today - self.value_on).days)


class ImportRow(models.Model):
    """A row of a statement file that made no new line: refused, there already, or of a receipt entered by hand."""

    class Outcome(models.TextChoices):
        REFUSED = "refused", "Refused"
        DUPLICATE = "duplicate", "There already"
        CONFIRMED = "confirmed", "Confirms a receipt entered by hand"

    statement = models.ForeignKey(BankImport, models.PROTECT, related_name="left_rows")
    number = models.IntegerField()  # in the file, the header's is 1
    text = models.TextField()  # the row as it came
    outcome = models.CharField(max_length=9, choices=Outcome)
    reason = models.CharField(max_length=200)
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["statement", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"row {self.number}: {self.outcome}"


class BankUse(models.Model):
    """A part of a line that left suspense: to a customer as a payment, or by another cause that is named."""

    line = models.ForeignKey(BankLine, models.PROTECT, related_name="uses")
    amount = models.BigIntegerField()  # paise of the line
    cause = models.CharField(max_length=80, unique=True)  # the ledger key that took it out of suspense
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="bank_use")
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="bank_use_positive", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"{self.cause} of {self.line_id}"


class Utr(models.Model):
    """Every UTR that has brought money, once: a line of our bank's, or a payment through a virtual account."""

    utr = models.CharField(max_length=22, unique=True)
    line = models.OneToOneField(BankLine, models.PROTECT, null=True, related_name="+")
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "UTR"
        constraints = [
            models.CheckConstraint(
                name="utr_of_one",
                condition=Q(line__isnull=False, payment=None) | Q(line=None, payment__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.utr
