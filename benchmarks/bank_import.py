"""`bank_import`: a statement file from its bytes to lines, ledger entries and claims, against a bare COPY of its rows.

BANK_ROWS rows a round, in turns with the floor, which copies the same values as text into a table with our columns and
indexes; it reads no dates and amounts, looks for no duplicates and posts nothing. `seen again` is a file whose rows
are all there already.
"""

import os
import time
from datetime import timedelta

from django.db import connection, transaction

from accounts.models import User
from benchmarks import world
from benchmarks.table import Row
from billing_portal.money import rupees
from payments import statements

ROWS = int(os.environ.get("BANK_ROWS", "10000"))
ROUNDS = 3
HEAD = "Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n"
FLOOR = """
    create table bank_floor (like payments_bankline including all);
    alter table bank_floor drop constraint if exists bank_floor_pkey
"""
COLUMNS = (
    "bank, source, direction, amount, open_amount, value_on, utr, cheque_number, narration, payer, row_hash, state, "
    "entered_at, note"
)


def measure() -> list[Row]:
    by = User.objects.create_user("bank@example.in", None, name="Bank", is_staff=True)
    with connection.cursor() as cursor:
        for statement in FLOOR.split(";"):
            cursor.execute(statement)
    ours: list[float] = []
    floor: list[float] = []
    again: list[float] = []
    for turn in range(-1, ROUNDS):  # the first one warms
        count = ROWS if turn >= 0 else 200
        content = _file(turn, count)
        figures = (
            _taken(content, by, turn, count),
            _copied(turn, count),
            _taken(content + b"\n", by, turn, count),
        )
        if turn >= 0:
            for kept, figure in zip((ours, floor, again), figures, strict=True):
                kept.append(figure)
    return [
        Row(f"bank_import, {ROWS} rows", "rows/s", ours, floor, at_most=20),
        Row("bank_import, seen again", "rows/s", again, floor, at_most=20),
    ]


def _file(turn: int, count: int) -> bytes:
    lines, balance = [HEAD], 0
    for number in range(count):
        amount = 10_000 + number * 100
        balance += amount
        day = (world.NOW - timedelta(days=1 + number % 20)).strftime("%d/%m/%y")
        lines.append(
            f"{day},NEFT CR-SBIN0001234-CUSTOMER {number}-BA{100000 + number},{_utr(turn, number)},{day},,"
            f"{rupees(amount)},{rupees(balance)}\n"
        )
    return "".join(lines).encode()


def _utr(turn: int, number: int) -> str:
    return f"SBINN{turn + 10:03}{number:08}"


def _taken(content: bytes, by: User, turn: int, count: int) -> float:
    began = time.perf_counter()
    draft = statements.upload(content, f"{turn}.csv", "000111222333", by=by, now=world.NOW)
    row = statements.take(draft.pk, by=by, now=world.NOW)
    took = time.perf_counter() - began
    assert row.accepted + row.duplicate == count and not row.refused
    return count / took


def _copied(turn: int, count: int) -> float:
    began = time.perf_counter()
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f"copy bank_floor (id, {COLUMNS}) from stdin") as stream,  # nosec B608 - names of ours
    ):
        for number in range(count):
            amount = 10_000 + number * 100
            words = (
                (turn + 1) * 1_000_000 + number, "000111222333", "import", "in", amount, amount, "2026-11-01",
                _utr(turn, number), "", f"NEFT CR-SBIN0001234-CUSTOMER {number}", f"CUSTOMER {number}",
                f"{turn:032}{number:032}", "unmatched", world.NOW.isoformat(), "",
            )  # fmt: skip
            stream.write_row([str(word) for word in words])
    return count / (time.perf_counter() - began)
