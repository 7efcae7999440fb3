"""What remains of a deletion after its point of no return: stages that can each be repeated, files before rows.

Each stage is one unit with the note of what it destroyed, so that an interrupted deletion goes on with the next one.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import accounts.erasure
import invoices.erasure
from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from credit import archives
from credit.models import AlertState, ArchivePart, Deletion, Extension, Hold, TemporaryLimit

PATIENCE = timedelta(days=3)  # for messages on their way; then they are erased with the rest
ERASED = "erased"

Stage = Callable[[Account, datetime], Mapping[str, int]]


class NotYet(Exception):
    """A stage has to wait; it is tried again."""


def stages() -> dict[str, Stage]:
    """The stages of this floor and those below, in their order."""
    return {"files": _files, "service": _service, "people": _people}


def run(deletion: Deletion, steps: Mapping[str, Stage], *, now: datetime) -> bool:
    """Do the stages that are not done; return whether all are. Raises NotYet, and what a stage raises."""
    for name, stage in steps.items():
        _one(deletion.pk, name, stage, now)
    deletion.refresh_from_db()
    return deletion.done.keys() >= steps.keys()


@unit
def _one(pk: int, name: str, stage: Stage, now: datetime) -> None:
    account = Account.objects.lock(Deletion.objects.values_list("account_id", flat=True).get(pk=pk))
    deletion = Deletion.objects.get(pk=pk)
    if name not in deletion.done:
        deletion.done = {**deletion.done, name: dict(stage(account, now))}
        deletion.save(update_fields=["done"])


def destroy(parts: list[ArchivePart], *, now: datetime) -> int:
    """Destroy the files of archive parts, then note it; return how many rows they held."""
    for part in parts:
        archives.storage().delete(part.file)
        part.key, part.gone_at, part.kept_until = None, now, None
        part.save(update_fields=["key", "gone_at", "kept_until"])
    return sum(part.rows for part in parts)


def _files(account: Account, now: datetime) -> Mapping[str, int]:
    parts = ArchivePart.objects.filter(archive__account=account, gone_at=None, kept_until=None)
    return {
        "archived rows": destroy(list(parts), now=now),
        "files on request": invoices.erasure.exports(account),
    }


def _service(account: Account, _now: datetime) -> Mapping[str, int]:
    return {
        "day sums": invoices.erasure.days(account),
        "running calls": Hold.objects.filter(account=account).delete()[0],
        "alert states": AlertState.objects.filter(account=account).delete()[0],
    }


def _people(account: Account, now: datetime) -> Mapping[str, int]:
    deletion = Deletion.objects.get(account=account)
    is_fresh = (
        deletion.begun_at is not None and now - deletion.begun_at < PATIENCE and not deletion.is_repeated
    )
    if is_fresh and not accounts.erasure.is_ready(account):
        raise NotYet("messages are on their way")
    account.notices.filter(state="owed").update(state="parked", next_attempt_at=None)
    TemporaryLimit.objects.filter(account=account).update(reason=ERASED)
    Extension.objects.filter(account=account).update(reason=ERASED)
    return {
        **accounts.erasure.people(account),
        "messages' texts": accounts.erasure.messages(account),
        "messages of conversations": accounts.erasure.conversations(account),
        "problem reports' texts": invoices.erasure.problems(account),
        "account particulars": accounts.erasure.particulars(account),
    }


def purge(*, now: datetime) -> int:
    """Destroy sealed call records whose legal time is over; return how many rows. Repeating does nothing."""
    today = clock.business_date(now)
    over = ArchivePart.objects.filter(gone_at=None, kept_until__lt=today)
    return destroy(list(over.filter(archive__state="destroyed")), now=now)
