"""manage.py place_calls BAN: have the sandbox's telephone network call or write now, to see limits at work."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing_portal import demo_phone


class Command(BaseCommand):
    help = "Place calls or send messages of an account in the sandbox at once, and tell what became of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ban", metavar="BAN")
        parser.add_argument("--count", type=int, default=1, help="how many at the same time")
        parser.add_argument("--seconds", type=int, default=120, help="how long each is answered")
        parser.add_argument("--feature", default="click_to_call", help="or incoming, sms, whatsapp")
        parser.add_argument("--units", type=int, default=1, help="parts of each message")

    def handle(self, *args: Any, **options: Any) -> None:
        words = {name: options[name] for name in ("count", "seconds", "feature", "units")}
        answer = demo_phone.tell(f"accounts/{options['ban']}/calls", words)
        found = Counter(f"{one['state']} {one.get('reason') or ''}".strip() for one in answer["items"])
        for outcome, count in found.most_common():
            self.stdout.write(f"{count} {outcome}")
