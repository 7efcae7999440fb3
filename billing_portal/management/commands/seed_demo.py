"""manage.py seed_demo: make the demo world unless it is there, and print who can log in."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_portal import clock, demo


class Command(BaseCommand):
    help = "Make the demo world (once) and print its logins. Refuses to run on a production instance."

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            made = demo.seed(now=clock.now())
        except demo.NotADemo as error:
            raise CommandError(str(error)) from error
        words = f"made in {time.monotonic() - began:.1f} s" if made else "there already"
        self.stdout.write(f"Demo world {words}: {demo.summary()}")
        for role, email, password in demo.LOGINS:
            self.stdout.write(f"{role:<10}{email:<36}{password}")
