"""Standing permissions to debit, and each debit that was planned under one.

A mandate is what the customer approved at the bank, in the UPI app or on the card's page; a debit is one use of it,
planned, announced, raised at the gateway once, and undecided until the gateway says so (gst reference § 13.1).
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Customer
from invoices.models import Document
from payments.models.payments import Payment

RAISED_ON = models.Func(
    "raised_at",
    template="(%(expressions)s at time zone 'Asia/Kolkata')::date",
    output_field=models.DateField(),
)


class GatewayCustomer(models.Model):
    """A customer of ours as the gateway knows it: one for one, or two would share their saved instruments."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="gateway_customer")
    gateway_customer_id = models.CharField(max_length=40, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.gateway_customer_id


class MandateQuerySet(models.QuerySet["Mandate"]):
    def due(self, now: datetime) -> "MandateQuerySet":
        """Those the gateway is to be asked about, or told something."""
        return self.filter(next_check_at__lte=now).order_by("next_check_at", "pk")

    def standing(self) -> "MandateQuerySet":
        """Those that are not over."""
        return self.filter(
            Q(state=Mandate.State.AWAITING) | Q(state=Mandate.State.ACTIVE) | Q(state=Mandate.State.PAUSED)
        )


class Mandate(models.Model):
    """One permission, from the wish to its end."""

    class Method(models.TextChoices):
        CARD = "card", "Card"
        UPI = "upi", "UPI AutoPay"
        EMANDATE = "emandate", "e-NACH (bank account)"

    class State(models.TextChoices):
        AWAITING = "awaiting", "Awaiting authorisation"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"
        CANCELLED = "cancelled", "Cancelled"

    class PausedBy(models.TextChoices):
        CUSTOMER = "customer", "You, here"
        BANK = "bank", "Your bank or UPI app"

    OVER = (State.FAILED, State.EXPIRED, State.CANCELLED)

    account = models.ForeignKey(Account, models.PROTECT, related_name="mandates")
    number = models.CharField(max_length=20, unique=True)  # ours, e.g. "MND2627-000007"; the order's receipt
    token = models.UUIDField(unique=True)  # of the form: a double click is one mandate
    method = models.CharField(max_length=8, choices=Method)
    state = models.CharField(max_length=9, choices=State, default=State.AWAITING)
    paused_by = models.CharField(max_length=8, choices=PausedBy, blank=True)
    reason = models.CharField(
        max_length=120, blank=True
    )  # why it failed or ended: the gateway's code or words
    ceiling = models.BigIntegerField()  # paise a debit at most
    valid_until = models.DateField()
    instrument = models.CharField(max_length=60, blank=True)  # masked: "HDFC ···· 5678"
    expires_on = models.DateField(null=True)  # of the card: the last day of its month
    gateway_customer_id = models.CharField(max_length=40, blank=True)
    gateway_order_id = models.CharField(max_length=40, unique=True, null=True)
    gateway_token_id = models.CharField(max_length=40, unique=True, null=True)
    first_payment = models.OneToOneField(  # the rupee that card and UPI take to approve it
        Payment, models.PROTECT, null=True, related_name="approved_mandate"
    )
    # the customer's consent, kept as evidence
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    consent_text = models.TextField()
    consent_address = models.GenericIPAddressField(null=True)
    active_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)  # the gateway is told until it confirms
    order_claimed_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    checks = models.IntegerField(default=0)

    objects: ClassVar[MandateQuerySet] = MandateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("cancel_for_customer", "Can cancel a mandate for a customer")]
        constraints = [
            models.CheckConstraint(name="mandate_ceiling_positive", condition=Q(ceiling__gt=0)),
            models.CheckConstraint(
                name="mandate_active_has_token",
                condition=~Q(state="active") | Q(gateway_token_id__isnull=False, active_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account"], name="mandate_active_once", condition=Q(state="active")
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"], name="mandate_due", condition=Q(next_check_at__isnull=False)
            ),
            models.Index(fields=["account", "-started_at"], name="mandate_by_account"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER


class AutoPaySettings(models.Model):
    """What the customer wants of auto-pay besides the mandate. Without a row: bills only, no caps."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="auto_pay")
    daily_cap = models.BigIntegerField(null=True)  # paise a day at most
    monthly_cap = models.BigIntegerField(null=True)  # paise a calendar month at most
    when_low = models.BooleanField(default=False)  # also before the balance runs below its minimum

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="auto_pay_caps_positive",
                condition=(Q(daily_cap=None) | Q(daily_cap__gt=0))
                & (Q(monthly_cap=None) | Q(monthly_cap__gt=0)),
            )
        ]

    def __str__(self) -> str:
        return f"auto-pay of {self.account_id}"


class DebitQuerySet(models.QuerySet["Debit"]):
    def open(self) -> "DebitQuerySet":
        """Those that may still take money."""
        return self.filter(
            Q(state=Debit.State.SCHEDULED) | Q(state=Debit.State.NOTICED) | Q(state=Debit.State.RAISED)
        )

    def due(self, now: datetime) -> "DebitQuerySet":
        """Open, and their next step's moment has come."""
        return self.filter(next_step_at__lte=now).order_by("next_step_at", "pk")


class Debit(models.Model):
    """One use of a mandate: for the bills due on a date, or for a top-up before the balance runs low."""

    class Purpose(models.TextChoices):
        BILLS = "bills", "Invoices that are due"
        TOP_UP = "top_up", "Top-up before your balance runs low"

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "Planned"
        NOTICED = "noticed", "Announced"
        RAISED = "raised", "With your bank"
        CAPTURED = "captured", "Debited"
        FAILED = "failed", "Failed"
        OPTED_OUT = "opted_out", "Stopped by you"
        ASKED = "asked", "You are asked to pay yourself"
        SKIPPED = "skipped", "Not needed"

    account = models.ForeignKey(Account, models.PROTECT, related_name="debits")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="debits")
    number = models.CharField(max_length=20, unique=True)  # ours, e.g. "DEB2627-000007"
    purpose = models.CharField(max_length=6, choices=Purpose)
    cause = models.CharField(max_length=60)  # "due:2026-12-01", "low:2026-12": what it is for, once
    attempt = models.IntegerField(default=1)  # 1, then the retries of days 1, 3 and 7
    bills = models.ManyToManyField(Document, related_name="debits")
    amount = models.BigIntegerField()  # paise, as announced; what is raised is never more
    state = models.CharField(max_length=9, choices=State, default=State.SCHEDULED)
    reason = models.CharField(max_length=60, blank=True)  # why there was no debit, or why it failed
    notify_at = models.DateTimeField()
    raise_at = models.DateTimeField()
    debit_at = models.DateTimeField()  # when the bank takes it, as announced
    result_by = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField(null=True)
    calling_at = models.DateTimeField(null=True)  # who asks the gateway for it: one caller at a time
    decided_at = models.DateTimeField(null=True)
    opted_out_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="debit")
    planned_at = models.DateTimeField()
    next_step_at = models.DateTimeField(null=True)

    objects: ClassVar[DebitQuerySet] = DebitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(name="debit_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="debit_raised_has_payment",
                condition=(~Q(state="raised") & ~Q(state="captured")) | Q(payment__isnull=False),
            ),
            models.CheckConstraint(
                name="debit_announced_a_day_ahead",  # RBI e-mandate framework: 24 hours (I35)
                condition=Q(raised_at=None)
                | Q(noticed_at__isnull=False, debit_at__gte=F("noticed_at") + timedelta(hours=24)),
            ),
            models.UniqueConstraint(fields=["account", "cause", "attempt"], name="debit_planned_once"),
            models.UniqueConstraint(
                fields=["account", "cause"], name="debit_succeeds_once", condition=Q(state="captured")
            ),
            models.UniqueConstraint(
                fields=["mandate"],
                name="debit_open_once",
                condition=Q(state="scheduled") | Q(state="noticed") | Q(state="raised"),
            ),
            models.UniqueConstraint(
                "account",
                RAISED_ON,
                name="debit_once_a_day",  # an attempt of an account, by whatever mandate (PRODUCT § 8)
                condition=Q(raised_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account"],
                name="debit_undecided_once",  # none while another is with the bank, by whatever mandate
                condition=Q(state="raised"),
            ),
        ]
        indexes = [
            models.Index(fields=["next_step_at"], name="debit_due", condition=Q(next_step_at__isnull=False)),
            models.Index(fields=["account", "-planned_at"], name="debit_by_account"),
        ]

    def __str__(self) -> str:
        return self.number
