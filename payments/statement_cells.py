"""The cells of a bank's CSV: its encoding, where its header is, and which column means what. Pure.

Banks put text above the header and lines under the table. Two common layouts are known by their header's words; one
that is not known is mapped by a person once.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LARGEST_FILE = 10_000_000  # bytes
MOST_ROWS = 100_000
HEADER_WITHIN = 40  # rows
TALLEST = 3  # lines of a file that one row may go over
RULE = re.compile(r"[*\-=_ .]*")

# fmt: off
NAMES = (  # ours, what it is called on the mapping screen, and the header's words that mean it
    ("date",       "Date",                  ("date", "txn date", "transaction date", "tran date", "post date")),
    ("value",      "Value date",            ("value dt", "value date", "valuedate")),
    ("narration",  "Narration",             ("narration", "description", "particulars", "transaction remarks",
                                             "remarks")),
    ("reference",  "Reference or cheque",   ("chq./ref.no.", "ref no./cheque no.", "chq/ref no", "cheque number",
                                             "chq / ref no.", "reference no.", "ref no")),
    ("withdrawal", "Withdrawal",            ("withdrawal amt.", "debit", "withdrawal amount (inr )", "withdrawals")),
    ("deposit",    "Deposit",               ("deposit amt.", "credit", "deposit amount (inr )", "deposits")),
    ("amount",     "Amount, either way",    ("amount", "transaction amount", "amount (inr)")),
    ("sign",       "Credit or debit (Cr/Dr)", ("cr/dr", "dr/cr", "type", "dr / cr")),
    ("balance",    "Balance after",         ("closing balance", "balance", "balance (inr )", "available balance")),
)
FORMATS = (  # name, the words of its header
    ("HDFC Bank",       ("date", "narration", "chq./ref.no.", "value dt", "withdrawal amt.", "deposit amt.",
                         "closing balance")),
    ("ICICI Bank, SBI", ("txn date", "value date", "description", "ref no./cheque no.", "debit", "credit", "balance")),
)
# fmt: on


class NotAStatement(ValueError):
    """The file cannot be read as a statement; the message says why."""


class NotMapped(ValueError):
    """The columns chosen do not make a statement; the message says what is missing."""


@dataclass(frozen=True)
class Table:
    """A file's cells: its header, where it stands, and the rows below it."""

    header: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def header_hash(self) -> str:
        return hashlib.sha256("\x1f".join(map(bare, self.header)).encode()).hexdigest()


def table(content: bytes) -> Table:
    """Read a file's cells and find its header. Raises NotAStatement."""
    text = _decoded(content)
    found = list(_cells(text))
    if len(found) > MOST_ROWS:
        raise NotAStatement(f"The file has more than {MOST_ROWS} rows: split it.")
    place = _header_place([cells for _number, cells in found[:HEADER_WITHIN]])
    if place is None:
        raise NotAStatement("No row of the file looks like the header of a statement.")
    number, header = found[place]
    below = ((n, cells) for n, cells in found[place + 1 :] if not _is_rule(cells))
    return Table(tuple(header), number, tuple((n, tuple(cells)) for n, cells in below))


def known(header: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Return how a header is read without being told, and the format's name; an empty name where it is not."""
    words = [bare(cell) for cell in header]
    columns: dict[str, int] = {}
    for name, _label, meanings in NAMES:
        place = next((words.index(meaning) for meaning in meanings if meaning in words), None)
        if place is not None:
            columns[name] = place
    for name, wanted in FORMATS:
        if set(wanted) <= set(words):
            return name, columns
    try:
        check(columns)
    except NotMapped:
        return "", columns
    return "By its header", columns


def check(columns: Mapping[str, int]) -> None:
    """Raise NotMapped unless these columns say when, what and how much, each column once."""
    if "date" not in columns and "value" not in columns:
        raise NotMapped("Say which column is the date.")
    if "narration" not in columns:
        raise NotMapped("Say which column is the narration.")
    if "deposit" not in columns and not {"amount", "sign"} <= set(columns):
        raise NotMapped("Say which column is the deposit, or which are the amount and its Cr/Dr.")
    if len(set(columns.values())) < len(columns):
        raise NotMapped("One column cannot mean two things.")


def bare(text: str) -> str:
    """Return text as it is compared: small letters, single blanks."""
    return " ".join(text.casefold().split())


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise NotAStatement(f"The file is larger than {LARGEST_FILE // 1_000_000} MB: split it.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise NotAStatement("This is a spreadsheet or a PDF. Save the statement as CSV.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row's line in the file and its cells; a row that is no CSV is one cell, as it came.

    Raises NotAStatement where a quote stays open: what follows could be text of its cell.
    """
    delimiter = max(",;\t|", key=text[:4000].count)
    came: list[str] = []
    reader = csv.reader(_noted(text.replace("\0", ""), came), delimiter=delimiter, strict=True)
    line = 1
    while True:
        came.clear()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "end of data" in str(error):
                raise NotAStatement(f"Line {line}: a quote is opened there and never closed.") from None
            cells = ["".join(came).strip()]
        if cells is None:
            return
        if len(came) > TALLEST:
            raise NotAStatement(f"Line {line}: a quote is opened there and not closed on the line.")
        yield line, [cell if cell.isprintable() else " ".join(cell.splitlines()) for cell in cells]
        line += len(came)


def _noted(text: str, came: list[str]) -> Iterator[str]:
    """Give the lines of a text, and note those that the reader has taken."""
    for line in io.StringIO(text, newline=""):
        came.append(line)
        yield line


def _header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """Find the header: a row whose words are known, or else the first one that is wide enough to be one."""
    for place, cells in enumerate(rows):
        if known(cells)[0]:
            return place
    wide = (place for place, cells in enumerate(rows) if sum(bool(cell.strip()) for cell in cells) >= 4)
    return next(wide, None)


def _is_rule(cells: Sequence[str]) -> bool:
    """Whether a row is empty or only drawn."""
    return RULE.fullmatch("".join(cells)) is not None
