"""Taking in a bank statement: looked at first, taken in on a person's word, every row once.

A row with a UTR is known by it, another by its words, amount, day and turn in the file. Rows that make no new line are
kept as they came, with the reason.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.models import User
from billing_portal import bulk, clock, collector
from billing_portal.text import plain
from billing_portal.unit import unit
from payments import bank_lines, lines_there, statement_cells, statement_file
from payments.bank_lines import IN, OUT
from payments.lines_there import There
from payments.models import BankImport, BankLine, ImportRow, StatementFormat
from payments.statement_cells import NotMapped, Table
from payments.statement_file import Row, Statement

Outcome = ImportRow.Outcome


class NotTaken(Exception):
    """The statement cannot be taken in; the message says why."""


@dataclass(frozen=True)
class Left:
    """A row that makes no new line."""

    number: int
    text: str
    outcome: str
    reason: str
    line_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """What taking a statement in would do: new lines, and the rows that make none. `lines` are unsaved."""

    statement: Statement
    lines: tuple[BankLine, ...]
    left: tuple[Left, ...]

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.left)


@unit
def upload(content: bytes, file_name: str, bank: str, *, by: User, now: datetime) -> BankImport:
    """Keep a file as a draft, with how it is read where its header is known. Raises NotAStatement."""
    found = statement_cells.table(content)
    name, columns = _format(found)
    return BankImport.objects.create(
        bank=bank,
        file_name=plain(file_name, 120) or "statement.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        format=name,
        columns=columns,
        uploaded_by=by,
        uploaded_at=now,
    )


def header(row: BankImport) -> Table:
    """Return the cells of a draft."""
    return statement_cells.table(bytes(row.content))


@unit
def map_columns(
    import_id: int, columns: Mapping[str, int], name: str, *, by: User, now: datetime
) -> BankImport:
    """Say what a draft's columns mean, and remember it for every file with this header. Raises NotMapped, NotTaken."""
    row = _draft(import_id)
    found = header(row)
    statement_cells.check(columns)
    if any(not 0 <= place < len(found.header) for place in columns.values()):
        raise NotMapped("The file has no such column.")
    StatementFormat.objects.update_or_create(
        header_hash=found.header_hash,
        defaults={
            "name": name, "header": list(found.header), "columns": dict(columns), "made_by": by, "made_at": now,
        },
    )  # fmt: skip
    row.format, row.columns = name, dict(columns)
    row.save(update_fields=["format", "columns"])
    audit.record(
        "payments.statement.map",
        actor=by,
        subject=f"import:{row.pk}",
        reason=name,
        after=row.columns,
        now=now,
    )
    return row


def preview(row: BankImport, *, now: datetime) -> Plan:
    """Say what taking a draft in would do. Changes nothing. Raises NotAStatement, NotMapped."""
    statement_cells.check(row.columns)
    read = statement_file.read(header(row), row.columns, bank=row.bank, today=clock.business_date(now))
    return _plan(row, read, now)


@unit
@collector.paused()
def take(import_id: int, *, by: User, now: datetime) -> BankImport:
    """Take a draft in: new lines and their entries, the rows left over, and the claims that are now found.

    Repeating returns what was taken. Raises NotTaken, NotAStatement, NotMapped.
    """
    bank_lines.adding()
    row = BankImport.objects.select_for_update().get(pk=import_id)
    if row.state == BankImport.State.TAKEN:
        return row
    row = _draft(import_id)
    if BankImport.objects.filter(bank=row.bank, sha256=row.sha256, state=BankImport.State.TAKEN).exists():
        raise NotTaken("This very file was taken in already.")
    plan = preview(row, now=now)
    made = bank_lines.add(plan.lines, now=now)
    _keep_left(row, plan.left)
    _confirm(row, plan.left)
    _count(row, plan, by, now)
    bank_lines.match_claims(line.utr for line in made if line.utr and line.direction == IN)
    audit.record(
        "payments.statement.take",
        actor=by,
        subject=f"import:{row.pk}",
        reason=row.file_name,
        after={name: getattr(row, name) for name in COUNTS},
        now=now,
    )
    return row


@unit
def drop(import_id: int, *, by: User, now: datetime) -> None:
    """Drop a draft; one that was dropped stays so. Raises NotTaken."""
    row = BankImport.objects.select_for_update().get(pk=import_id)
    if row.state == BankImport.State.DROPPED:
        return
    _draft(import_id)
    BankImport.objects.filter(pk=import_id).update(state=BankImport.State.DROPPED)
    audit.record(
        "payments.statement.drop",
        actor=by,
        subject=f"import:{row.pk}",
        reason=row.file_name,
        before={"state": str(row.state)},
        after={"state": str(BankImport.State.DROPPED)},
        now=now,
    )


COUNTS = ("rows", "accepted", "confirmed", "duplicate", "refused")


def _format(found: Table) -> tuple[str, dict[str, int]]:
    saved = StatementFormat.objects.filter(header_hash=found.header_hash).first()
    return (saved.name, saved.columns) if saved else statement_cells.known(found.header)


def _draft(import_id: int) -> BankImport:
    row = BankImport.objects.select_for_update().get(pk=import_id)
    if row.state != BankImport.State.DRAFT:
        raise NotTaken(f"This file is no draft any more: {row.get_state_display().lower()}.")
    return row


def _plan(row: BankImport, read: Statement, now: datetime) -> Plan:
    there = lines_there.look(row.bank, read.rows)
    lines: list[BankLine] = []
    left = [Left(one.number, one.text, Outcome.REFUSED, one.reason) for one in read.unread]
    taken: set[str] = set()
    for one in read.rows:
        known = lines_there.key(one)
        line = there.get(known)
        if line is None and one.cheque:
            line = there.get(lines_there.cheque_key(one.is_in, one.cheque, one.amount))
        if line is not None:
            left.append(_already(one, line))
        elif known in taken:
            left.append(Left(one.number, one.text, Outcome.DUPLICATE, "its UTR stands in this file before"))
        else:
            taken.add(known)
            lines.append(_line(row, one, now))
    return Plan(read, tuple(lines), tuple(sorted(left, key=lambda one: one.number)))


def _already(row: Row, line: There) -> Left:
    """Say what a row is that has its line: one entered by hand and now confirmed, a duplicate, or a contradiction."""
    if line.amount != row.amount:
        reason = f"UTR {row.utr} is there already, with another amount: look at line {line.pk}"
        return Left(row.number, row.text, Outcome.REFUSED, reason, line.pk)
    if line.statement_id is None:
        reason = "entered by hand before; the statement confirms it"
        return Left(row.number, row.text, Outcome.CONFIRMED, reason, line.pk)
    what = f"UTR {row.utr}" if row.utr and row.is_in else "the same day, words, amount and balance"
    where = f"row {line.row} of {line.file_name}"
    return Left(row.number, row.text, Outcome.DUPLICATE, f"{what}: there already, {where}"[:200], line.pk)


def _line(statement: BankImport, row: Row, now: datetime) -> BankLine:
    return BankLine(
        bank=statement.bank,
        source=BankLine.Source.IMPORT,
        direction=IN if row.is_in else OUT,
        amount=row.amount,
        open_amount=row.amount,
        value_on=row.value_on,
        utr=row.utr,
        cheque_number=row.cheque,
        narration=row.narration,
        payer=row.payer,
        row_hash=row.row_hash,
        statement_id=statement.pk,
        row=row.number,
        entered_at=now,
    )


def _keep_left(statement: BankImport, left: Sequence[Left]) -> None:
    rows = (
        {
            "statement_id": statement.pk, "number": one.number, "text": one.text, "outcome": one.outcome,
            "reason": one.reason[:200], "line_id": one.line_id,
        }
        for one in left
    )  # fmt: skip
    bulk.insert(ImportRow, list(rows))


def _confirm(statement: BankImport, left: Sequence[Left]) -> None:
    for one in left:
        if one.outcome == Outcome.CONFIRMED and one.line_id:
            BankLine.objects.filter(pk=one.line_id, statement=None).update(
                statement=statement, row=one.number
            )


def _count(row: BankImport, plan: Plan, by: User, now: datetime) -> None:
    row.rows = len(plan.lines) + len(plan.left)
    row.accepted = len(plan.lines)
    row.confirmed, row.duplicate, row.refused = map(plan.count, ("confirmed", "duplicate", "refused"))
    row.balance_note = plan.statement.balance_note[:200]
    row.state, row.taken_by, row.taken_at = BankImport.State.TAKEN, by, now
    row.save(update_fields=[*COUNTS, "balance_note", "state", "taken_by", "taken_at"])
