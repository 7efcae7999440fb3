"""Archiving an account (day 60): its service data is sealed in files, read back and compared, and only then removed.

Interrupted anywhere, the next run goes on: until the rows are removed, in one transaction with what it imposes, the
live tables are untouched (I32).
"""

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import Reason
from billing_portal import sealed
from billing_portal.unit import unit
from credit import archive_tables
from credit.archive_tables import Table
from credit.models import Archive, ArchivePart, OverdueCase
from invoices.models import DocumentFile

State = Archive.State
Wait = OverdueCase.Wait


def storage() -> Storage:
    """Where the sealed files are kept."""
    return storages["archives"]


def master() -> bytes:
    """The key that wraps the archives' own keys."""
    return hashlib.sha256(settings.ARCHIVE_KEY.encode()).digest()


def make(case: OverdueCase, now: datetime) -> Archive:
    """Seal what the account's tables hold, read it back and compare. Repeating makes anew only what has changed.

    Rows that came after the first were moved get a part of their own. Takes no lock and removes nothing. Raises
    sealed.Broken where a file is not what was written.
    """
    return seal(case.account_id, case, now)


def seal(account_id: int, case: OverdueCase | None, now: datetime) -> Archive:
    """Seal what the account's tables hold (see `make`), whatever case it belongs to."""
    archive = _row(account_id, case, now)
    for table in archive_tables.TABLES:
        part = archive.parts.filter(table=table.name, moved_at=None).first()
        if part is None:
            number = archive.parts.filter(table=table.name).count()
            if number == 0 or archive_tables.has_rows(table, archive.account_id):
                _seal(archive, table, number)
        elif not is_current(part):
            _seal(archive, table, part.number)
    return archive


@unit
def _row(account_id: int, case: OverdueCase | None, now: datetime) -> Archive:
    account = Account.objects.lock(account_id)
    return Archive.objects.standing().filter(account=account).first() or Archive.objects.create(
        account=account, case=case, made_at=now
    )


def _seal(archive: Archive, table: Table, number: int) -> None:
    key, account = sealed.new_key(), archive.account
    name = f"{account.ban}/{archive.pk}-{table.name}-{number}.sealed"
    with tempfile.TemporaryFile() as aside:
        content = sealed.write(aside, key, archive_tables.lines(table, account.pk), about=name)
        size = aside.tell()
        aside.seek(0)
        storage().save(name, File(aside))
    if sealed.digest(_read(name, key)) != content:
        raise sealed.Broken(f"{name} does not read back as it was written")
    with storage().open(name) as file:
        file_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    values = {
        "file": name,
        "rows": content.rows,
        "sha256": content.sha256,
        "size": size,
        "file_sha256": file_sha256,
        "key": sealed.wrap(key, master()),
        "last_on": archive_tables.last_on(table, account.pk),
    }
    ArchivePart.objects.update_or_create(archive=archive, table=table.name, number=number, defaults=values)


def is_current(part: ArchivePart) -> bool:
    """Whether a part's file is whole, and what it holds is what the live table holds now."""
    if not storage().exists(part.file):
        return False
    with storage().open(part.file) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != part.file_sha256:
            return False
    table = archive_tables.BY_NAME[part.table]
    return sealed.digest(archive_tables.lines(table, part.archive.account_id)) == sealed.Content(
        part.rows, part.sha256
    )


def read(part: ArchivePart) -> Iterator[str]:
    """Yield a part's lines. Raises sealed.Broken, at the latest at the end."""
    assert part.key is not None
    yield from _read(part.file, sealed.unwrap(bytes(part.key), master()))


def _read(name: str, key: bytes) -> Iterator[str]:
    with storage().open(name) as file:
        yield from sealed.read(file, key, about=name)


def move(account: Account, _case: OverdueCase | None, now: datetime) -> Wait | None:
    """Remove the rows that the archive holds, and shut the account: in the unit of the step, under its lock.

    Compares once more: where anything differs, or a document's file is still to be made, nothing is removed, and the
    step waits for the next archive.
    """
    archive = Archive.objects.standing().filter(account=account).first()
    if archive is None or _has_files_to_make(account):
        return Wait.ARCHIVE
    parts = list(archive.parts.filter(moved_at=None))
    if not all(map(is_current, parts)):
        return Wait.ARCHIVE
    covered = {part.table for part in parts}
    rest = [table for table in archive_tables.TABLES if table.name not in covered]
    if any(archive_tables.has_rows(table, account.pk) for table in rest):
        return Wait.ARCHIVE
    for part in parts:
        gone = archive_tables.remove(archive_tables.BY_NAME[part.table], account.pk)
        if gone != part.rows:
            raise archive_tables.Differs(f"{part.table}: {gone} rows were removed, {part.rows} are archived")
        part.moved_at = now
        part.save(update_fields=["moved_at"])
    if archive.state == State.MADE:
        archive.state, archive.moved_at = State.MOVED, now
        archive.save(update_fields=["state", "moved_at"])
    if account.wanted_level != Level.DELETED:
        restrictions.impose(account, Reason.RETENTION, Level.ARCHIVED, now=now)
    return None


def _has_files_to_make(account: Account) -> bool:
    """Whether a bill's PDF, with the calls it lists, is still to be made from the rows."""
    bills = DocumentFile.objects.filter(document__account=account, document__cycle__isnull=False)
    return bills.exclude(state=DocumentFile.State.READY).exists()
