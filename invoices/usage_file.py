"""Usage from a CSV file: read in batches of 10,000, constant in memory; what was taken before is a duplicate.

So a run that was interrupted is simply started again.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TextIO

from django.db import transaction

from billing_portal import collector
from invoices import usage
from invoices.usage import Outcome
from invoices.usage_checks import FIELDS

NEEDED = {name for name, needed, _what in FIELDS if needed}
NAMES = {name for name, _needed, _what in FIELDS}


class NotUsage(ValueError):
    """The file cannot be read on: its first line names no columns of usage, or a cell goes on over its line's end."""


class Unreadable(str):
    """A line that holds no record; the text says why. The lines after it are sound."""

    __slots__ = ()


@dataclass
class Counts:
    """How far the file is: lines read, and what became of them."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0


UNCLOSED = "unexpected end of data"  # as the reader says it
Reject = Callable[[int, Outcome], None]  # line number, outcome
Ingest = Callable[..., list[Outcome]]  # as usage.ingest; an upper floor gives its own, which checks more


def take_in(
    file: TextIO,
    *,
    source: str,
    now: datetime,
    reject: Reject,
    dry_run: bool = False,
    ingest: Ingest = usage.ingest,
) -> Iterator[Counts]:
    """Take in a file, batch by batch; yield the counts so far after each. `reject` gets each refused line.

    A batch is a unit: what was yielded stays. `dry_run` undoes each batch. Raises NotUsage before anything is done,
    or after all lines before the one that it names.
    """
    rows = _rows(file)
    counts = Counts()
    while batch := _batch(rows):
        broken = batch.pop()[1] if isinstance(batch[-1][1], NotUsage) else None
        words = {"source": source, "now": now}
        outcomes = _ingest([record for _line, record in batch], words, ingest, dry_run)
        for (line, record), outcome in zip(batch, outcomes, strict=True):
            if outcome.outcome == usage.REJECTED:
                reject(line, outcome._replace(reason=record) if isinstance(record, Unreadable) else outcome)
        kinds = [outcome.outcome for outcome in outcomes]
        counts.read += len(batch)
        counts.accepted += kinds.count(usage.ACCEPTED)
        counts.duplicate += kinds.count(usage.DUPLICATE)
        counts.rejected += kinds.count(usage.REJECTED)
        yield counts
        if broken:
            raise broken


@collector.paused()
def _batch(rows: Iterator[tuple[int, Any]]) -> list[tuple[int, Any]]:
    return list(islice(rows, usage.MOST))


def _ingest(records: list[Any], words: dict[str, Any], ingest: Ingest, dry_run: bool) -> list[Outcome]:
    if not dry_run:
        return ingest(records, **words)
    with transaction.atomic():
        outcomes = ingest(records, **words)
        transaction.set_rollback(True)
    return outcomes


def _rows(file: TextIO) -> Iterator[tuple[int, Any]]:
    """Yield each line's number and record; an empty cell is a field left out."""
    reader = csv.reader(file, strict=True)
    try:
        names = [name.strip().removeprefix("\N{BYTE ORDER MARK}") for name in next(reader, [])]
    except csv.Error as error:
        raise NotUsage(f"line 1: {error}") from None
    _check_header(names)
    units = names.index("units") if "units" in names else None
    width = len(names)
    try:
        for line, cells in _lines(reader):
            if not cells:
                continue
            if isinstance(cells, Unreadable):
                yield line, cells
                continue
            if len(cells) != width:
                yield line, Unreadable(f"has {len(cells)} cells, the first line names {width}")
                continue
            record: dict[str, Any] = dict(zip(names, cells, strict=True))
            if "" in cells:
                record = {name: cell or None for name, cell in record.items()}
            given = cells[units] if units is not None else ""
            if given and given.isascii() and given.isdigit() and len(given) < 10:
                record["units"] = int(given)
            yield line, record
    except NotUsage as broken:
        yield 0, broken


def _lines(reader: Any) -> Iterator[tuple[int, list[str] | Unreadable]]:
    """Yield each line's cells. Raises NotUsage where a quote stays open: what follows could be text of its cell."""
    while True:
        cells: list[str] | Unreadable | None
        last, why = reader.line_num, ""
        try:
            cells = next(reader, None)
        except csv.Error as error:
            cells, why = Unreadable(f"is no line of a CSV: {error}"), str(error)
        if cells is None:
            return
        if reader.line_num > last + 1 or why == UNCLOSED:
            raise NotUsage(f"line {last + 1}: a quote is opened there and not closed on the line")
        yield reader.line_num, cells


def _check_header(names: list[str]) -> None:
    missing, unknown = sorted(NEEDED - set(names)), sorted(set(names) - NAMES)
    if missing:
        raise NotUsage(f"the first line lacks the columns {', '.join(missing)}")
    if unknown or len(set(names)) < len(names):
        odd = ascii(", ".join(unknown or names)[:200])[1:-1]
        raise NotUsage(f"the first line has columns that are unknown or there twice: {odd}")
