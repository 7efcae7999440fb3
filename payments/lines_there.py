"""Which lines of the bank account a statement's rows may be: by UTR, by what identifies a row, by a cheque's number.

Reads what a comparison needs of each, not whole rows: a file may be all there already.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from billing_portal.money import Paise
from payments.bank_lines import IN
from payments.statement_file import Row

THERE = """
    select l.id, l.direction, l.amount, l.utr, l.row_hash, l.cheque_number, l.statement_id, l.row, s.file_name
    from payments_bankline l left join payments_bankimport s on s.id = l.statement_id
    where """
BY_UTR = "l.utr = any(%(keys)s::varchar[]) and l.direction = 'in'"
BY_HASH = "l.bank = %(bank)s and l.row_hash = any(%(keys)s::varchar[])"
BY_CHEQUE = "l.bank = %(bank)s and l.cheque_number = any(%(keys)s::varchar[]) and l.statement_id is null"


class There(NamedTuple):
    """A line that is there: what a row is compared with, and the file that it came with."""

    pk: int
    direction: str
    amount: Paise
    utr: str | None
    row_hash: str
    cheque: str
    statement_id: int | None
    row: int | None
    file_name: str | None


def look(bank: str, rows: Sequence[Row]) -> dict[str, There]:
    """Return the lines that these rows may be, by their keys. Three queries at most."""
    utrs = [row.utr for row in rows if row.utr and row.is_in]
    found = {f"utr:{line.utr}": line for line in _lines(BY_UTR, bank, utrs)}
    hashes = [row.row_hash for row in rows if not (row.utr and row.is_in)]
    found |= {line.row_hash: line for line in _lines(BY_HASH, bank, hashes)}
    by_hand = _lines(BY_CHEQUE, bank, [row.cheque for row in rows if row.cheque])
    return found | {cheque_key(line.direction == IN, line.cheque, line.amount): line for line in by_hand}


def key(row: Row) -> str:
    """Return what makes two rows the same line: the UTR of money in, else everything that identifies it."""
    return f"utr:{row.utr}" if row.utr and row.is_in else row.row_hash


def cheque_key(is_in: bool, number: str, amount: Paise) -> str:
    """Return what makes a row the cheque that was entered by hand before."""
    return f"cheque:{is_in}:{number}:{amount}"


def _lines(which: str, bank: str, keys: Sequence[str]) -> list[There]:
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(THERE + which, {"bank": bank, "keys": list(keys)})
        return [There(*row) for row in cursor.fetchall()]
