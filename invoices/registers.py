"""Finance's exports over all accounts: documents register, receivables ageing as of any day, journal.

Each is one pass over the database in constant memory, as CSV or XLSX. Amounts are rupees as plain numbers.
"""

import io
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import connection, transaction
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from billing_portal import cells, money
from billing_portal.text import shown
from invoices.models import Document, Export

Tell = Callable[[int, int], None]
Rows = Iterator[list[Any]]  # an int is paise, a date a day, a str text
CHUNK = 2000

REGISTER = """
    select d.number, d.issued_on, d.kind, a.ban, d.recipient->>'name', d.recipient->>'gstin', d.place_of_supply,
        (select string_agg(distinct l.sac, ' ') from invoices_documentline l where l.document_id = d.id),
        d.taxable, d.cgst, d.sgst, d.igst, d.rounding, d.total, coalesce(o.number, ''), d.period_from, d.period_to,
        d.due_on, d.open_amount
    from invoices_document d join accounts_account a on a.id = d.account_id
    left join invoices_document o on o.id = d.original_id
    where d.issued_on between %(first)s and %(last)s order by d.issued_on, d.id
"""
REGISTER_HEAD = (
    "Number", "Date", "Kind", "Account", "Recipient", "GSTIN", "Place of supply", "SAC", "Taxable", "CGST",
    "SGST/UTGST", "IGST", "Rounding", "Total", "Original", "Period from", "Period to", "Due", "Open now",
)  # fmt: skip

REGISTER_SUMS = (8, 9, 10, 11, 12, 13, 18)
SALES = {Document.Kind.INVOICE: 1, Document.Kind.DEBIT_NOTE: 1, Document.Kind.CREDIT_NOTE: -1}

# what was open of a bill at the end of a day: its total less what had been put to it by then
AGEING = """
    with bill as (
        select d.account_id, d.number, d.issued_on, d.due_on, d.total - coalesce((
            select sum(p.amount) from invoices_allocation p
            where p.document_id = d.id and (p.allocated_at at time zone 'Asia/Kolkata')::date <= %(as_of)s
        ), 0) as open
        from invoices_document d
        where d.kind in ('invoice', 'debit_note') and (d.issued_at at time zone 'Asia/Kolkata')::date <= %(as_of)s
    )
    select a.ban, a.billing_name, b.number, b.issued_on, b.due_on, greatest(%(as_of)s::date - b.due_on, 0), b.open,
        case when b.due_on > %(as_of)s then b.open else 0 end,
        case when %(as_of)s::date - b.due_on between 0 and 7 then b.open else 0 end,
        case when %(as_of)s::date - b.due_on between 8 and 15 then b.open else 0 end,
        case when %(as_of)s::date - b.due_on between 16 and 30 then b.open else 0 end,
        case when %(as_of)s::date - b.due_on between 31 and 60 then b.open else 0 end,
        case when %(as_of)s::date - b.due_on between 61 and 90 then b.open else 0 end,
        case when %(as_of)s::date - b.due_on > 90 then b.open else 0 end,
        0::bigint, 0::bigint
    from bill b join accounts_account a on a.id = b.account_id where b.open <> 0
    union all
    select a.ban, a.billing_name, 'held', null, null, null, 0, 0, 0, 0, 0, 0, 0, 0,
        sum(l.amount) filter (where l.book = 'credits'), sum(l.amount) filter (where l.book = 'advances')
    from accounts_line l join accounts_entry e on e.id = l.entry_id join accounts_account a on a.id = l.account_id
    where l.book in ('credits', 'advances') and e.posted_on <= %(as_of)s
    group by a.ban, a.billing_name having sum(l.amount) <> 0
    order by 1, 4 nulls last, 3
"""
AGEING_HEAD = (
    "Account", "Customer", "Document", "Date", "Due", "Days overdue", "Open", "Not due", "0–7", "8–15", "16–30",
    "31–60", "61–90", "Over 90", "Unapplied credit", "Advances, net",
)  # fmt: skip
AGEING_PLAIN = (5,)  # columns that are counts, not paise

JOURNAL = """
    select e.posted_on, e.key, e.narrative, a.ban, l.book, greatest(-l.amount, 0), greatest(l.amount, 0)
    from accounts_entry e join accounts_line l on l.entry_id = e.id left join accounts_account a on a.id = e.account_id
    where e.posted_on between %(first)s and %(last)s order by e.posted_on, e.id, l.id
"""
JOURNAL_HEAD = ("Date", "Cause", "Narrative", "Account", "Book", "Debit", "Credit")


def register(export: Export) -> Rows:
    """Every document of a period, one row each; then the sums of each kind, and of bills less credit notes.

    Vouchers and advices are no sales, so no sum of all rows is given.
    """
    sums = yield from _listed(REGISTER, REGISTER_HEAD, export, sums=REGISTER_SUMS, by=2)
    net = dict.fromkeys(REGISTER_SUMS, 0)
    for kind in Document.Kind:
        if kind in sums:
            yield _sums(REGISTER_HEAD, f"Together: {kind.label}", sums[kind])
        for place in REGISTER_SUMS:
            net[place] += SALES.get(kind, 0) * sums.get(kind, {}).get(place, 0)
    yield _sums(REGISTER_HEAD, "Invoices and debit notes less credit notes", net)


def ageing(export: Export) -> Rows:
    """What was owed at the end of a day, bill by bill; credit and advances held then as rows of their own."""
    return table(AGEING, AGEING_HEAD, export, sums=tuple(range(6, 16)), counts=AGEING_PLAIN)


def journal(export: Export) -> Rows:
    """Every ledger line of a period; debits and credits sum to the same."""
    return table(JOURNAL, JOURNAL_HEAD, export, sums=(5, 6))


def table(
    query: str, head: tuple[str, ...], export: Export, *, sums: tuple[int, ...], counts: tuple[int, ...] = ()
) -> Rows:
    """Give a query's rows between its header and a row of sums."""
    found = yield from _listed(query, head, export, sums=sums, counts=counts)
    yield _sums(head, "Together", found.get("", dict.fromkeys(sums, 0)))


def _sums(head: tuple[str, ...], label: str, sums: Mapping[int, int]) -> list[Any]:
    return [sums.get(place, label if place == 0 else "") for place in range(len(head))]


def _listed(
    query: str,
    head: tuple[str, ...],
    export: Export,
    *,
    sums: tuple[int, ...],
    counts: tuple[int, ...] = (),
    by: int | None = None,
) -> Generator[list[Any], None, dict[str, dict[int, int]]]:
    """Give a query's header and rows; return the sums of columns, by the word that stands in column `by`."""
    yield list(head)
    found: dict[str, dict[int, int]] = {}
    for row in _stream(query, export.parameters):
        cells_ = [
            str(value) if place in counts and value is not None else value for place, value in enumerate(row)
        ]
        total = found.setdefault("" if by is None else row[by], dict.fromkeys(sums, 0))
        for place in sums:
            total[place] += int(row[place] or 0)
        yield [int(value) if isinstance(value, Decimal) else value for value in cells_]
    return found


def _stream(query: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Read a query through a cursor on the server: constant memory, one snapshot."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def as_csv(rows: Rows, out: BinaryIO, tell: Tell) -> None:
    """Write rows as CSV, cell by cell harmless."""
    for number, line in enumerate(cells.lines([_text(cell) for cell in row] for row in rows)):
        out.write(line.encode())
        if number % CHUNK == 0:
            tell(number, number + 1)
    tell(1, 1)


def _text(cell: Any) -> str:
    if isinstance(cell, int):
        return money.rupees(cell)
    return cell.isoformat() if isinstance(cell, date) else str("" if cell is None else cell)


def as_xlsx(rows: Rows, out: BinaryIO, tell: Tell) -> None:
    """Write a workbook row by row; text is text, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
        if number % CHUNK == 0:
            tell(number, number + 1)
    made = io.BytesIO()
    book.save(made)
    out.write(made.getbuffer())
    tell(1, 1)


def _cell(sheet: Any, value: Any, *, bold: bool) -> Any:
    if isinstance(value, int):
        cell = WriteOnlyCell(sheet, Decimal(value) / 100)  # type: ignore[arg-type]  # a number, exact
        cell.number_format = "#,##,##0.00"
    elif isinstance(value, date):
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # a day, without a time
        cell.number_format = "dd-mm-yyyy"
    else:
        cell = WriteOnlyCell(sheet, _spelled(value))
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _spelled(value: Any) -> str:
    """Return text without what a workbook cannot hold."""
    text = "" if value is None else shown(str(value))
    return "".join(c for c in text if c >= " " or c in "\t\n")[:32_000]


def register_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    as_csv(register(export), out, tell)


def register_xlsx(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    as_xlsx(register(export), out, tell)


def ageing_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    as_csv(ageing(export), out, tell)


def ageing_xlsx(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    as_xlsx(ageing(export), out, tell)


def journal_csv(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    as_csv(journal(export), out, tell)


def journal_xlsx(export: Export, out: BinaryIO, tell: Tell, *, now: datetime) -> None:  # noqa: ARG001
    as_xlsx(journal(export), out, tell)
