"""The rows of a bank's CSV: each is a line of the account, or is returned as it came with why it is none. Pure.

Indian banks write day before month and amounts in lakh groups. A row is never lost.
"""

import functools
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from billing_portal.money import LARGEST, Paise, inr
from billing_portal.text import plain
from payments import utr
from payments.statement_cells import Table, bare

AHEAD = timedelta(days=7)  # a value date may lie a little ahead of the day of the file
OLDEST = date(2015, 1, 1)
DATES = (
    "%d/%m/%y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d-%m-%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d/%b/%Y",
    "%Y-%m-%d",
)
SIGN = re.compile(r"(?i)(cr|dr)\.?$")
AMOUNT = re.compile(r"(\d{1,3}(?:,\d{2,3})*|\d+)(?:\.(\d{1,2}))?")


class Row(NamedTuple):
    """One line of the account. `amount` is paise, `is_in` says which way; `balance` is what the bank says after it."""

    number: int  # in the file, from 1
    text: str
    value_on: date
    is_in: bool
    amount: Paise
    narration: str
    payer: str
    utr: str | None
    cheque: str
    balance: Paise | None
    row_hash: str = ""


@dataclass(frozen=True)
class Unread:
    """A row that is no line, as it came, and why."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Statement:
    """What a file says: its lines, the rows that are none, and where its running balance does not follow."""

    rows: tuple[Row, ...]
    unread: tuple[Unread, ...]
    balance_note: str


def read(found: Table, columns: Mapping[str, int], *, bank: str, today: date) -> Statement:
    """Read the rows under a header. Equal rows of a file are told apart by their turn, for `row_hash`."""
    rows: list[Row] = []
    unread: list[Unread] = []
    seen: Counter[str] = Counter()
    for number, cells in found.rows:
        text = ", ".join(cells)
        try:
            row = _row(number, text, cells, columns, today)
        except ValueError as error:
            unread.append(Unread(number, text, str(error)))
            continue
        base = _identity(bank, row)
        seen[base] += 1
        rows.append(row._replace(row_hash=hashlib.sha256(f"{base}\x1f{seen[base]}".encode()).hexdigest()))
    return Statement(tuple(rows), tuple(unread), _balance_note(rows))


def _identity(bank: str, row: Row) -> str:
    """What two rows have in common that are the same line of the bank's."""
    words = f"{row.narration} {row.utr or row.cheque} {'' if row.balance is None else row.balance}"
    return "\x1f".join([bank, row.value_on.isoformat(), str(row.is_in), str(row.amount), bare(words)])


def _row(number: int, text: str, cells: Sequence[str], columns: Mapping[str, int], today: date) -> Row:
    def cell(name: str) -> str:
        place = columns.get(name)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    narration, reference = plain(cell("narration"), 300), plain(cell("reference"), 60)
    value_on = _day(cell("value") or cell("date"), today)
    is_in, amount = _amount(cell("deposit"), cell("withdrawal"), cell("amount"), cell("sign"))
    transfer, cheque = utr.of_row(reference, narration)
    balance = cell("balance")
    return Row(
        number=number,
        text=text,
        value_on=value_on,
        is_in=is_in,
        amount=amount,
        narration=narration or reference,
        payer=utr.payer_of(narration),
        utr=transfer,
        cheque=cheque,
        balance=_signed(balance) if balance else None,
    )


def _amount(deposit: str, withdrawal: str, amount: str, sign: str) -> tuple[bool, Paise]:
    came, went = _paise(deposit, "the deposit"), _paise(withdrawal, "the withdrawal")
    if amount and not came and not went:
        given = _paise(amount, "the amount")
        word = sign.casefold().rstrip(".")
        if word not in ("cr", "c", "credit", "dr", "d", "debit"):
            raise ValueError(f"neither Cr nor Dr: {plain(sign, 20) or 'empty'}")
        came, went = (given, 0) if word.startswith("c") else (0, given)
    if came and went:
        raise ValueError("money in and out on one row")
    if not came and not went:
        raise ValueError("no amount")
    return bool(came), came or went


def _paise(text: str, what: str) -> Paise:
    """Read an amount as banks print it; empty, zero and a dash are none."""
    digits = SIGN.sub("", text.replace("₹", "").replace("INR", "").replace(" ", ""))
    if digits in ("", "-"):
        return 0
    match = AMOUNT.fullmatch(digits)
    if not match or not digits.isascii() or len(digits) > 20:
        raise ValueError(f"{what} is no amount: {plain(text, 40)}")
    paise = int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))
    if paise > LARGEST:
        raise ValueError(f"{what} is too large: {plain(text, 40)}")
    return paise


def _signed(text: str) -> Paise | None:
    """Read a balance; one that is none is left out, it decides nothing."""
    is_debit = text.upper().rstrip(".").endswith("DR") or text.startswith(("-", "("))
    digits = text.strip("()- ")
    try:
        value = _paise(digits, "the balance")
    except ValueError:
        return None
    return -value if is_debit else value


def _day(text: str, today: date) -> date:
    day = _parsed(text.split(" ")[0] if re.fullmatch(r"\S+ \d{1,2}:\d\d(:\d\d)?", text) else text)
    if day is None:
        raise ValueError(f"no date: {plain(text, 40) or 'empty'}")
    if not OLDEST <= day <= today + AHEAD:
        raise ValueError(f"the date is not of these years: {plain(text, 40)}")
    return day


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> date | None:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _balance_note(rows: Sequence[Row]) -> str:
    """Say where the running balance first does not follow; a file may be the newest first."""
    listed = [row for row in rows if row.balance is not None]
    if len(listed) < 2 or len(listed) < len(rows):
        return "" if listed == list(rows) or not listed else "Some rows have no balance: it was not checked."
    down = _breaks(listed)
    up = _breaks(list(reversed(listed)))
    broken = min((down, up), key=len)
    if not broken:
        return ""
    row, wanted = broken[0]
    return (
        f"Row {row.number}: the balance should be {inr(wanted)} and is {inr(row.balance or 0)}. "
        f"Rows may be missing ({len(broken)} such places)."
    )


def _breaks(rows: Sequence[Row]) -> list[tuple[Row, Paise]]:
    found = []
    for before, row in itertools.pairwise(rows):
        wanted = (before.balance or 0) + (row.amount if row.is_in else -row.amount)
        if wanted != row.balance:
            found.append((row, wanted))
    return found
