"""The erasure list: accounts whose destruction has begun, kept outside the database.

A restored backup does not forget them. A line is written as soon as the point of no return is passed, before anything
else is destroyed; never before it, for what is listed is deleted again without asking.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.files.base import ContentFile

from credit import archives
from credit.models import Deletion

FOLDER = "erasures"  # in the archives storage


def note(deletion: Deletion) -> None:
    """Keep the account's number on the list, a deletion that is repeated beside the first. Repeating does nothing."""
    assert deletion.begun_at is not None
    name = f"{FOLDER}/{deletion.account.ban}{suffix(deletion)}.json"
    if not archives.storage().exists(name):
        approved = deletion.approval.decided_at if deletion.approval else None
        line = {
            "account": deletion.account.ban,
            "marked_at": deletion.marked_at.isoformat(),
            "approved_at": _iso(approved),
            "deleted_at": deletion.begun_at.isoformat(),
        }
        archives.storage().save(name, ContentFile(json.dumps(line).encode()))


def first(ban: str) -> Mapping[str, str]:
    """Return what was noted of an account's first deletion; nothing where it is not listed."""
    name = f"{FOLDER}/{ban}.json"
    if not archives.storage().exists(name):
        return {}
    with archives.storage().open(name) as file:
        return json.loads(file.read())


def suffix(deletion: Deletion) -> str:
    """Return what the names of a repeated deletion's files end in: when it began, UTC. The first has none."""
    if not deletion.is_repeated or deletion.begun_at is None:
        return ""
    return f".again-{deletion.begun_at:%Y%m%dT%H%M%S}"


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def note_begun(cases: Collection[int]) -> None:
    """Note those of the cases' accounts whose deletion has begun."""
    begun = Deletion.objects.filter(account__overdue_cases__in=cases, begun_at__isnull=False)
    for deletion in begun.select_related("account").distinct():
        note(deletion)


def listed() -> list[str]:
    """Return the numbers of the accounts on the list, each once."""
    folder = archives.storage()
    names = folder.listdir(FOLDER)[1] if folder.exists(FOLDER) else []
    return sorted({name.removesuffix(".json").partition(".")[0] for name in names})
