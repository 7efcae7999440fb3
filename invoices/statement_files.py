"""The statement as a PDF: its summary and every row of the period, laid out fast. Made by the worker only."""

import hashlib
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.template.loader import render_to_string

from accounts import statement
from accounts.models import Account
from accounts.statement import Row
from billing_portal.money import inr
from billing_portal.text import plain
from invoices import pdf
from invoices.issue import recipient, supplier
from invoices.models import Export

PAGE = 60  # rows in one row of the long table: about a page
WIDE = 60  # letters that the column of words holds on one line
EVEN = frozenset(
    string.digits + string.ascii_letters + string.punctuation + " ₹–·"
)  # of one font: lines of one height


@dataclass(frozen=True)
class Block:
    """One row of the long table: many entries, a line each; or a single one whose words may need more lines."""

    cells: list[str]
    is_single: bool = False


def make_pdf(export: Export, out: BinaryIO, tell: Callable[[int, int], None], *, now: datetime) -> None:
    """Write the statement of the export's account and period."""
    account = export.account
    assert account is not None
    first, last = (date.fromisoformat(export.parameters[name]) for name in ("first", "last"))
    html = render_to_string("documents/statement.html", _context(account, first, last, now))
    out.write(pdf.render(html, identifier=hashlib.sha256(html.encode()).digest()))
    tell(1, 1)


def _context(account: Account, first: date, last: date, now: datetime) -> dict[str, Any]:
    rows = list(statement.rows(account, first, last))
    whom = recipient(account)
    return {
        "supplier": supplier(),
        "recipient": {name: plain(word, 120) for name, word in whom.items()},
        "first": first,
        "last": last,
        "now": now,
        "totals": statement.totals(account, first, last),
        "count": len(rows),
        "blocks": list(blocks(rows)),
    }


def blocks(rows: Iterable[Row]) -> Iterator[Block]:
    """Give the rows of the long table. Entries that fill just a line of even height share one, so that its columns
    cannot drift apart; another script or long words get a row of their own.
    """
    shared: list[tuple[str, ...]] = []
    for line in map(_line, rows):
        is_even = _fits(line[1])
        if shared and (not is_even or len(shared) == PAGE):
            yield _together(shared)
            shared = []
        if is_even:
            shared.append(line)
        else:
            yield Block(list(line), is_single=True)
    if shared:
        yield _together(shared)


def _together(lines: list[tuple[str, ...]]) -> Block:
    return Block(["\n".join(cells) for cells in zip(*lines, strict=True)])


def _fits(words: str) -> bool:
    """Whether words stay on one line, in one font. A capital is wider than a small letter."""
    return EVEN.issuperset(words) and len(words) + sum(map(str.isupper, words)) / 2 <= WIDE


def _line(row: Row) -> tuple[str, ...]:
    tax = ""
    if row.tax:
        tax = f" (GST {inr(abs(row.tax))} {'taken out' if row.tax > 0 else 'back'})"
    return (
        f"{row.on.day} {row.on:%b %Y}",
        plain(f"{row.narrative}{tax}", 300),
        inr(row.debit) if row.debit else "",
        inr(row.credit) if row.credit else "",
        inr(row.balance).replace("-", "\N{EN DASH}"),  # the font has no minus sign: another one's is higher
    )
