"""The statement as a PDF: its summary and every row of the period, laid out fast. Made by the worker only."""

import hashlib
from collections.abc import Callable
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
        "pages": [_columns(rows[start : start + PAGE]) for start in range(0, len(rows), PAGE)],
    }


def _columns(rows: list[Row]) -> list[str]:
    return ["\n".join(cells) for cells in zip(*map(_line, rows), strict=True)]


def _line(row: Row) -> tuple[str, ...]:
    tax = ""
    if row.tax:
        tax = f" (GST {inr(abs(row.tax))} {'taken out' if row.tax > 0 else 'back'})"
    return (
        f"{row.on.day} {row.on:%b %Y}",
        plain(f"{row.narrative}{tax}", 64),
        inr(row.debit) if row.debit else "",
        inr(row.credit) if row.credit else "",
        inr(row.balance).replace("-", "−"),
    )
