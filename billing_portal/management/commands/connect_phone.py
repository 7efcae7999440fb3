"""manage.py connect_phone: let the sandbox's telephone network call the demo's accounts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_portal import clock, demo, demo_phone


class Command(BaseCommand):
    help = "Give the sandbox's telephone network a key and lines. The demo does it at each start."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines = demo_phone.connect(now=clock.now())
        except demo.NotADemo as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{lines} accounts have lines")
