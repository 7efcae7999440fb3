"""What the next deletions would do: `manage.py delete_accounts --dry-run`. Deleting itself is the daily job's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing_portal import clock, text
from credit import deletion
from credit.models import Deletion


class Command(BaseCommand):
    help = "Name each account that is marked for deletion, its archived rows and what it still waits for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="the only way: nothing is deleted here")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            raise CommandError(
                "The job overdue-delete deletes, with a second person's yes. Ask with --dry-run."
            )
        rows = Deletion.objects.filter(begun_at=None).select_related("account").order_by("marked_at")
        for row in rows:
            held = ", ".join(f"{part.rows} {part.label.lower()}" for part in row.archive.parts.all())
            may = clock.business_date(row.marked_at + deletion.COOLING)
            state = "approved" if row.approval_id else "waits for a second person"
            people = row.account.members.count()
            self.stdout.write(
                f"{row.account.ban}: {held}; {people} members; {state}; not before {text.day(may)}"
            )
        self.stdout.write(f"{len(rows)} accounts are marked.")
