"""The credit limit: what is stored of it, the recorded causes that it is replayed from, and temporary ones.

A recorded cause never changes (trigger). Amounts are paise in whole rupees, points are percentage points.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Approval
from billing_portal import money, text
from credit import policy
from invoices.models import Document


class LimitChange(models.Model):
    """One cause that an account's limit is made of. Append-only."""

    class Kind(models.TextChoices):
        TIMELY_PAYMENT = "timely_payment", "Invoice paid on time"
        TIMELY_RENEWAL = "timely_renewal", "Renewal paid on time"
        ADVANCE_DEPOSIT = "advance_deposit", "Advance deposit"
        LATE_PAYMENT = "late_payment", "Invoice paid late"
        LATE_RENEWAL = "late_renewal", "Renewal paid late"
        LIMIT_CROSSED = "limit_crossed", "Paid after the limit was crossed"
        SIBLING = "sibling", "Sibling account owes"
        SIBLING_LIFTED = "sibling_lifted", "Sibling account has paid"
        BASE = "base", "Base"

    account = models.ForeignKey(Account, models.PROTECT, related_name="limit_changes", db_index=False)
    kind = models.CharField(max_length=15, choices=Kind)
    on = models.DateField()  # Indian business date of the cause
    key = models.CharField(max_length=100)  # once an account: "bill:VI/2627/000011", "crossed:payment:PAY…"
    points = models.IntegerField()  # of the factor, as the policy was
    cycle_on = models.DateField()  # the first day of the billing cycle it lies in: one step up a cycle
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", db_index=False)
    sibling = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    details = models.JSONField(default=dict)  # what a reader knows it by: {"about": "VI/2627/000011"}
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("on", "kind", "key")
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="limit_change_once"),
            models.CheckConstraint(
                name="limit_change_names_sibling",
                condition=Q(kind__in=["sibling", "sibling_lifted"], sibling__isnull=False)
                | (~Q(kind__in=["sibling", "sibling_lifted"]) & Q(sibling=None)),
            ),
            models.CheckConstraint(
                name="limit_change_not_own_sibling", condition=Q(sibling=None) | ~Q(sibling=F("account"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {text.day(self.on)}"


class CreditLimitQuerySet(models.QuerySet["CreditLimit"]):
    def lowered_by(self, account: Account) -> "CreditLimitQuerySet":
        """The limits that this account's debt lowers now."""
        return self.filter(sibling=account)


class CreditLimit(models.Model):
    """How far an account may go now. Made and moved by limits.py alone, under the account's lock."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="credit_limit")
    amount = models.BigIntegerField()
    earned = models.BigIntegerField()  # base × factor: the amount without a temporary limit
    base = models.BigIntegerField()
    received = models.BigIntegerField()  # money of the trailing months that the base is a part of
    factor = models.IntegerField()  # after all steps, before the sibling rule
    sibling = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")  # whose debt lowers it
    sibling_points = models.IntegerField(default=0)
    effective_until = models.DateField(null=True)  # the last day of a temporary limit
    seen_entries = models.BigIntegerField(default=0)  # up to which ledger entry causes are recorded
    seen_allocation = models.BigIntegerField(default=0)  # up to which allocation
    revision = models.IntegerField(default=0)  # how often the amount has changed
    reviewed_at = models.DateTimeField()

    objects: ClassVar[CreditLimitQuerySet] = CreditLimitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="credit_limit_whole_rupees",
                condition=Q(amount__gte=0, amount__lte=10**13, earned__gte=0)
                & Q(amount=F("amount") / 100 * 100)
                & Q(earned=F("earned") / 100 * 100)
                & Q(base=F("base") / 100 * 100),
            ),
            models.CheckConstraint(name="credit_limit_base_floor", condition=Q(base__gte=policy.FLOOR)),
            models.CheckConstraint(
                name="credit_limit_factor_bounds",
                condition=Q(factor__gte=policy.LOWEST, factor__lte=policy.HIGHEST),
            ),
            models.CheckConstraint(
                name="credit_limit_temporary_or_earned",
                condition=Q(effective_until__isnull=False) | Q(amount=F("earned")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["effective_until"],
                name="credit_limit_ends",
                condition=Q(effective_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Credit limit {money.inr(self.amount)}"


class TemporaryLimit(models.Model):
    """A limit that one member of staff asked for and another approved. It ends by itself."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="temporary_limits")
    amount = models.BigIntegerField()  # paise, whole rupees
    from_on = models.DateField()
    until_on = models.DateField()  # the last day
    reason = models.CharField(max_length=500)
    approval = models.OneToOneField(Approval, models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    class Meta:
        permissions = [("set_temporary_limit", "Can ask for a temporary credit limit")]
        constraints = [
            models.CheckConstraint(
                name="temporary_limit_whole_rupees",
                condition=Q(amount__gte=0, amount__lte=10**13) & Q(amount=F("amount") / 100 * 100),
            ),
            models.CheckConstraint(name="temporary_limit_ends", condition=Q(until_on__gte=F("from_on"))),
            models.CheckConstraint(
                name="temporary_limit_two_people", condition=~Q(requested_by=F("approved_by"))
            ),
            models.CheckConstraint(name="temporary_limit_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{money.inr(self.amount)} until {text.day(self.until_on)}"
