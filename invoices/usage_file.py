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
    """The file's first line names no columns of usage; the message says which are missing or unknown."""


@dataclass
class Counts:
    """How far the file is: lines read, and what became of them."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0


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

    A batch is a unit: what was yielded stays. `dry_run` undoes each batch. Raises NotUsage before anything is done.
    """
    rows = _rows(file)
    counts = Counts()
    while batch := _batch(rows):
        words = {"source": source, "now": now}
        outcomes = _ingest([record for _line, record in batch], words, ingest, dry_run)
        for (line, _record), outcome in zip(batch, outcomes, strict=True):
            if outcome.outcome == usage.REJECTED:
                reject(line, outcome)
        kinds = [outcome.outcome for outcome in outcomes]
        counts.read += len(batch)
        counts.accepted += kinds.count(usage.ACCEPTED)
        counts.duplicate += kinds.count(usage.DUPLICATE)
        counts.rejected += kinds.count(usage.REJECTED)
        yield counts


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
    names = [name.strip().removeprefix("\N{BYTE ORDER MARK}") for name in next(reader, [])]
    _check_header(names)
    units = names.index("units") if "units" in names else None
    width = len(names)
    try:
        for cells in reader:
            if not cells:
                continue
            if len(cells) != width:
                yield reader.line_num, f"{len(cells)} cells"
                continue
            record: dict[str, Any] = dict(zip(names, cells, strict=True))
            if "" in cells:
                record = {name: cell or None for name, cell in record.items()}
            given = cells[units] if units is not None else ""
            if given and given.isascii() and given.isdigit() and len(given) < 10:
                record["units"] = int(given)
            yield reader.line_num, record
    except csv.Error as error:
        raise NotUsage(f"line {reader.line_num}: {error}") from error


def _check_header(names: list[str]) -> None:
    missing, unknown = sorted(NEEDED - set(names)), sorted(set(names) - NAMES)
    if missing:
        raise NotUsage(f"the first line lacks the columns {', '.join(missing)}")
    if unknown or len(set(names)) < len(names):
        raise NotUsage(
            f"the first line has columns that are unknown or there twice: {', '.join(unknown or names)}"[:300]
        )
