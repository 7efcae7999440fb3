"""Many documents in one ZIP: the kept PDFs as they are, and an index. In constant memory."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO

from django.core.files.storage import storages
from django.db.models import Q

from billing_portal import clock, money
from billing_portal.cells import harmless
from invoices import exports, finding, standing
from invoices.models import Document, DocumentFile, EInvoice, Export

HEADER = ("number", "date", "kind", "taxable", "tax", "total", "open", "state", "file")


def make(export: Export, out: BinaryIO, tell: Callable[[int, int], None], *, now: datetime) -> None:
    """Write the ZIP of the documents that the export's filter finds. Raises exports.NotReady while PDFs are made.

    One that waits for its IRN has no PDF before it, maybe for days: it stands in the index alone.
    """
    today = clock.business_date(now)
    rows = Document.objects.filter(account=export.account).select_related(
        "file", "left", "unapplied", "write_off"
    )
    found = finding.find(rows, finding.of(export.parameters), today).order_by("issued_on", "pk")
    total = found.count()
    unregistered = ~Q(einvoice=None) & ~Q(einvoice__state=EInvoice.State.REGISTERED)
    waiting = found.exclude(file__state=DocumentFile.State.READY).exclude(unregistered).count()
    if waiting:
        raise exports.NotReady(f"{waiting} of {total} PDFs are still being made")
    index = io.StringIO()
    writer = csv.writer(index)
    writer.writerow(HEADER)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for done, document in enumerate(found.iterator(chunk_size=500), start=1):
            name = f"{document.get_kind_display().lower().replace(' ', '-')}/{document.slug}.pdf"
            if document.file.state == DocumentFile.State.READY:
                _add(archive, document, name)
            else:
                name = "being registered with the e-invoice portal"
            writer.writerow(map(harmless, _row(document, name, standing.of(document, today))))
            tell(done, total + 1)
        archive.writestr("index.csv", "\N{BYTE ORDER MARK}" + index.getvalue())
    tell(total + 1, total + 1)


def _add(archive: zipfile.ZipFile, document: Document, name: str) -> None:
    """Copy one kept PDF: it is compressed already, so it is stored as it is."""
    day = document.issued_on
    info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    with storages["documents"].open(document.file.name) as file:
        archive.writestr(info, file.read())


def _row(document: Document, name: str, stands: standing.Standing) -> tuple[str, ...]:
    amounts = (document.taxable, document.tax, document.total, document.open_amount)
    return (
        document.number,
        document.issued_on.isoformat(),
        document.get_kind_display(),
        *map(money.rupees, amounts),
        str(stands.stand),
        name,
    )
