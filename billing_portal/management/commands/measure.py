"""What `manage.py benchmark [NAME …]` runs in its throwaway world: measure, beside floors of the same run."""

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string

NAMES = (
    "settle",
    "webhook",
    "voucher_pdf",
    "invoice_pdf",
    "usage_ingest",
    "ingest_checked",
    "service_answer",
    "billing_run",
    "limits_nightly",
    "overdue_run",
    "archive",
    "bank_import",
    "forecast",
    "statement",
    "reconciliation",
    "zip",
    "pages",
    "browser",
)


class Command(BaseCommand):
    help = "Measure the portal against floors of the same run. Needs an empty database: it fills it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all without one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from django.core.management import call_command

        unknown = set(options["names"]) - set(NAMES)
        if unknown:
            self.stderr.write(
                f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}."
            )
            raise SystemExit(2)
        settings.ALLOWED_HOSTS = ["*"]
        logging.disable(logging.WARNING)
        call_command("migrate", verbosity=0)
        show = import_string("benchmarks.table.show")
        rows = []
        for name in options["names"] or NAMES:
            self.stderr.write(f"measuring {name} …")
            rows += import_string(f"benchmarks.{name}.measure")()
        self.stdout.write(show(rows))
