"""Finishing deletions: all stages of all floors, the certificate; and deleting again what a restore brought back."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts import audit
from accounts.levels import Level
from accounts.models import Account
from billing_portal.unit import unit
from credit import certificates, deletion, erasures, finishing
from credit.finishing import NotYet, Stage
from credit.models import Deletion
from payments import erasure

log = structlog.get_logger(__name__)


def stages() -> dict[str, Stage]:
    """All stages in their order: files and service data, people, what payments keeps of them."""
    return {**finishing.stages(), "payments": lambda account, now: erasure.payments(account, now=now)}


def finish_due(*, now: datetime) -> int:
    """Go on with every deletion that was begun; return how many were finished. Safe to run twice and in parallel."""
    begun = Deletion.objects.filter(begun_at__isnull=False, finished_at=None).order_by("begun_at")
    return sum(_one(row, now) for row in begun.select_related("account", "archive", "approval"))


def _one(row: Deletion, now: datetime) -> bool:
    try:
        erasures.note(row)  # before anything is destroyed
        if not finishing.run(row, stages(), now=now):
            return False
        _finish(row, now)
    except NotYet:
        return False
    except Exception as error:  # one account must not keep the others; it goes on with the next run
        log.error("deletion_interrupted", account=row.account.ban, error=type(error).__name__)
        return False
    return True


def _finish(row: Deletion, now: datetime) -> None:
    said = row.certificate or certificates.of(row, now=now)
    signature = certificates.sign(said)
    name = f"certificates/{row.account.ban}{erasures.suffix(row)}.pdf"
    storages["documents"].save(name, ContentFile(certificates.page(said, signature)))
    _close(row.pk, said, signature, name, now=now)


@unit
def _close(pk: int, said: Mapping[str, object], signature: str, name: str, *, now: datetime) -> None:
    account = Account.objects.lock(Deletion.objects.values_list("account_id", flat=True).get(pk=pk))
    row = Deletion.objects.get(pk=pk)
    if row.finished_at:
        return
    row.certificate, row.signature, row.file, row.finished_at = said, signature, name, now
    row.save(update_fields=["certificate", "signature", "file", "finished_at"])
    audit.record(
        "credit.deletion.finish",
        actor=None,
        account=account,
        subject=f"deletion:{row.pk}",
        reason="",
        after={"certificate": signature},
        now=now,
    )


def reapply(*, now: datetime) -> int:
    """Delete again what a restored backup has brought back: the accounts on the erasure list; return how many.

    For use after a restore, before the instance is opened. Repeating finds nothing to do.
    """
    back = list(
        Account.objects.filter(ban__in=erasures.listed()).exclude(wanted_level=Level.DELETED).order_by("pk")
    )
    for account in back:
        deletion.repeat(account.pk, now=now)
        log.warning("erasure_repeated", account=account.ban)
    return len(back)
