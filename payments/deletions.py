"""Finishing deletions: all stages of all floors, the certificate, and the list that repeats them after a restore."""

import json
from collections.abc import Mapping
from datetime import datetime

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts import audit
from accounts.models import Account
from billing_portal.unit import unit
from credit import archives, certificates, finishing
from credit.finishing import NotYet, Stage
from credit.models import Deletion
from payments import erasure

log = structlog.get_logger(__name__)

ERASURES = "erasures"  # in the archives storage: outside the database, so that a restored backup does not forget them


def stages() -> dict[str, Stage]:
    """All stages in their order: files and service data, people, what payments keeps of them."""
    return {**finishing.stages(), "payments": lambda account, _now: erasure.payments(account)}


def finish_due(*, now: datetime) -> int:
    """Go on with every deletion that was begun; return how many were finished. Safe to run twice and in parallel."""
    begun = Deletion.objects.filter(begun_at__isnull=False, finished_at=None).order_by("begun_at")
    return sum(_one(deletion, now) for deletion in begun.select_related("account", "archive", "approval"))


def _one(deletion: Deletion, now: datetime) -> bool:
    try:
        if not finishing.run(deletion, stages(), now=now):
            return False
    except NotYet:
        return False
    except Exception as error:  # one account must not keep the others; it goes on with the next run
        log.error("deletion_interrupted", account=deletion.account.ban, error=type(error).__name__)
        return False
    _list(deletion)
    said = deletion.certificate or certificates.of(deletion, now=now)
    signature = certificates.sign(said)
    name = f"certificates/{deletion.account.ban}.pdf"
    storages["documents"].save(name, ContentFile(certificates.page(said, signature)))
    _close(deletion.pk, said, signature, name, now=now)
    return True


@unit
def _close(pk: int, said: Mapping[str, object], signature: str, name: str, *, now: datetime) -> None:
    account = Account.objects.lock(Deletion.objects.values_list("account_id", flat=True).get(pk=pk))
    deletion = Deletion.objects.get(pk=pk)
    if deletion.finished_at:
        return
    deletion.certificate, deletion.signature, deletion.file, deletion.finished_at = said, signature, name, now
    deletion.save(update_fields=["certificate", "signature", "file", "finished_at"])
    audit.record(
        "credit.deletion.finish",
        actor=None,
        account=account,
        subject=f"deletion:{deletion.pk}",
        reason="",
        after={"certificate": signature},
        now=now,
    )


def _list(deletion: Deletion) -> None:
    """Keep the account's number on the erasure list."""
    assert deletion.begun_at is not None
    line = json.dumps({"account": deletion.account.ban, "deleted_at": deletion.begun_at.isoformat()})
    archives.storage().save(f"{ERASURES}/{deletion.account.ban}.json", ContentFile(line.encode()))
