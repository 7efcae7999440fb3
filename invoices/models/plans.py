"""Price lists and who is on them: features, versioned plans, subscriptions with their cycles, extras on the bill.

A published price list never changes (trigger): a new price is a new version, which a subscription reaches with
its next cycle. Unit prices are millipaise (₹0.60 = 60,000), everything else is paise.
"""

from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from billing_portal import text
from invoices.models.documents import Document


class Feature(models.Model):
    """A kind of usage. The default rows are in invoices/features.py; staff may add more."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        MESSAGE = "message", "Message"

    class Direction(models.TextChoices):
        IN = "in", "Incoming"
        OUT = "out", "Outgoing"

    code = models.CharField(max_length=20, primary_key=True)  # "click_to_call", as the platform names it
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=7, choices=Kind)
    direction = models.CharField(max_length=3, choices=Direction)
    unit = models.CharField(max_length=20)  # what one unit is called: "minute", "message"
    may_use_credit = models.BooleanField(default=False)
    sac = models.CharField(max_length=6, default="998419")
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """A named price list; its prices are in its versions."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    is_offered = models.BooleanField(default=True)  # customers may choose it
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """The prices of a plan from a day on. Append-only."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions")
    number = models.IntegerField()  # 1, 2, 3 … in the plan
    valid_from = models.DateField()  # cycles that begin on this day or later have these prices
    rental = models.BigIntegerField()  # paise a whole cycle, before tax
    set_up = models.BigIntegerField(default=0)  # paise, once, on activation
    sac = models.CharField(max_length=6, default="998419")
    price_count = models.IntegerField(
        default=0
    )  # prices it was published with; one more is refused (trigger)
    token = models.UUIDField(unique=True, null=True)  # of the form: a second click is the same
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once"),
            models.CheckConstraint(name="plan_version_prices", condition=Q(rental__gte=0, set_up__gte=0)),
        ]
        indexes = [models.Index(fields=["plan", "-valid_from", "-number"], name="plan_version_valid")]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"


class PlanPrice(models.Model):
    """What one feature costs in a version. Append-only."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="prices")
    feature = models.ForeignKey(Feature, models.PROTECT, related_name="+")
    free_units = models.IntegerField(default=0)  # a whole cycle
    unit_price = models.BigIntegerField()  # millipaise
    pulse = models.IntegerField(default=60)  # seconds a unit of a call; each started one counts

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "feature"], name="plan_price_once"),
            models.CheckConstraint(
                name="plan_price_sane",
                condition=Q(free_units__gte=0, unit_price__gte=0, pulse__gte=1, pulse__lte=3600),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} of {self.version_id}"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def running(self) -> "SubscriptionQuerySet":
        return self.filter(ended_on=None)

    def to_bill(self, today: date, now: datetime) -> "SubscriptionQuerySet":
        """A cycle has ended, nobody has to look first, and the next attempt has come."""
        return self.running().filter(bill_on__lte=today, is_parked=False, next_attempt_at__lte=now)


class Subscription(models.Model):
    """An account's plan. The running cycle is billed when `bill_on` has come."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="subscription")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    next_plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="+")  # from the next cycle on
    anchor_day = models.IntegerField()  # 1–31; clamped in shorter months (31 Jan → 28 Feb → 31 Mar)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    bill_on = models.DateField()  # the day after the oldest unbilled cycle
    # how billing it fares: due again at `next_attempt_at`; after eight failures it is parked (no next attempt)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    is_parked = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[SubscriptionQuerySet] = SubscriptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [("manage_subscription", "Can change an account's plan and extras")]
        constraints = [
            models.CheckConstraint(
                name="subscription_anchor", condition=Q(anchor_day__gte=1, anchor_day__lte=31)
            ),
        ]
        indexes = [
            models.Index(fields=["bill_on", "account"], name="subscription_due", condition=Q(ended_on=None)),
            models.Index(fields=["account"], name="subscription_parked", condition=Q(is_parked=True)),
        ]

    def __str__(self) -> str:
        return f"Subscription since {text.day(self.started_on)}"


class CycleQuerySet(models.QuerySet["Cycle"]):
    def open(self) -> "CycleQuerySet":
        """Not billed yet: the running cycle, and one that ended and waits for its run. Oldest first."""
        return self.filter(closed_at=None).order_by("starts_on")


class Cycle(models.Model):
    """A billing period of an account, both days included. An upgrade splits one: both parts know the whole."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="cycles")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    full_days = (
        models.IntegerField()
    )  # of the anniversary cycle it is (a part of): rental and free units by days
    rental = models.BigIntegerField(default=0)  # paise charged in advance for it
    discounted = models.BigIntegerField(default=0, db_default=0)  # of that, taken off by discounts
    closed_at = models.DateTimeField(null=True)
    invoice = models.OneToOneField(
        Document, models.PROTECT, null=True, related_name="cycle"
    )  # bills its usage

    objects: ClassVar[CycleQuerySet] = CycleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "starts_on"], name="cycle_once"),
            models.CheckConstraint(name="cycle_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="cycle_rental", condition=Q(rental__gte=0, full_days__gte=1)),
        ]
        indexes = [
            models.Index(fields=["account", "starts_on"], name="cycle_open", condition=Q(closed_at=None)),
            models.Index(fields=["ends_on"], name="cycle_ending", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.starts_on}–{self.ends_on}"

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


class AddOn(models.Model):
    """Something more each cycle, e.g. a further number; charged in advance like the rental, by days."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="add_ons")
    description = models.CharField(max_length=120)
    sac = models.CharField(max_length=6, default="998419")
    price = models.BigIntegerField()  # paise a whole cycle and piece, before tax
    quantity = models.IntegerField(default=1)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # the last day
    charged_until = models.DateField(null=True)  # the last day that an invoice has charged
    token = models.UUIDField(unique=True, null=True)  # of the form: a second click is the same

    class Meta:
        constraints = [
            models.CheckConstraint(name="add_on_sane", condition=Q(price__gte=0, quantity__gte=1)),
        ]
        indexes = [models.Index(fields=["account"], name="add_on_by_account")]

    def __str__(self) -> str:
        return self.description


class OneTimeCharge(models.Model):
    """A charge that waits for the cycle's invoice. (`charges.charge` issues one at once.)"""

    account = models.ForeignKey(Account, models.PROTECT, related_name="one_time_charges")
    description = models.CharField(max_length=300)
    sac = models.CharField(max_length=6, default="998419")
    amount = models.BigIntegerField()  # paise before tax, of all pieces
    token = models.UUIDField(unique=True, null=True)  # of the form: a second click is the same
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+"
    )  # the invoice it is on

    class Meta:
        constraints = [
            models.CheckConstraint(name="one_time_charge_positive", condition=Q(amount__gt=0)),
        ]
        indexes = [
            models.Index(
                fields=["account"],
                name="one_time_charge_waiting",
                condition=Q(document=None, cancelled_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.description


class Discount(models.Model):
    """Agreed before the supply (s. 15(3)(a)): a line of its own on the next invoices, never below zero in all."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="discounts")
    description = models.CharField(max_length=120)
    basis_points = models.IntegerField(null=True)  # of the rental line, 1000 = 10 %
    amount = models.BigIntegerField(null=True)  # or so many paise an invoice
    cycles_left = models.IntegerField(default=1)
    starts_on = models.DateField()
    token = models.UUIDField(unique=True, null=True)  # of the form: a second click is the same

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="discount_one_kind",
                condition=Q(basis_points__gt=0, basis_points__lte=10_000, amount=None)
                | Q(basis_points=None, amount__gt=0),
            ),
            models.CheckConstraint(name="discount_cycles", condition=Q(cycles_left__gte=0)),
        ]
        indexes = [models.Index(fields=["account"], name="discount_running", condition=Q(cycles_left__gt=0))]

    def __str__(self) -> str:
        return self.description
