"""Usage: each record of the platform once, and the counters kept exactly equal to them.

`UsageRecord` is partitioned by the month of its start (Indian date); uniqueness over all months is `UsageKey`'s.
Its table is made by SQL in a migration; it has no foreign-key triggers (they would cost a third of the intake's
speed): the intake takes ids from rows that it has locked, and `verify_books` looks for strangers.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Account
from invoices.models.plans import Cycle, Feature, PlanPrice


class UsageKey(models.Model):
    """The ids taken so far: one (source, id) is one record, in whatever month it started."""

    pk = models.CompositePrimaryKey("source", "record_id")
    source = models.CharField(max_length=20)
    record_id = models.CharField(max_length=64)
    is_sealed = models.BooleanField(default=False, db_default=False)  # its record is in an archive

    def __str__(self) -> str:
        return f"{self.source} {self.record_id}"


class UsageRecord(models.Model):
    """One call or message batch, rated once. `unit_price` None: the price list knows no such feature (yet)."""

    id = models.BigAutoField(primary_key=True)  # in the database: (id, month)
    month = models.DateField()  # first day of the month it started in, in India: the partition
    source = models.CharField(max_length=20)
    record_id = models.CharField(max_length=64)  # theirs
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="usage_records", db_index=False, db_constraint=False
    )
    feature = models.ForeignKey(
        Feature, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    cycle = models.ForeignKey(
        Cycle, models.PROTECT, related_name="usage_records", db_index=False, db_constraint=False
    )
    caller = models.CharField(max_length=20, blank=True)
    called = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    units = models.IntegerField()
    unit_price = models.BigIntegerField(null=True)  # millipaise
    is_late = models.BooleanField(default=False)  # its own cycle was closed when it came
    received_at = models.DateTimeField()

    class Meta:
        # the indexes as the SQL of the migration makes them on every partition
        indexes = [
            models.Index(fields=["account", "-started_at"], name="usage_record_by_account"),
            models.Index(fields=["cycle"], name="usage_record_unrated", condition=Q(unit_price=None)),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.record_id}"


class CyclePrice(models.Model):
    """What staff decided that a feature costs in one cycle whose price list does not know it; 0 writes it off.

    The price list goes first where it has a price. No free units. May change until the cycle is billed.
    """

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="decided_prices", db_index=False)
    feature = models.ForeignKey(Feature, models.PROTECT, related_name="+", db_index=False)
    unit_price = models.BigIntegerField()  # millipaise
    pulse = models.IntegerField(default=60)  # seconds a unit of a call
    sac = models.CharField(max_length=6, default="998419")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "feature"], name="cycle_price_once"),
            models.CheckConstraint(
                name="cycle_price_sane", condition=Q(unit_price__gte=0, pulse__gte=1, pulse__lte=3600)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} in {self.cycle_id}"


class UsageCounterQuerySet(models.QuerySet["UsageCounter"]):
    def with_prices(self) -> "UsageCounterQuerySet":
        """Annotate `unit_price` (millipaise), `free_units` (a whole cycle's) and `price_sac`.

        They are the price list's of the cycle; else what staff decided for it.
        """
        price = PlanPrice.objects.filter(version=OuterRef("cycle__version"), feature=OuterRef("feature"))
        decided = CyclePrice.objects.filter(cycle=OuterRef("cycle"), feature=OuterRef("feature"))
        return self.annotate(
            unit_price=Coalesce(Subquery(price.values("unit_price")), Subquery(decided.values("unit_price"))),
            free_units=Subquery(price.values("free_units")),
            price_sac=Subquery(decided.values("sac")),
        )


class UsageCounter(models.Model):
    """Sum of the records of one feature in one cycle: what is billed, and the usage terms of the equation."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="usage_counters", db_constraint=False)
    cycle = models.ForeignKey(
        Cycle, models.PROTECT, related_name="counters", db_index=False, db_constraint=False
    )
    feature = models.ForeignKey(
        Feature, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    records = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)  # of rated records
    amount = models.BigIntegerField(default=0)  # millipaise at list price, of rated records
    unrated = models.BigIntegerField(default=0)  # records without a price
    late = models.BigIntegerField(default=0)  # records of closed cycles among them

    objects: ClassVar[UsageCounterQuerySet] = UsageCounterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "feature"], name="usage_counter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} in {self.cycle_id}"


class UsageDay(models.Model):
    """Sum of the records of one feature on one Indian day: for charts and the staff's page."""

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="usage_days", db_index=False, db_constraint=False
    )
    day = models.DateField()
    feature = models.ForeignKey(
        Feature, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    records = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)  # millipaise at list price

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "feature"], name="usage_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.feature_id}"
