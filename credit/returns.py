"""The way back from the archive: the recovery fee once, dues and fee paid, the data restored and compared, then free.

Only the verified restore lifts `retention` (DESIGN rule 10).
"""

from datetime import datetime
from uuid import UUID

import structlog

from accounts import approvals, notices, restrictions
from accounts.models import Account, Approval, User
from accounts.restrictions import Reason
from billing_portal import clock, sealed
from billing_portal.money import Paise
from billing_portal.unit import unit
from credit import archive_tables, archives, exposure, policy, restorations
from credit.models import Archive
from invoices import charges, gst
from invoices.gst import Supply

log = structlog.get_logger(__name__)

State = Archive.State
WAIVER = "waive-recovery-fee"  # of a request to a second person
DESCRIPTION = "Recovery of archived service data"


def begin(account: Account, *, now: datetime, by: User | None = None) -> Archive | None:
    """Begin the way back: the recovery fee is invoiced, once, due today. None where nothing is archived.

    No fee where the money that covers the dues was captured before the data was archived and only learned of later.
    The caller holds the account's lock. Repeating does nothing.
    """
    archive = Archive.objects.moved().filter(account=account).first()
    if archive is None or archive.asked_at:
        return archive
    archive.asked_at = now
    if not archive.is_free:
        archive.is_free = _was_in_time(account, archive)
    if not archive.is_free:
        archive.fee = charges.charge(
            account.pk,
            policy.RECOVERY_FEE,
            DESCRIPTION,
            token=f"recovery:{archive.pk}",
            actor=by,
            reason="The account comes back from its archive.",
            now=now,
            due_days=0,
        )
    archive.save(update_fields=["asked_at", "is_free", "fee"])
    return archive


@unit
def ask(account_id: int, *, by: User, now: datetime) -> Archive | None:
    """Begin the way back because a customer or staff ask for it."""
    return begin(Account.objects.lock(account_id), now=now, by=by)


def fee_to_come(archive: Archive | None) -> Paise:
    """Return the recovery fee before GST that the way back will cost; 0 once it is begun, or where it costs none."""
    return 0 if archive is None or archive.asked_at or archive.is_free else policy.RECOVERY_FEE


def cost_to_come(account: Account, supply: Supply) -> Paise:
    """Return what coming back costs beside the open bills: the fee that is not invoiced yet, with its GST."""
    fee = fee_to_come(Archive.objects.moved().filter(account=account).first())
    return gst.on_top(fee, supply).total if fee else 0


def may_waive(archive: Archive) -> bool:
    """Whether a recovery fee can still be waived: none is invoiced yet (else a credit note is the way)."""
    return archive.state == State.MOVED and archive.fee_id is None and not archive.is_free


@unit
def ask_waiver(archive_id: int, *, token: UUID, reason: str, by: User, now: datetime) -> Approval:
    """Ask a second person to waive the recovery fee. Raises approvals.NotAllowed."""
    archive = Archive.objects.select_related("account").get(pk=archive_id)
    if not may_waive(archive):
        raise approvals.NotAllowed(
            "There is no recovery fee to waive: once it is invoiced, a credit note is the way."
        )
    return approvals.ask(
        WAIVER,
        archive.account,
        token=token,
        payload={"archive": archive.pk},
        summary=f"Waive the recovery fee of {archive.account.ban}",
        reason=reason,
        by=by,
        now=now,
    )


def waive(row: Approval) -> str:
    """Carry out a waiver that was approved. The caller holds the account's lock."""
    archive = Archive.objects.get(pk=row.payload["archive"], account=row.account_id)
    if not may_waive(archive):
        raise approvals.NotAllowed("The recovery fee is invoiced already: a credit note is the way.")
    archive.is_free = True
    archive.save(update_fields=["is_free"])
    return "waived"


def _was_in_time(account: Account, archive: Archive) -> bool:
    """Whether nothing is due any more thanks to money that was captured before the rows were moved."""
    if account.documents.filter(open_amount__gt=0).exists():
        return False
    newest = account.entries.filter(received_at__isnull=False).order_by("-number").first()
    return bool(newest and newest.received_at and archive.moved_at and newest.received_at < archive.moved_at)


def sweep(*, now: datetime) -> int:
    """Bring back every archive whose dues and fee are paid; return how many. Safe to run twice and in parallel."""
    waiting = Archive.objects.moved().filter(asked_at__isnull=False).order_by("asked_at")
    return sum(_one(pk, now) for pk in waiting.values_list("pk", flat=True))


def _one(pk: int, now: datetime) -> bool:
    try:
        done = bring_back(pk, now=now)
    except (sealed.Broken, archive_tables.Differs, OSError) as error:
        log.error("archive_not_returned", archive=pk, error=type(error).__name__)
        Archive.objects.filter(pk=pk).update(error=f"{type(error).__name__}: {error}"[:200])
        return False
    if done:
        tidy(pk, now=now)
    return done


@unit
def bring_back(archive_id: int, *, now: datetime) -> bool:
    """Put the archived rows back, compare, and lift `retention`: all or nothing. False where it is not due.

    Raises sealed.Broken and archive_tables.Differs: then nothing has changed.
    """
    account = Account.objects.lock(Archive.objects.values_list("account_id", flat=True).get(pk=archive_id))
    archive = Archive.objects.select_related("fee").get(pk=archive_id)
    if archive.state != State.MOVED or not is_paid(account, archive, now=now):
        return False
    for part in archive.parts.exclude(moved_at=None).order_by("table", "number"):
        table = archive_tables.BY_NAME[part.table]
        if archive_tables.insert(table, account.pk, archives.read(part)) != (part.rows, part.sha256):
            raise archive_tables.Differs(f"{part.table}: what came back is not what was archived")
    archive.state, archive.returned_at, archive.error = State.RETURNED, now, ""
    archive.save(update_fields=["state", "returned_at", "error"])
    restrictions.lift(account, Reason.RETENTION, now=now)
    Account.objects.filter(pk=account.pk, review_at=None).update(review_at=now)  # bills that are unpaid yet
    if archive.case:
        restorations.again(account, archive.case, now=now)
    notices.owe(
        account,
        "service-restored",
        event=f"archive:{archive.pk}:returned",
        context={
            "level": account.wanted_level,
            "balance": exposure.read(account, now=now).balance,
            "at": now.isoformat(),
        },
        channels=notices.EMAIL_SMS,
        now=now,
    )
    return True


def is_paid(account: Account, archive: Archive, *, now: datetime) -> bool:
    """Whether the way back was begun, nothing is past due, and the fee is paid, free or waived."""
    due = account.documents.filter(open_amount__gt=0, due_on__lte=clock.business_date(now))
    fee_paid = archive.fee is None or archive.fee.open_amount == 0
    return bool(archive.asked_at) and fee_paid and not due.exists()


def tidy(archive_id: int, *, now: datetime) -> None:
    """Destroy the files and keys of an archive that was returned; files first. Repeating does nothing."""
    for part in Archive.objects.get(pk=archive_id, state=State.RETURNED).parts.filter(gone_at=None):
        archives.storage().delete(part.file)
        part.key, part.gone_at = None, now
        part.save(update_fields=["key", "gone_at"])
