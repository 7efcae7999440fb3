"""manage.py connect_gateway: let the sandbox's gateway know the demo's history, and its bank the mandates."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing_portal import clock, demo_auto_pay, demo_gateway


class Command(BaseCommand):
    help = "Tell the sandbox of payments and mandates that it does not know. The demo does it at each start."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only a demo has a sandbox to connect.")
        now = clock.now()
        self.stdout.write(f"{demo_gateway.connect()} payments told")
        self.stdout.write(f"{demo_auto_pay.connect(now=now)} mandates registered")
