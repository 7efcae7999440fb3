"""What of a statement's rows makes no new line, and why. Reads and writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from billing_portal.money import Paise
from payments.models import ImportRow
from payments.statement_file import Row

Outcome = ImportRow.Outcome


class There(NamedTuple):
    """A line that is there already; `statement` and `row` say where it came from."""

    pk: int
    amount: Paise
    statement: int | None
    row: int | None


@dataclass(frozen=True)
class Left:
    """A row that makes no new line."""

    number: int
    text: str
    outcome: str
    reason: str
    line: int | None = None
    row_hash: str = ""


def already(row: Row, line: There, files: Mapping[int, str]) -> Left:
    """Say what a row is that has its line: one entered by hand and now confirmed, a duplicate, or a contradiction."""
    if line.amount != row.amount:
        reason = f"UTR {row.utr} is there already, with another amount: look at line {line.pk}"
        return Left(row.number, row.text, Outcome.REFUSED, reason, line.pk)
    if line.statement is None:
        reason = "entered by hand before; the statement confirms it"
        return Left(row.number, row.text, Outcome.CONFIRMED, reason, line.pk, row.row_hash)
    what = f"UTR {row.utr}" if row.utr and row.is_in else "the same day, words, amount and balance"
    where = f"row {line.row} of {files[line.statement]}"
    return Left(row.number, row.text, Outcome.DUPLICATE, f"{what}: there already, {where}"[:200], line.pk)


def again(row: Row, before: Row) -> Left:
    """Say what a row is whose UTR stands in this file before: a duplicate, or a contradiction."""
    if row.amount == before.amount:
        why = f"its UTR stands in this file before, in row {before.number}"
        return Left(row.number, row.text, Outcome.DUPLICATE, why)
    why = f"UTR {row.utr} stands in row {before.number} with another amount: look at both"
    return Left(row.number, row.text, Outcome.REFUSED, why)
