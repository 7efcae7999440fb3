"""Archives: an account's service data, moved out of the live tables and sealed; and deletions, what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, Approval
from billing_portal import clock, text
from credit.models.overdue import OverdueCase
from invoices.models import Document

LABELS = {"invoices_usagerecord": "Call and message records", "accounts_apikey": "API keys"}


class ArchiveQuerySet(models.QuerySet["Archive"]):
    def standing(self) -> "ArchiveQuerySet":
        """Made and not moved yet, or moved and not returned or destroyed: one an account at most."""
        return self.filter(state__in=[Archive.State.MADE, Archive.State.MOVED])

    def moved(self) -> "ArchiveQuerySet":
        return self.filter(state=Archive.State.MOVED)


class Archive(models.Model):
    """One account's archive. Its rows are in its parts' files only, from `moved_at` until `returned_at`."""

    class State(models.TextChoices):
        MADE = "made", "Made; the data is still live"
        MOVED = "moved", "Archived"
        RETURNED = "returned", "Returned"
        DESTROYED = "destroyed", "Destroyed"

    account = models.ForeignKey(Account, models.PROTECT, related_name="archives")
    case = models.ForeignKey(  # null: made again after a backup was restored
        OverdueCase, models.PROTECT, null=True, related_name="archives"
    )
    state = models.CharField(max_length=9, choices=State, default=State.MADE)
    made_at = models.DateTimeField()
    moved_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when the way back was begun: dues paid, or asked for
    fee = models.OneToOneField(
        Document, models.PROTECT, null=True, related_name="+"
    )  # the recovery fee's invoice
    is_free = models.BooleanField(default=False)  # no fee: paid in time but learned late, or waived
    returned_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)  # why the last attempt to return it failed

    objects: ClassVar[ArchiveQuerySet] = ArchiveQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="archive_stands_once",
                condition=Q(state__range=("made", "moved")),  # these two of the four, by the alphabet
            ),
            models.CheckConstraint(
                name="archive_moved_has_time", condition=Q(state="made") | Q(moved_at__isnull=False)
            ),
            models.CheckConstraint(
                name="archive_free_has_no_fee", condition=Q(is_free=False) | Q(fee__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="archive_to_return",
                condition=Q(state="moved", asked_at__isnull=False),
            ),
            models.Index(fields=["account", "-made_at"], name="archive_by_account"),
        ]

    def __str__(self) -> str:
        what, at = ("archived", self.moved_at) if self.moved_at else ("made", self.made_at)
        return f"{self.account.ban}, {what} {text.day(clock.business_date(at))}"


class ArchivePart(models.Model):
    """One table's rows of an archive: a sealed file with a key of its own. Its row outlives file and key."""

    archive = models.ForeignKey(Archive, models.PROTECT, related_name="parts")
    table = models.CharField(max_length=60)  # of archive_tables
    number = models.IntegerField(default=0)  # above 0: rows that came after the first were moved
    file = models.CharField(max_length=120)  # in the archives storage
    rows = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)  # over the lines
    size = models.BigIntegerField()  # bytes of the file
    file_sha256 = models.CharField(max_length=64)
    key = models.BinaryField(null=True)  # wrapped by the instance's master key; null: destroyed
    last_on = models.DateField(null=True)  # the newest record's date: what the law counts from
    kept_until = models.DateField(null=True)  # sealed after a deletion, because the law requires it
    moved_at = models.DateTimeField(null=True)  # its rows are in the file only
    gone_at = models.DateTimeField(null=True)  # file and key destroyed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["archive", "table", "number"], name="archive_part_once"),
            models.CheckConstraint(
                name="archive_part_key_until_gone", condition=Q(gone_at=None) | Q(key=None)
            ),
        ]
        indexes = [
            models.Index(fields=["kept_until"], name="archive_part_to_purge", condition=Q(gone_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows of {self.table}"

    @property
    def label(self) -> str:
        """What it holds, in words for people."""
        return LABELS.get(self.table, self.table)


class Deletion(models.Model):
    """One account's deletion: marked, approved, begun, finished. It goes on wherever it was interrupted."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="deletion")
    archive = models.OneToOneField(Archive, models.PROTECT, related_name="deletion")
    marked_at = models.DateTimeField()
    approval = models.OneToOneField(Approval, models.PROTECT, null=True, related_name="+")
    is_repeated = models.BooleanField(default=False)  # a restored backup had brought the account back
    begun_at = models.DateTimeField(
        null=True
    )  # the point of no return: keys destroyed, the account closed for good
    done = models.JSONField(default=dict)  # stage → what it destroyed: {name: {"rows": n, "sha256": …}}
    finished_at = models.DateTimeField(null=True)
    certificate = models.JSONField(null=True)
    signature = models.CharField(max_length=128, blank=True)  # Ed25519 over the certificate, hex
    file = models.CharField(max_length=120, blank=True)  # the certificate's PDF, in the documents storage

    class Meta:
        permissions = [("request_deletion", "Can ask for an account's deletion")]
        constraints = [
            models.CheckConstraint(
                name="deletion_is_approved",
                condition=Q(begun_at=None) | Q(approval__isnull=False) | Q(is_repeated=True),
            ),
            models.CheckConstraint(
                name="deletion_finished_whole",
                condition=Q(finished_at=None) | Q(begun_at__isnull=False, certificate__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["begun_at"],
                name="deletion_to_finish",
                condition=Q(begun_at__isnull=False, finished_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account.ban}, marked {text.day(clock.business_date(self.marked_at))}"
