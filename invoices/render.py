"""Make the PDFs that are owed: claim one, render it outside any transaction, keep its bytes and their hash.

A file is due when its `next_attempt_at` has come. A claim lasts two minutes; `attempts` is its fencing
number, so that a late finisher is refused. After eight attempts it is parked for a person. Files are
claimed one by one: a document that kills its process costs attempts of its own only.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.models import QuerySet

from accounts import queues
from accounts.models import User
from billing_portal.unit import outside, unit
from invoices.models import Document, DocumentFile

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TRIES = 8
WAIT = timedelta(seconds=30)  # doubled with each failure
DIED = "the process ended while it was rendering"


def render_due(make: Callable[[Document], bytes], *, now: datetime, limit: int = 200) -> int:
    """Make the PDFs that are due, at most `limit`; return how many were kept. Safe to run in parallel."""
    kept = 0
    for _ in range(limit):
        file = claim(now)
        if file is None:
            break
        kept += finish(file, make, now=now)
    return kept


@unit
def claim(now: datetime) -> DocumentFile | None:
    """Claim the newest file that is due, or return None.

    Newest first: whoever has just paid waits for his document, nobody waits for a backlog.
    """
    due = (
        DocumentFile.objects.due(now).select_related("document__einvoice").order_by("-next_attempt_at", "-pk")
    )
    file = due.select_for_update(skip_locked=True, of=("self",)).first()
    if file is None:
        return None
    file.attempts += 1  # the row is locked
    file.next_attempt_at = now + LEASE
    file.save(update_fields=["attempts", "next_attempt_at"])
    return file


def finish(file: DocumentFile, make: Callable[[Document], bytes], *, now: datetime) -> bool:
    """Render a claimed file and keep it; return whether it was kept. A failure is written on its row.

    One that took its process with it eight times is not tried again.
    """
    try:
        if file.attempts > TRIES:
            raise RuntimeError(DIED)
        data = _made(file, make)
        return keep(file, data, now=now)
    except Exception as error:  # whatever the renderer or the disk says: the row keeps it, the others go on
        _failed(file, error, now)
        return False


@outside
def _made(file: DocumentFile, make: Callable[[Document], bytes]) -> bytes:
    return make(file.document)


@unit
def keep(file: DocumentFile, data: bytes, *, now: datetime) -> bool:
    """Write the bytes and their hash, unless another has claimed the file since.

    The row stays locked while the file is written: nobody else writes bytes that the hash does not tell.
    """
    if not _mine(file).select_for_update().exists():
        return False
    storages["documents"].save(file.name, ContentFile(data))
    _mine(file).update(
        state=DocumentFile.State.READY,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        made_at=now,
        next_attempt_at=None,
        error="",
    )
    return True


def retry(file: DocumentFile, *, reason: str, by: User, now: datetime) -> bool:
    """Put a parked file back in the queue, and write down who did; return whether it was parked."""
    return queues.again(
        DocumentFile.objects.filter(pk=file.pk, state=DocumentFile.State.PARKED),
        {"state": DocumentFile.State.WAITING, "attempts": 0, "next_attempt_at": now, "error": ""},
        action="invoices.retry_pdf",
        subject=f"document:{file.document.number}",
        reason=reason,
        before={"state": str(DocumentFile.State.PARKED), "error": file.error},
        after={"state": str(DocumentFile.State.WAITING)},
        by=by,
        now=now,
        account=file.document.account,
    )


def _failed(file: DocumentFile, error: Exception, now: datetime) -> None:
    parked = file.attempts >= TRIES
    log.warning(
        "document_failed", file=file.pk, attempts=file.attempts, parked=parked, error=type(error).__name__
    )
    _mine(file).update(
        error=f"{type(error).__name__}: {error}"[:200],
        state=DocumentFile.State.PARKED if parked else DocumentFile.State.WAITING,
        next_attempt_at=None if parked else now + WAIT * 2**file.attempts,
    )


def _mine(file: DocumentFile) -> QuerySet[DocumentFile]:
    return DocumentFile.objects.filter(pk=file.pk, attempts=file.attempts, state=DocumentFile.State.WAITING)
