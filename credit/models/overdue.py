"""Overdue cases and the steps taken in them; the policies they follow; what spares an account.

A case is watched from the moment a bill is unpaid; it is open from its due date, day 0. Dates are Indian.
"""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Approval
from billing_portal import clock, text
from credit import ladder
from invoices.models import Document


class PolicyVersion(models.Model):
    """One version of the overdue ladder; the newest is followed by cases that open from now on. Never changed."""

    number = models.IntegerField(unique=True)
    steps = models.JSONField()  # rows of the shape of policy.OVERDUE_STEPS (ladder_checks.written)
    reason = models.CharField(max_length=500)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # null: the first
    saved_at = models.DateTimeField()

    class Meta:
        permissions = [("publish_policy", "Can publish a version of the overdue policy")]

    def __str__(self) -> str:
        return f"Version {self.number}"


class OverdueCaseQuerySet(models.QuerySet["OverdueCase"]):
    def standing(self) -> "OverdueCaseQuerySet":
        """Not closed: something is unpaid, past its due date or not."""
        return self.filter(closed_at=None)

    def due(self, action: str, today: date) -> "OverdueCaseQuerySet":
        """Cases whose next step is this action, and its day has come."""
        return self.standing().filter(next_action=action, next_step_on__lte=today)

    def count_due(self, today: date) -> dict[str, int]:
        """How many cases each action's day has come for; an action without any is missing."""
        come = self.standing().filter(next_step_on__lte=today).order_by()
        return dict(come.values_list("next_action").annotate(count=models.Count("pk")))


class OverdueCase(models.Model):
    """One account's way down the ladder, from its oldest unpaid bill until nothing is past due."""

    class Wait(models.TextChoices):
        NOTICE = "notice", "The message before it has not been handed over"
        PERSON = "person", "Messages have failed for three days: a person decides"
        PAYMENT = "payment", "A payment is being confirmed"
        ARCHIVE = "archive", "The archive is being made"
        APPROVAL = "approval", "Deletion needs a second person"
        MARKED = "marked", "Marked for deletion: seven days to look again"

    class Closed(models.TextChoices):
        PAID = "paid", "Nothing is past due any more"
        WRITTEN_OFF = "written_off", "Written off"
        DELETED = "deleted", "Deleted"

    account = models.ForeignKey(Account, models.PROTECT, related_name="overdue_cases")
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="cases")
    due_on = models.DateField()  # day 0: the due date of the oldest unpaid bill
    watched_at = models.DateTimeField()
    opened_on = models.DateField(null=True)  # its first step
    closed_at = models.DateTimeField(null=True)
    closed_why = models.CharField(max_length=11, choices=Closed, blank=True)
    next_action = models.CharField(max_length=14, choices=ladder.CHOICES, blank=True)
    next_step_on = models.DateField(null=True)
    last_on = models.DateField(null=True)  # of its newest step, also of one that was undone
    waits_for = models.CharField(max_length=8, choices=Wait, blank=True)
    waits_since = models.DateTimeField(null=True)
    shields = models.IntegerField(default=0)  # how often an undecided payment has held a step back
    shielded_until = models.DateTimeField(null=True)
    unannounced_by = models.ForeignKey(  # who decided to go on though messages fail; for the next step only
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[OverdueCaseQuerySet] = OverdueCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        permissions = [
            ("grant_extension", "Can grant an extension or hold a step"),
            ("decide_step", "Can decide what the overdue jobs leave to a person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="overdue_case_once", condition=Q(closed_at=None)
            ),
            models.CheckConstraint(
                name="overdue_case_closed_why",
                condition=Q(closed_at=None, closed_why="") | Q(closed_at__isnull=False) & ~Q(closed_why=""),
            ),
            models.CheckConstraint(
                name="overdue_case_next_whole",
                condition=Q(next_action="", next_step_on=None)
                | ~Q(next_action="") & Q(next_step_on__isnull=False),
            ),
            models.CheckConstraint(
                name="overdue_case_shields_twice", condition=Q(shields__gte=0, shields__lte=2)
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_action", "next_step_on", "id"],
                name="overdue_case_due",
                condition=Q(closed_at=None),
            ),
            models.Index(fields=["waits_for"], name="overdue_case_waits", condition=~Q(waits_for="")),
            models.Index(fields=["account", "-watched_at"], name="overdue_case_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account.ban}, due {text.day(self.due_on)}"


class StepTaken(models.Model):
    """One step that was taken; it stands until the case is not overdue enough for it any more. Never deleted."""

    case = models.ForeignKey(OverdueCase, models.PROTECT, related_name="steps")
    account = models.ForeignKey(Account, models.PROTECT, related_name="overdue_steps")
    day = models.IntegerField()  # of the policy's row
    action = models.CharField(max_length=14, choices=ladder.CHOICES)
    due_on = models.DateField()  # day 0 as it was
    taken_on = models.DateField()  # Indian business date
    taken_at = models.DateTimeField()
    due = models.BigIntegerField()  # paise past due when it was taken
    bill = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", db_index=False
    )  # the oldest
    announced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    unannounced_by = models.ForeignKey(  # a person who decided it without the message before it
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "taken_on"], name="step_once_a_day"),
            models.UniqueConstraint(
                fields=["case", "day"], name="step_stands_once", condition=Q(undone_at=None)
            ),
            models.CheckConstraint(name="step_was_due", condition=Q(taken_on__gte=F("due_on"))),
        ]
        indexes = [models.Index(fields=["taken_on", "action"], name="step_by_date")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} on day {self.day}, {text.day(self.taken_on)}"

    @property
    def event(self) -> str:
        """What its message is known by: once for all channels and recipients."""
        return f"overdue:{self.case_id}:{self.day}:{self.taken_on:%Y%m%d}"


class Extension(models.Model):
    """What staff grant a case: a promise to pay (its days do not count) or a hold (no harm, days go on)."""

    class Kind(models.TextChoices):
        PROMISE = "promise", "Promise to pay"
        HOLD = "hold", "Hold"

    case = models.ForeignKey(OverdueCase, models.PROTECT, related_name="extensions")
    account = models.ForeignKey(Account, models.PROTECT, related_name="extensions")
    kind = models.CharField(max_length=7, choices=Kind)
    from_on = models.DateField()
    until_on = models.DateField()  # the last day of it
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    approval = models.OneToOneField(
        Approval, models.PROTECT, null=True, related_name="+"
    )  # beyond the role's cap
    ended_on = models.DateField(null=True)  # ended before its time: the first day on which it does not stand
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="extension_runs_forward", condition=Q(until_on__gte=F("from_on"))),
            models.CheckConstraint(
                name="extension_ended_whole",
                condition=Q(ended_on=None, ended_by=None) | Q(ended_on__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {text.day(self.until_on)}"


class OutageCredit(models.Model):
    """Days on which customers could not pay because of us: they do not count for anybody. Due dates stay."""

    from_on = models.DateField()
    until_on = models.DateField()
    reason = models.CharField(max_length=500)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        permissions = [("declare_outage", "Can declare days on which customers could not pay")]
        constraints = [
            models.CheckConstraint(name="outage_runs_forward", condition=Q(until_on__gte=F("from_on"))),
        ]

    def __str__(self) -> str:
        return f"{text.day(self.from_on)} to {text.day(self.until_on)}"


class Restoration(models.Model):
    """The stopwatch of one way back: money captured → known → booked → lifted → confirmed by the platform."""

    case = models.OneToOneField(OverdueCase, models.PROTECT, related_name="restoration")
    account = models.ForeignKey(Account, models.PROTECT, related_name="restorations")
    cause = models.CharField(
        max_length=100, blank=True
    )  # the ledger entry's key that covered the last overdue rupee
    captured_at = models.DateTimeField(null=True)  # by the gateway or the bank
    known_at = models.DateTimeField(null=True)  # when we first heard of it
    paid_at = models.DateTimeField(null=True)  # booked
    lifted_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)  # by the platform; null: not yet

    class Meta:
        indexes = [
            models.Index(fields=["lifted_at"], name="restoration_open", condition=Q(confirmed_at=None)),
            models.Index(fields=["account", "-lifted_at"], name="restoration_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account.ban}, lifted {text.day(clock.business_date(self.lifted_at))}"
