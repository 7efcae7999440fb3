"""manage.py connect_mandates: let the sandbox's bank know the mandates of the demo's history."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing_portal import clock, demo_auto_pay


class Command(BaseCommand):
    help = "Register the demo's mandates in the sandbox where it does not know them. The demo does it at each start."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only a demo has a sandbox to connect.")
        self.stdout.write(f"{demo_auto_pay.connect(now=clock.now())} mandates registered")
