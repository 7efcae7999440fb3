"""The statement's PDF: entries that share a row, and columns that stand beside each other whatever is in them."""

import re
from datetime import date

from django.template.loader import render_to_string

from accounts import statement
from invoices import pdf, statement_files


def entry(number, narrative, balance, tax=0):
    return statement.Row(number, date(2026, 11, 24), "Payment", "", narrative, -100, tax, balance)


def test_entries_share_a_row_only_where_their_lines_are_of_one_height():
    rows = [entry(n, f"Payment PAY2627-{n:06}", -n) for n in range(130)]
    rows[100:100] = [
        entry(0, "लोटस", 5),
        entry(0, "Refund voucher RF/2627/000001 for RV/2627/000010", 5, tax=-945_000),
    ]

    found = list(statement_files.blocks(rows))

    assert [(block.is_single, len(block.cells[0].split("\n"))) for block in found] == [
        (False, 60), (False, 40), (True, 1), (True, 1), (False, 30),
    ]  # fmt: skip
    assert found[3].cells[1].endswith("(GST ₹9,450.00 back)")


def test_the_columns_of_a_long_statement_do_not_drift(read_pdf, tmp_path):
    """Where each date stands, its balance stands: also after a page of negative ones."""
    rows = [entry(n, f"Tax invoice VI/2627/{n:06}", -100 * n) for n in range(1, 100)]
    blocks, totals = statement_files.blocks(rows), statement.Totals(0, 0, {})
    context = {"supplier": {}, "recipient": {}, "count": 99, "blocks": blocks, "totals": totals}
    html = render_to_string("documents/statement.html", context)

    read_pdf(pdf.render(html, identifier=b"x"), "pdftotext", "-bbox")

    words = re.findall(r'yMin="([\d.]+)".*>(.*)</word>', (tmp_path / "read.html").read_text())
    dates = [float(y) for y, word in words if word == "24"]
    balances = [float(y) for y, word in words if word[:2] in ("–₹", "−₹")]
    assert len(dates) == len(balances) == 99
    assert max(abs(a - b) for a, b in zip(dates, balances, strict=True)) < 0.5
