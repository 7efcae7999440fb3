"""The usage annex of an invoice: every record that it bills, laid out fast, with totals that equal its counters.

Numbers of callers and called are masked but for their last four digits: the annex travels by mail. Importing this
module brings WeasyPrint, as pdf.py does; only the worker that makes files does it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from django.template.loader import render_to_string
from django.utils.timezone import localtime

from billing_portal.money import grouped, rupees
from billing_portal.text import plain
from invoices import pdf
from invoices.models import Cycle, Document, Export, UsageRecord
from invoices.rating import value
from invoices.usage_list import duration, masked

PAGE = 66  # records in one row of the long table: about a page


class NoUsage(ValueError):
    """The document bills no cycle."""


def make(export: Export, out: BinaryIO, tell: Callable[[int, int], None], *, now: datetime) -> None:  # noqa: ARG001
    """Write the annex of the document that the export names. Raises NoUsage."""
    document = Document.objects.get(pk=export.parameters["document"], account=export.account)
    out.write(render(document))
    tell(1, 1)


def render(document: Document) -> bytes:
    """Return the annex as a PDF. The records of a closed cycle do not change, so neither do its bytes."""
    html = render_to_string("documents/annex.html", _context(document))
    return pdf.render(html, identifier=bytes.fromhex(document.hash)[::-1])


def _context(document: Document) -> dict[str, Any]:
    cycle = Cycle.objects.filter(invoice=document).first()
    if cycle is None:
        raise NoUsage(f"{document.number} bills no usage")
    rows = list(_records(cycle))
    names = dict(cycle.counters.values_list("feature", "feature__name"))
    totals = [
        {
            "name": row.feature.name,
            "records": grouped(row.records),
            "units": grouped(row.units),
            "amount": value(row.amount, 1),
        }
        for row in cycle.counters.select_related("feature").order_by("feature__position")
    ]
    return {
        "document": document,
        "supplier": document.supplier,
        "recipient": {**document.recipient, "name": plain(document.recipient["name"], 60)},
        "first": cycle.starts_on,
        "last": cycle.ends_on,
        "count": grouped(len(rows)),
        "totals": totals,
        "pages": [_columns(rows[start : start + PAGE], names) for start in range(0, len(rows), PAGE)],
    }


def _records(cycle: Cycle) -> Iterator[UsageRecord]:
    rows = UsageRecord.objects.filter(account=cycle.account_id, cycle=cycle)
    yield from rows.order_by("started_at", "id").iterator(chunk_size=2000)


def _columns(rows: list[UsageRecord], names: dict[str, str]) -> list[str]:
    """Return the cells of one row of the table, a line a record."""
    columns = zip(*(_line(row, names) for row in rows), strict=True)
    return ["\n".join(cells) for cells in columns]


def _line(row: UsageRecord, names: dict[str, str]) -> tuple[str, ...]:
    started = localtime(row.started_at)
    return (
        f"{started.day} {started:%b %H:%M:%S}" + (" late" if row.is_late else ""),
        names[row.feature_id][:22],
        masked(row.caller),
        masked(row.called),
        duration(row),
        str(row.units),
        rupees(value(row.units, row.unit_price or 0)),
    )
