"""The erasure list: accounts whose destruction has begun, kept outside the database.

A restored backup does not forget them. A line is written as soon as the point of no return is passed, before anything
else is destroyed; never before it, for what is listed is deleted again without asking.
"""

import json
from collections.abc import Collection

from django.core.files.base import ContentFile

from credit import archives
from credit.models import Deletion

FOLDER = "erasures"  # in the archives storage


def note(deletion: Deletion) -> None:
    """Keep the account's number on the list. Repeating does nothing."""
    assert deletion.begun_at is not None
    name = f"{FOLDER}/{deletion.account.ban}.json"
    if not archives.storage().exists(name):
        line = json.dumps({"account": deletion.account.ban, "deleted_at": deletion.begun_at.isoformat()})
        archives.storage().save(name, ContentFile(line.encode()))


def note_begun(cases: Collection[int]) -> None:
    """Note those of the cases' accounts whose deletion has begun."""
    begun = Deletion.objects.filter(account__overdue_cases__in=cases, begun_at__isnull=False)
    for deletion in begun.select_related("account").distinct():
        note(deletion)


def listed() -> list[str]:
    """Return the numbers of the accounts on the list."""
    folder = archives.storage()
    names = folder.listdir(FOLDER)[1] if folder.exists(FOLDER) else []
    return [name.removesuffix(".json") for name in names]
