"""The ledger: one entry per business event, two or more lines, sum zero, append-only.

Credit is positive, debit negative. Customer books keep a stored balance, moved under the account's lock;
the operator's books keep none, so that no row is fought for. Triggers refuse update and delete.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q, Sum

from accounts.models.people import Account
from billing_portal import money
from billing_portal.money import LARGEST


class Book(models.TextChoices):
    # the customer's books
    ADVANCES = "advances", "Customer advances"  # net of tax; one a tax treatment
    RECEIVABLE = "receivable", "Receivable"  # tax included; debit: the customer owes
    CREDITS = "credits", "Unapplied credit"  # tax included: credit notes above their invoice's rest
    # the operator's books
    GATEWAY = "gateway", "Gateway"
    BANK = "bank", "Bank"
    REVENUE = "revenue", "Revenue"
    CGST = "cgst", "CGST payable"
    SGST = "sgst", "SGST/UTGST payable"
    IGST = "igst", "IGST payable"
    ROUNDING = "rounding", "Rounding"
    SUSPENSE = "suspense", "Suspense"
    REFUNDS = "refunds", "Refunds payable"  # promised by a refund voucher, not paid out yet
    BAD_DEBTS = "bad_debts", "Bad debts"  # written off, tax included: the tax was paid and stays paid
    RECOVERED = "recovered", "Bad debts recovered"
    FEES = "fees", "Gateway fees"
    INPUT_GST = "input_gst", "Input GST"
    TDS = "tds", "TDS receivable"  # income tax that customers deducted (gst reference § 11.1)
    GST_TDS = "gst_tds", "GST-TDS cash ledger"
    PENALTIES = "penalties", "Dishonour charges"  # compensation, no supply: no GST (gst reference § 15)


CUSTOMER_BOOKS = (Book.ADVANCES, Book.RECEIVABLE, Book.CREDITS)


class House(models.Model):
    """The one row that counts the entries of no account: settlements, fees, money in suspense (`accounts.house`)."""

    entry_count = models.BigIntegerField(default=0)
    entry_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="house_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.entry_count} entries"


class Entry(models.Model):
    """One posted business event; of no account where it is the operator's own (`accounts.house`)."""

    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="entries")
    key = models.CharField(max_length=80, unique=True)  # the cause, e.g. "payment:PAY2627-000007"
    narrative = models.CharField(max_length=200)
    posted_at = models.DateTimeField()
    posted_on = models.DateField()  # Indian business date
    received_at = models.DateTimeField(null=True)  # money: when it was really there; null: when it was posted
    number = models.BigIntegerField()  # 1, 2, 3 … in the account
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["account", "number"], name="entry_number_once")]
        indexes = [
            models.Index(fields=["account", "posted_on"], name="entry_by_account_day"),
            models.Index(
                fields=["received_at"], name="entry_by_receipt", condition=Q(received_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key


class LineQuerySet(models.QuerySet["Line"]):
    def total(self) -> int:
        """Sum of the lines in paise, credit positive."""
        return self.aggregate(total=Sum("amount", default=0))["total"]


class Line(models.Model):
    """One leg of an entry. Lines of a customer's book are numbered and carry the balance after them."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="lines")
    book = models.CharField(max_length=10, choices=Book)
    treatment = models.CharField(max_length=16, blank=True)  # advances: place of supply and tax, "29:intra"
    amount = models.BigIntegerField()  # paise, credit positive
    number = models.BigIntegerField(null=True)  # customer books: 1, 2, 3 … per book and treatment
    balance_after = models.BigIntegerField(null=True)  # customer books: paise

    objects: ClassVar[LineQuerySet] = LineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(name="line_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="line_amount_sane", condition=Q(amount__gte=-LARGEST) & Q(amount__lte=LARGEST)
            ),
            models.UniqueConstraint(
                fields=["account", "book", "treatment", "number"],
                name="line_number_once",
                condition=Q(number__isnull=False),
            ),
            models.CheckConstraint(
                name="line_customer_book_numbered",
                condition=Q(book__in=CUSTOMER_BOOKS, number__isnull=False, balance_after__isnull=False)
                | (~Q(book__in=CUSTOMER_BOOKS) & Q(number__isnull=True, balance_after__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(  # the balance of a book after any entry, for statements
                fields=["account", "book", "treatment", "entry"],
                name="line_by_book_entry",
                condition=Q(number__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_book_display()}, {money.inr(self.amount)}"


class Balance(models.Model):
    """The stored balance of one customer's book, equal to the sum of its lines."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="balances")
    book = models.CharField(max_length=10, choices=Book)
    treatment = models.CharField(max_length=16, blank=True)
    amount = models.BigIntegerField(default=0)  # paise, credit positive
    lines = models.BigIntegerField(default=0)  # how many lines made it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "book", "treatment"], name="balance_once"),
            models.CheckConstraint(name="balance_customer_book", condition=Q(book__in=CUSTOMER_BOOKS)),
        ]

    def __str__(self) -> str:
        return f"{self.get_book_display()}, {money.inr(self.amount)}"
