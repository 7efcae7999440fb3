"""Taking in a bank statement: looked at first, taken in on a person's word, every row once.

A row with a UTR is known by it, another by its words, amount, day and turn in the file. Rows that make no new line are
kept as they came, with the reason.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.models import User
from billing_portal import bulk, clock
from billing_portal.text import plain
from billing_portal.unit import unit
from payments import bank_lines, rows_left, statement_cells, statement_file
from payments.bank_lines import IN, OUT
from payments.models import BankImport, BankLine, ImportRow, StatementFormat
from payments.rows_left import Left, There
from payments.statement_cells import NotMapped, Table
from payments.statement_file import Row, Statement

Outcome = ImportRow.Outcome


class NotTaken(Exception):
    """The statement cannot be taken in; the message says why."""


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
    there = _there(row.bank, read.rows)
    files = _names({line.statement for line in there.values() if line.statement})
    lines: list[BankLine] = []
    left = [Left(one.number, one.text, Outcome.REFUSED, one.reason) for one in read.unread]
    taken: dict[str, Row] = {}
    for one in read.rows:
        known = _key(one)
        line = there.get(known)
        if line is None and one.cheque:  # one entered by hand is confirmed by one row alone
            line = there.pop(_cheque(one.is_in, one.cheque, one.amount), None)
        if line is not None:
            left.append(rows_left.already(one, line, files))
        elif known in taken:
            left.append(rows_left.again(one, taken[known]))
        else:
            taken[known] = one
            lines.append(_line(row, one, now))
    return Plan(read, tuple(lines), tuple(sorted(left, key=lambda one: one.number)))


def _key(row: Row) -> str:
    return f"utr:{row.utr}" if row.utr and row.is_in else row.row_hash


def _there(bank: str, rows: Sequence[Row]) -> dict[str, There]:
    """Return the lines that these rows may be, by what would make them the same. Four queries."""
    lines = BankLine.objects.all()
    utrs = [row.utr for row in rows if row.utr and row.is_in]
    hashes = [row.row_hash for row in rows]
    cheques = [row.cheque for row in rows if row.cheque]
    by_utr = lines.filter(utr__among=utrs, direction=IN).values_list("utr", *There._fields)
    by_hash = lines.filter(bank=bank, row_hash__among=hashes).values_list("row_hash", *There._fields)
    by_hand = lines.filter(bank=bank, cheque_number__among=cheques, statement=None)
    return (
        {f"utr:{utr}": There(*words) for utr, *words in by_utr}
        | {row_hash: There(*words) for row_hash, *words in by_hash}
        | {
            _cheque(direction == IN, number, words[1]): There(*words)
            for direction, number, *words in by_hand.values_list("direction", "cheque_number", *There._fields)
        }
    )


def _cheque(is_in: bool, number: str, amount: int) -> str:
    return f"cheque:{is_in}:{number}:{amount}"


def _names(statements: Collection[int]) -> dict[int, str]:
    return dict(BankImport.objects.filter(pk__in=statements).values_list("pk", "file_name"))


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
        statement=statement,
        row=row.number,
        entered_at=now,
    )


def _keep_left(statement: BankImport, left: Sequence[Left]) -> None:
    rows = [
        {
            "statement_id": statement.pk,
            "number": one.number,
            "text": one.text,
            "outcome": one.outcome,
            "reason": one.reason[:200],
            "line_id": one.line,
        }
        for one in left
    ]
    bulk.insert(ImportRow, rows)


def _confirm(statement: BankImport, left: Sequence[Left]) -> None:
    """Give lines that were entered by hand their row, so that the next statement with it knows them again.

    Nobody else adds lines meanwhile.
    """
    found = [one for one in left if one.outcome == Outcome.CONFIRMED]
    lines = [
        BankLine(pk=one.line, statement=statement, row=one.number, row_hash=one.row_hash) for one in found
    ]
    BankLine.objects.bulk_update(lines, ["statement", "row", "row_hash"], batch_size=500)


def _count(row: BankImport, plan: Plan, by: User, now: datetime) -> None:
    row.rows = len(plan.lines) + len(plan.left)
    row.accepted = len(plan.lines)
    row.confirmed, row.duplicate, row.refused = map(plan.count, ("confirmed", "duplicate", "refused"))
    row.balance_note = plan.statement.balance_note[:200]
    row.state, row.taken_by, row.taken_at = BankImport.State.TAKEN, by, now
    row.save(update_fields=[*COUNTS, "balance_note", "state", "taken_by", "taken_at"])
