"""manage.py import_usage FILE: take in usage records from a CSV file; start it again to resume."""

import csv
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.api_keys import SOURCE
from billing_portal import clock
from billing_portal.cells import harmless
from credit import intake
from invoices import usage_file
from invoices.usage import Outcome

ESCAPED = "surrogateescape"  # a byte that is no UTF-8 costs its line, not the file


class Command(BaseCommand):
    help = "Take in usage records from a CSV file. What is there already counts as duplicate, so it may be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", help="CSV with a first line of names; - reads standard input"
        )
        parser.add_argument("--source", default="platform", help="whose ids these are")
        parser.add_argument(
            "--rejects", metavar="FILE", help="where refused lines go; without it standard output"
        )
        parser.add_argument("--dry-run", action="store_true", help="check all and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not SOURCE.fullmatch(options["source"]):
            raise CommandError("A source is 1 to 20 small letters, digits, - or _.")
        try:
            with self._open(options["file"]) as file, self._rejects(options["rejects"]) as rejects:
                counts = self._run(file, csv.writer(rejects), options)
        except (usage_file.NotUsage, OSError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        said = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{counts.read} lines: {counts.accepted} {said}accepted, {counts.duplicate} duplicate, "
            f"{counts.rejected} rejected"
        )
        if counts.rejected:
            sys.exit(1)

    def _run(self, file: Any, rejects: Any, options: dict[str, Any]) -> usage_file.Counts:
        def reject(line: int, outcome: Outcome) -> None:
            rejects.writerow([line, harmless(outcome.id or ""), harmless(outcome.field), outcome.reason])

        counts = usage_file.Counts()
        words = {
            "source": options["source"],
            "now": clock.now(),
            "dry_run": options["dry_run"],
            "ingest": intake.take_in,
        }
        for counts in usage_file.take_in(file, reject=reject, **words):
            self.stderr.write(f"{counts.read:,} lines, {counts.rejected:,} rejected …")
        return counts

    def _open(self, name: str) -> Any:
        if name == "-":
            return open(0, encoding="utf-8-sig", errors=ESCAPED, newline="", closefd=False)
        return Path(name).open(encoding="utf-8-sig", errors=ESCAPED, newline="")

    def _rejects(self, name: str | None) -> Any:
        return Path(name).open("w", encoding="utf-8", newline="") if name else _Kept(self.stdout)


class _Kept:
    """Standard output as a file that stays open."""

    def __init__(self, out: Any) -> None:
        self.out = out

    def __enter__(self) -> Any:
        return self.out

    def __exit__(self, *_error: object) -> None:
        return None
