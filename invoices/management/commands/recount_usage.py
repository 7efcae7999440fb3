"""manage.py recount_usage: rebuild usage counters and days from the records, and say what differed or has no price."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from invoices import usage_repair


class Command(BaseCommand):
    help = "Rebuild usage counters and days from the records; one line for each that differed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", metavar="BAN", help="only this account")
        parser.add_argument("--dry-run", action="store_true", help="only tell")
        parser.add_argument(
            "--rate", action="store_true", help="also price the records for which a price is known by now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found, accounts = 0, self._accounts(options["account"])
        for line in usage_repair.recount(accounts, dry_run=options["dry_run"]):
            found += 1
            self.stdout.write(line)
        done = "differ" if options["dry_run"] else "differed and are rebuilt"
        self.stdout.write(f"{found} counters and days {done}." if found else "All counters agree.")
        if options["rate"] and not options["dry_run"]:
            self.stdout.write(f"{usage_repair.rate_unrated(accounts)} records are priced now.")
        for line in usage_repair.unrated(accounts):
            self.stdout.write(line)

    def _accounts(self, ban: str | None) -> list[int] | None:
        if ban is None:
            return None
        found = list(Account.objects.filter(ban=ban).values_list("pk", flat=True))
        if not found:
            raise CommandError(f"There is no account {ban[:20]!r}.")
        return found
