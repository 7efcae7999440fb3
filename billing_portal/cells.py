"""Cells of a CSV or a spreadsheet that no program takes for a formula."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from billing_portal.text import shown

FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\0",
    "＝",  # full width: some programs take these for the others
    "＋",
    "－",
    "＠",
)  # a spreadsheet would run a cell that begins with one of these, some also after blanks
BOM = "\N{BYTE ORDER MARK}"


def harmless(text: str) -> str:
    """Return a cell's text so that no spreadsheet runs it; numbers stay numbers."""
    text = shown(text)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) and not is_number(text) else text


def is_number(text: str) -> bool:
    """Whether a text is a plain number, which no cell needs to be kept from."""
    bare = text.removeprefix("-").replace(".", "", 1)
    return bare.isascii() and bare.isdecimal()


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Give a CSV line by line, with the mark that lets spreadsheets read it as UTF-8; every cell harmless."""
    yield BOM
    writer = csv.writer(Echo())
    for row in rows:
        yield writer.writerow([harmless(str(cell)) for cell in row])
