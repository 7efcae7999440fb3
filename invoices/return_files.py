"""Files of a month's returns: GSTR-1 for the portal, GSTR-1 as tables for people, GSTR-3B with the ledger beside it.

Amounts in tables are rupees as plain numbers; every cell is harmless (billing_portal.cells).
"""

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from billing_portal import cells, clock, money
from invoices import gstr_file, returns
from invoices.gst import NOTHING, Tax
from invoices.gstr import OF_SUPPLIES, Section, invoice_type, supply_type
from invoices.gstr_check import Difference
from invoices.models import Export
from invoices.registers import Tell
from invoices.returns import Page

SUMS = ("Taxable", "CGST", "SGST/UTGST", "IGST")
CHUNK = 2000
Rows = list[list[Any]]


class TooLarge(ValueError):
    """The file is larger than the portal takes."""


def first_of(export: Export) -> date:
    """Return the first day of the month that an export is of."""
    return date.fromisoformat(f"{export.parameters['month']}-01")


def gstr1_json(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:
    """Write the file for the portal, or a part of it. Raises TooLarge before the portal would refuse it."""
    page = returns.read(first_of(export), today=clock.business_date(now))
    part, total = export.parameters.get("part", 1), max(1, len(gstr_file.single(page.month)))
    if part not in page.parts:
        raise ValueError(f"The month has {len(page.parts)} files.")
    tell(0, total)
    size = 0
    for place, text in enumerate(gstr_file.written(gstr_file.tree(page.month, part))):
        size += out.write(text.encode())
        if place % CHUNK == 0:
            tell(min(total - 1, place * total // (place + CHUNK)), total)
    if size > gstr_file.LARGEST:
        raise TooLarge(f"{size} bytes; the portal takes {gstr_file.LARGEST}.")
    tell(total, total)


def gstr1_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:
    """Write a ZIP with a table a section, the documents behind each, and all that differs or is in the way."""
    page = returns.read(first_of(export), today=clock.business_date(now))
    tables = [
        ("summary", summary(page)),
        *((f"{returns.section_of(one).split()[0]}-{one}", documents(page, one)) for one in OF_SUPPLIES),
        ("7-b2cs-sums", small(page)),
        ("11A-at", advances(page, Section.AT)),
        ("11B-txpd", advances(page, Section.TXPD)),
        ("11-vouchers", vouchers(page)),
        ("12-hsn", services(page)),
        ("13-documents", series(page)),
        ("differences", differences(page.differences)),
        ("in-the-way", [["Document", "What"], *([one.number, one.text] for one in page.obstacles)]),
    ]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (name, rows) in enumerate(tables):
            tell(place, len(tables))
            with archive.open(f"gstr1-{page.due.value}-{name}.csv", "w") as file:
                for line in cells.lines([_text(cell) for cell in row] for row in rows):
                    file.write(line.encode())
    tell(len(tables), len(tables))


def gstr3b_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:
    """Write the figures of 3.1 and 3.2, the ledger's beside them, and how the ledger's came about."""
    page = returns.read(first_of(export), today=clock.business_date(now))
    head = [
        "Cell",
        "What",
        *SUMS,
        *(f"Ledger: {name}" for name in SUMS),
        *(f"Difference: {name}" for name in SUMS),
    ]
    rows: Rows = [head]
    for row in page.cells:
        assert row.pair
        rows.append(
            [row.table, row.label, *_sums(row.value), *_sums(row.pair.ledger), *_sums(row.pair.difference)]
        )
    rows += [["3.2", f"Unregistered, {name}", *_sums(value)] for name, value in page.states]
    rows += [["Ledger", words, *_sums(value)] for words, value in page.bridge]
    for line in cells.lines([_text(cell) for cell in row] for row in rows):
        out.write(line.encode())
    tell(1, 1)


def summary(page: Page) -> Rows:
    head = ["Table", "Section", "Documents", *SUMS, *(f"Ledger: {name}" for name in SUMS), "Difference"]
    rows: Rows = [head]
    for row in page.sections:
        ledger = _sums(row.pair.ledger) if row.pair else [""] * 4
        differs = row.pair.difference.total if row.pair else ""
        rows.append([row.table, row.label, _count(row.count), *_sums(row.value), *ledger, differs])
    return rows


def documents(page: Page, where: Section) -> Rows:
    """Every document of a section by rate; credit notes negative, so that the sums are the section's."""
    head = [
        "GSTIN",
        "Recipient",
        "Document",
        "Date",
        "Kind",
        "Type",
        "Place of supply",
        "Total",
        "Rate %",
        *SUMS,
    ]
    rows: Rows = [head]
    for paper in page.month.by_section[where]:
        for rate, value in gstr_file.by_rate(paper).items():
            signed = value if paper.sign > 0 else NOTHING - value
            rows.append([
                paper.gstin, paper.name, paper.number, paper.on, paper.kind.replace("_", " "), invoice_type(paper),
                returns.state(paper.place), paper.sign * paper.total, _percent(rate), *_sums(signed),
            ])  # fmt: skip
    return [*rows, ["Together", *[""] * 8, *_sums(page.month.sums[where])]]


def small(page: Page) -> Rows:
    return _summed(page.month.b2cs, page.month.sums[Section.B2CS])


def advances(page: Page, where: Section) -> Rows:
    return _summed(page.month.at if where == Section.AT else page.month.txpd, page.month.sums[where])


def vouchers(page: Page) -> Rows:
    """What 11A and 11B are made of."""
    head = ["Table", "Document", "Date", "Voucher received", "What", "Place of supply", "Rate %", *SUMS]
    rows: Rows = [head]
    for table, moves in (("11A", page.month.received), ("11B", [(one, 1) for one in page.month.adjusted])):
        for one, sign in moves:
            what = "used by a bill" if one.is_use else "given back" if one.is_refund else "received"
            value = one.value if sign > 0 else NOTHING - one.value
            rows.append([
                table, one.number, one.on, one.received_on, what, returns.state(one.place), _percent(one.rate),
                *_sums(value),
            ])  # fmt: skip
    return rows


def services(page: Page) -> Rows:
    rows = [[tab, sac, name, _percent(rate), *_sums(value)] for tab, sac, name, rate, value in page.services]
    return [["Tab", "SAC", "Service", "Rate %", *SUMS], *rows]


def series(page: Page) -> Rows:
    rows = [
        [label, run.first, run.last, _count(run.count), "0", _count(run.count)] for label, run in page.series
    ]
    return [["Documents", "From", "To", "Number", "Cancelled", "Net"], *rows]


def differences(found: Sequence[Difference]) -> Rows:
    head = ["Document", "Entry", *SUMS, *(f"Ledger: {name}" for name in SUMS)]
    return [head, *([one.number, one.key, *_sums(one.pair.ours), *_sums(one.pair.ledger)] for one in found)]


def _summed(rows: Any, total: Tax) -> Rows:
    found = [
        [supply_type(is_inter), returns.state(place), _percent(rate), *_sums(value)]
        for (is_inter, place, rate), value in rows.items()
    ]
    return [["Type", "Place of supply", "Rate %", *SUMS], *found, ["Together", "", "", *_sums(total)]]


def _sums(value: Tax) -> list[int]:
    return [value.taxable, value.cgst, value.sgst, value.igst]


def _percent(rate: int) -> str:
    return str(gstr_file.Hundredths(rate))


def _count(count: int | None) -> str:
    return "" if count is None else str(count)


def _text(cell: Any) -> str:
    """An int is paise, a date a day."""
    if isinstance(cell, int):
        return money.rupees(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)
