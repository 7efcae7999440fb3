"""The statement as a CSV: opening, each row, closing."""

from collections.abc import Iterator
from datetime import date

from accounts import statement
from accounts.models import Account
from billing_portal.money import rupees


def lines(account: Account, first: date, last: date) -> Iterator[list[str]]:
    """Give the rows of a CSV, header first; amounts in rupees."""
    yield ["date", "what", "reference", "details", "debit", "credit", "gst on advance", "balance"]
    totals = statement.totals(account, first, last)
    yield [first.isoformat(), "Opening balance", "", "", "", "", "", rupees(totals.opening)]
    for row in statement.rows(account, first, last):
        yield [
            row.on.isoformat(),
            row.kind,
            row.reference,
            row.narrative,
            rupees(row.debit) if row.debit else "",
            rupees(row.credit) if row.credit else "",
            rupees(row.tax) if row.tax else "",
            rupees(row.balance),
        ]
    yield [last.isoformat(), "Closing balance", "", "", "", "", "", rupees(totals.closing)]
