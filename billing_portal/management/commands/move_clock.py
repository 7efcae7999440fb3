"""manage.py move_clock --days 7: move the demo's clock ahead, run what becomes due, and say what each day brought."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing_portal import clock, demo_clock


class Command(BaseCommand):
    help = "Move the demo's clock ahead by days, run what becomes due, and say what each day brought."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, required=True, help="1 to 366")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            move = demo_clock.begin(options["days"])
        except demo_clock.NotPossible as error:
            raise CommandError(str(error)) from error
        for line in demo_clock.follow(move):
            self.stdout.write(line)
        if move.error:
            raise CommandError(move.error)
        self.stdout.write(f"It is {clock.now():%d %b %Y, %H:%M} UTC in this demo.")
