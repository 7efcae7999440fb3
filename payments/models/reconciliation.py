"""What the gateway tells of itself, day by day, and where it differs from our books.

Nothing here moves a customer's money. A difference is a row until it is gone or a person has said what it is.
"""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class GatewayRecord(models.Model):
    """A payment or refund as the gateway's lists told it last, ours or not."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", "Payment"
        REFUND = "refund", "Refund"

    kind = models.CharField(max_length=7, choices=Kind)
    gateway_id = models.CharField(max_length=40, unique=True)
    payment_id = models.CharField(max_length=40, blank=True)  # of a refund: what it gives back
    order_id = models.CharField(max_length=40, blank=True)
    receipt = models.CharField(max_length=40, blank=True)  # of a refund: our number
    amount = models.BigIntegerField()  # paise
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20)  # the gateway's word
    method = models.CharField(max_length=20, blank=True)
    was_captured = models.BooleanField(default=False)  # payment: it was our money, if only for a while
    fee = models.BigIntegerField(default=0)  # paise, with its GST
    tax = models.BigIntegerField(default=0)  # paise of the fee
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # when a list told it last

    class Meta:
        indexes = [
            models.Index(fields=["kind", "created_at"], name="gateway_record_by_time"),
            models.Index(fields=["payment_id"], name="gateway_refund_by_payment", condition=Q(kind="refund")),
        ]

    def __str__(self) -> str:
        return self.gateway_id


class Settlement(models.Model):
    """A sum that the gateway pays into the operator's bank account, with one UTR."""

    class Status(models.TextChoices):
        CREATED = "created", "On its way"
        PROCESSED = "processed", "Paid out"
        FAILED = "failed", "Failed"

    gateway_id = models.CharField(max_length=40, unique=True)
    amount = models.BigIntegerField()  # paise
    status = models.CharField(max_length=20, choices=Status)
    utr = models.CharField(max_length=40, blank=True)  # as the bank's statement names it
    created_at = models.DateTimeField()
    settled_on = models.DateField()  # its Indian day
    seen_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)  # when the ledger took it
    withdrawn_at = models.DateTimeField(null=True)  # when a failed one was taken back

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="settlement_withdrawn_was_posted",
                condition=Q(withdrawn_at=None) | Q(posted_at__isnull=False, status="failed"),
            )
        ]
        indexes = [
            models.Index(fields=["settled_on"], name="settlement_by_day"),
            models.Index(fields=["utr"], name="settlement_by_utr"),
            models.Index(
                fields=["created_at"],
                name="settlement_to_post",
                condition=Q(posted_at=None, status="processed"),
            ),
        ]

    def __str__(self) -> str:
        return self.gateway_id

    @property
    def cause(self) -> str:
        """The key of what it does in the books."""
        return f"settlement:{self.gateway_id}"


class SettlementLine(models.Model):
    """One movement that a settlement is made of, as told first; `told_net` and `copies` as told last."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines")
    entity_id = models.CharField(max_length=40)  # pay_…, rfnd_…, adj_…
    kind = models.CharField(max_length=20)  # payment, refund, adjustment; the gateway's word
    amount = models.BigIntegerField()  # paise, as the rest
    debit = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)
    fee = models.BigIntegerField(default=0)  # with its GST
    tax = models.BigIntegerField(default=0)  # of the fee
    payment_id = models.CharField(max_length=40, blank=True)  # what a refund or adjustment belongs to
    dispute_id = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=200, blank=True)
    copies = models.IntegerField(default=1)  # how often the list told it
    told_net = models.BigIntegerField()  # credit − debit
    told_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True)  # when its fee was posted

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "entity_id", "kind"], name="settlement_line_once")
        ]
        indexes = [models.Index(fields=["entity_id"], name="settlement_line_by_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} in {self.settlement_id}"

    @property
    def net(self) -> int:
        """What it adds to the sum that is paid out, in paise."""
        return self.credit - self.debit


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def standing(self) -> "DifferenceQuerySet":
        """Still so when it was last looked at, whatever a person said of it."""
        return self.filter(gone_at=None)

    def waiting(self) -> "DifferenceQuerySet":
        """Nobody has settled them."""
        return self.exclude(state=Difference.State.RESOLVED)


class Difference(models.Model):
    """One thing in which the gateway, the bank and our books do not agree. It has an owner until it is resolved."""

    class Kind(models.TextChoices):
        PAYMENT_MISSING_HERE = "payment_missing_here", "Payment that we do not have"
        PAYMENT_MISSING_THERE = "payment_missing_there", "Payment that the gateway does not list"
        PAYMENT_AMOUNT = "payment_amount", "Payment of another amount"
        PAYMENT_STATUS = "payment_status", "Payment in another state"
        PAYMENT_LATE = "payment_late", "Payment authorised and not captured"
        REFUND_MISSING_HERE = "refund_missing_here", "Refund that we do not have"
        REFUND_MISSING_THERE = "refund_missing_there", "Refund that the gateway does not list"
        REFUND_AMOUNT = "refund_amount", "Refund of another amount"
        REFUND_STATUS = "refund_status", "Refund in another state"
        UNSETTLED = "unsettled", "Captured and not paid out in time"
        SETTLEMENT_SUM = "settlement_sum", "Settlement that is not the sum of its rows"
        SETTLEMENT_FAILED = "settlement_failed", "Settlement failed and not paid again"
        LINE_UNKNOWN = "line_unknown", "Settled row of nothing we know"
        LINE_AMOUNT = "line_amount", "Settled row of another amount"
        LINE_FEE = "line_fee", "Settled row with another fee"
        LINE_TWICE = "line_twice", "Row told or paid twice"
        LINE_CHANGED = "line_changed", "Row changed after it was booked"
        ADJUSTMENT = "adjustment", "Adjustment by the gateway"
        DISPUTE = "dispute", "Money moved for a dispute"
        BANK_MISSING = "bank_missing", "Settlement that the bank does not show"
        BANK_AMOUNT = "bank_amount", "Bank line of another amount"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        EXPLAINED = "explained", "Explained"
        RESOLVED = "resolved", "Resolved"

    kind = models.CharField(max_length=21, choices=Kind)
    subject = models.CharField(
        max_length=40
    )  # the gateway's id of what differs, or our number where it has none
    day = models.DateField()  # the Indian day that it belongs to
    ours = models.BigIntegerField(null=True)  # paise; null: we have nothing
    theirs = models.BigIntegerField(null=True)  # paise; null: they have nothing
    detail = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="differences")
    note = models.CharField(max_length=500, blank=True)  # what a person said last
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)  # when it was not so any more
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[DifferenceQuerySet] = DifferenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("settle_difference", "Can own, explain and resolve differences with the gateway")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="difference_once"),
            models.CheckConstraint(
                name="difference_resolved_has_time",
                condition=Q(state="resolved", closed_at__isnull=False)
                | (~Q(state="resolved") & Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="difference_gone_is_resolved", condition=Q(gone_at=None) | Q(state="resolved")
            ),
        ]
        indexes = [
            models.Index(fields=["kind"], name="difference_standing", condition=Q(gone_at=None)),
            models.Index(fields=["day"], name="difference_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"

    @property
    def gap(self) -> int:
        """Theirs less ours, in paise."""
        return (self.theirs or 0) - (self.ours or 0)

    def age(self, now: datetime) -> int:
        """Days since it was first seen."""
        return max(0, (now - self.first_seen_at).days)


class DifferenceEvent(models.Model):
    """What became of a difference, line by line: found, given to somebody, explained, gone."""

    difference = models.ForeignKey(Difference, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # null: the job
    text = models.CharField(max_length=600)

    def __str__(self) -> str:
        return self.text


class DayClose(models.Model):
    """One business day in three columns: what the gateway lists, what the ledger moved, what the documents say.

    Paise. A day agrees when the columns are equal; else its standing differences have to explain the rest.
    """

    class State(models.TextChoices):
        AGREED = "agreed", "Agrees"
        EXPLAINED = "explained", "Differs, every paisa is named"
        DIFFERS = "differs", "Differs, and nobody knows why"

    day = models.DateField(unique=True)
    received_gateway = models.BigIntegerField(default=0)
    received_ledger = models.BigIntegerField(default=0)
    received_documents = models.BigIntegerField(default=0)
    refunded_gateway = models.BigIntegerField(default=0)
    refunded_ledger = models.BigIntegerField(default=0)
    refunded_documents = models.BigIntegerField(default=0)
    settled_gateway = models.BigIntegerField(default=0)
    settled_ledger = models.BigIntegerField(default=0)
    settled_bank = models.BigIntegerField(default=0)  # what the bank's statement shows of it so far
    payments = models.IntegerField(default=0)  # how many the gateway lists
    refunds = models.IntegerField(default=0)
    settlements = models.IntegerField(default=0)
    differences = models.IntegerField(default=0)  # standing ones of the day
    rest = models.BigIntegerField(default=0)  # what no difference explains
    state = models.CharField(max_length=9, choices=State)
    computed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "day"
        permissions = [("close_day", "Can close a day that differs, and have the comparison run now")]
        constraints = [
            models.CheckConstraint(
                name="day_close_closed_agrees",
                condition=Q(closed_at=None)
                | Q(state="agreed")
                | Q(state="explained", closed_by__isnull=False),
            ),
            models.CheckConstraint(name="day_close_rest_known", condition=Q(state="differs") | Q(rest=0)),
        ]

    def __str__(self) -> str:
        return f"{self.day}"
