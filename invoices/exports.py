"""Files that people ask for, made in the background: claim, make aside, keep whole, show how far it is.

A claim lasts two minutes and is renewed by the progress; `attempts` is its fencing number, so that a late finisher is
refused. What fails is tried again, five times in all, then parked with the reason. Files are kept for a week.
"""

import hashlib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any, BinaryIO

import structlog
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.utils.module_loading import import_string

from accounts import queues
from accounts.models import Account, User
from billing_portal.unit import outside, unit
from invoices.export_kinds import KINDS, Kind
from invoices.models import Export

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TRIES = 5
WAIT = timedelta(seconds=20)  # doubled with each failure
AT_ONCE = 5  # exports that an account, or a member of staff, may have in the making
Tell = Callable[[int, int], None]


class NotPossible(ValueError):
    """The export cannot be asked for; the message says why."""


class NotReady(Exception):
    """Something it needs is still being made; it is tried again shortly and counts as no failure."""


class LostClaim(Exception):
    """Another worker has taken it over."""


@unit
def ask(
    kind: str,
    *,
    token: uuid.UUID,
    account: Account | None,
    user: User,
    parameters: Mapping[str, Any],
    now: datetime,
) -> Export:
    """Ask for a file. The same token again returns the same export. Raises NotPossible.

    `parameters` have been checked by the kind's form (export_kinds.py).
    """
    before = Export.objects.filter(token=token).first()
    if before:
        if before.account_id != (account.pk if account else None) or before.asked_by_id != user.pk:
            raise NotPossible("This form was used already. Open the page again.")
        return before
    waiting = Export.objects.filter(state=Export.State.WAITING, account=account)
    if waiting.filter(**({} if account else {"asked_by": user})).count() >= AT_ONCE:
        raise NotPossible(f"{AT_ONCE} files are being made already. Please wait until one of them is ready.")
    row = KINDS[kind]
    return Export.objects.create(
        token=token,
        account=account,
        asked_by=user,
        kind=kind,
        title=row.title(parameters),
        parameters=dict(parameters),
        content_type=row.content_type,
        download_as=row.file_name(account.ban if account else "", parameters),
        asked_at=now,
        next_attempt_at=now,
    )


def work_due(clock: Callable[[], datetime], *, limit: int = 20) -> int:
    """Make the exports that are due, oldest first, at most `limit`; return how many were kept. Safe in parallel."""
    kept = 0
    for _ in range(limit):
        export = claim(clock())
        if export is None:
            break
        kept += work(export, clock)
    return kept


@unit
def claim(now: datetime) -> Export | None:
    """Claim the oldest export that is due, or return None."""
    due = Export.objects.due(now).order_by("next_attempt_at", "pk").select_related("account", "asked_by")
    export = due.select_for_update(skip_locked=True, of=("self",)).first()
    if export is None:
        return None
    export.attempts += 1
    export.next_attempt_at = now + LEASE
    export.save(update_fields=["attempts", "next_attempt_at"])
    return export


def work(export: Export, clock: Callable[[], datetime]) -> bool:
    """Make a claimed export and keep it; return whether it was kept. A failure is written on its row."""
    try:
        with _made(export, KINDS[export.kind], clock) as (file, sha256, size):
            return _keep(export, file, sha256, size, now=clock())
    except NotReady as reason:
        _mine(export).update(
            attempts=export.attempts - 1,
            next_attempt_at=clock() + timedelta(seconds=3),
            error=str(reason)[:200],
        )
    except LostClaim:
        log.info("export_taken_over", export=export.pk)
    except Exception as error:  # whatever it is: the row keeps it, the others go on
        _failed(export, error, clock())
    return False


@contextmanager
def _made(export: Export, kind: Kind, clock: Callable[[], datetime]) -> Iterator[tuple[IO[bytes], str, int]]:
    """Give the finished file, its hash and its size; it lies aside and is gone afterwards."""
    with tempfile.TemporaryFile() as file:
        _write(export, kind, file, clock)
        size = file.tell()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        yield file, sha256, size


@outside
def _write(export: Export, kind: Kind, file: IO[bytes], clock: Callable[[], datetime]) -> None:
    make = kind.maker if callable(kind.maker) else import_string(f"invoices.{kind.maker}")
    out: BinaryIO = file  # type: ignore[assignment]
    make(export, out, _progress(export, clock), now=clock())


def _progress(export: Export, clock: Callable[[], datetime]) -> Tell:
    """Make the function that writes how far it is, at most twice a second, and renews the claim."""
    last = [0.0]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - last[0] < 0.5 and done < total:
            return
        last[0] = time.monotonic()
        if not _mine(export).update(done=done, total=total, next_attempt_at=clock() + LEASE):
            raise LostClaim

    return tell


@unit
def _keep(export: Export, file: IO[bytes], sha256: str, size: int, *, now: datetime) -> bool:
    """Store the file unless another has claimed the export since; the row is locked meanwhile."""
    if not _mine(export).select_for_update().exists():
        return False
    name = storages["documents"].save(f"exports/{export.token.hex}-{export.attempts}", File(file))
    _mine(export).update(
        state=Export.State.READY,
        name=name,
        sha256=sha256,
        size=size,
        made_at=now,
        expires_at=now + timedelta(days=settings.EXPORT_DAYS),
        next_attempt_at=None,
        error="",
    )
    return True


def expire(*, now: datetime) -> int:
    """Forget the files whose time is over; return how many. Repeating does nothing, and ends what was interrupted.

    The row first: a file that is offered is there, whatever happens in between.
    """
    over = Export.objects.filter(state=Export.State.READY, expires_at__lte=now)
    over.update(state=Export.State.EXPIRED)
    gone = 0
    for export in Export.objects.filter(state=Export.State.EXPIRED).exclude(name="").order_by("pk"):
        storages["documents"].delete(export.name)
        gone += Export.objects.filter(pk=export.pk).update(name="")
    return gone


def _failed(export: Export, error: Exception, now: datetime) -> None:
    parked = export.attempts >= TRIES
    log.warning("export_failed", export=export.pk, parked=parked, error=type(error).__name__)
    _mine(export).update(
        error=f"{type(error).__name__}: {error}"[:200],
        state=Export.State.PARKED if parked else Export.State.WAITING,
        next_attempt_at=None if parked else now + WAIT * 2**export.attempts,
    )


def _mine(export: Export) -> Any:
    return Export.objects.filter(pk=export.pk, attempts=export.attempts, state=Export.State.WAITING)


def retry(export: Export, *, reason: str, by: User, now: datetime) -> bool:
    """Put a parked file back in the queue, and write down who did; return whether it was parked."""
    return queues.again(
        Export.objects.filter(pk=export.pk, state=Export.State.PARKED),
        {"state": Export.State.WAITING, "attempts": 0, "next_attempt_at": now, "error": ""},
        action="invoices.retry_export",
        subject=f"export:{export.pk}",
        reason=reason,
        before={"state": str(Export.State.PARKED), "error": export.error},
        after={"state": str(Export.State.WAITING)},
        by=by,
        now=now,
        account=export.account,
    )
