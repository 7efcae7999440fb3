"""`zip`: 10,000 documents in one archive, against zipfile over the same files in a loop; and its memory."""

import io
import resource
import tempfile
import time
import uuid
import zipfile

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection

from accounts.models import Account, User
from benchmarks import world
from benchmarks.table import Row
from invoices import archive, exports
from invoices.models import DocumentFile

COUNT, ROUNDS = 10_000, 3
PDF = b"%PDF-1.7" + bytes(range(256)) * 60  # about as long as a document's

FILL = """
    with one as (select * from invoices_document where account_id = %(account)s limit 1), made as (
        insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, due_on, supplier,
            recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, open_amount, hash)
        select account_id, kind, 'ZZ/2627/' || lpad(n::text, 6, '0'), 'zip:' || n, issued_on, issued_at, due_on,
            supplier, recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, 0, hash
        from one, generate_series(1, %(count)s) n returning id, number
    )
    insert into invoices_documentfile (document_id, name, state, sha256, size, attempts, error)
    select id, 'zip/' || replace(number, '/', '-') || '.pdf', 'ready', '', 0, 1, '' from made
"""


def measure() -> list[Row]:
    account = world.account()
    world.due(account)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"account": account.pk, "count": COUNT})
    files = DocumentFile.objects.filter(document__account=account)
    files.filter(state="waiting").update(state="ready")
    names = list(files.values_list("name", flat=True))
    for name in names:
        storages["documents"].save(name, ContentFile(PDF))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ours, floor = [], []
    for _ in range(ROUNDS):
        ours.append(_ours(account))
        floor.append(_floor(names))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Row("zip, 10,000 documents", "s", ours, floor, at_most=3),
        Row("zip, MiB after it", "MiB", [after], [before], at_most=1.3),
    ]


def _ours(account: Account) -> float:
    export = exports.ask(
        "documents-zip",
        token=uuid.uuid4(),
        account=account,
        user=User.objects.filter(memberships__account=account)[0],
        parameters={},
        now=world.NOW,
    )
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        archive.make(export, out, lambda *_progress: None, now=world.NOW)
    seconds = time.perf_counter() - began
    export.delete()
    return seconds


def _floor(names: list[str]) -> float:
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name in names:
            with storages["documents"].open(name) as file:
                made.writestr(name, io.BytesIO(file.read()).getvalue())
    return time.perf_counter() - began
