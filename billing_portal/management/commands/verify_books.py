"""manage.py verify_books: check every invariant; exit 1 and one line a finding when something is broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing_portal import books, clock


class Command(BaseCommand):
    help = "Check every invariant of the books. Exits 1 when something is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        report, _row = books.verify(now=clock.now())
        self.stdout.write(report.text)
        self.stdout.write(f"audit chain head {report.audit_head or '(empty)'}")
        found = len(report.findings)
        self.stdout.write(f"{len(report.results)} checks, {report.took} ms, {found or 'no'} findings")
        if found:
            sys.exit(1)
