"""Print what the five overdue jobs would do on a day, as things stand and if nothing is paid; nothing is done."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_portal import clock
from billing_portal.money import inr
from credit import overdue_dry_run


class Command(BaseCommand):
    help = "Print what the overdue jobs would do on a day; nothing is done"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="the day (YYYY-MM-DD); default: today")
        parser.add_argument(
            "--dry-run", action="store_true", help="needed: the jobs themselves take the steps"
        )
        parser.add_argument("--account", default="", help="one account's number only")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            raise CommandError("Steps are taken by the jobs: give --dry-run to see what they would do.")
        today = clock.business_date(clock.now())
        on = options["on"] or today
        if on < today:
            raise CommandError(f"{on} is past: the business date is {today}.")
        count = 0
        for row in overdue_dry_run.of(on=on, today=today, ban=options["account"]):
            count += 1
            waits = f"\twaits: {row.waits_for}" if row.waits_for else ""
            step = f"{row.job}\tday {row.step.day}\t{row.step.action}"
            self.stdout.write(f"{row.ban}\t{step}\t{inr(row.due)} due{waits}")
        self.stdout.write(f"{on}: {count} steps would be taken; nothing was done.")
