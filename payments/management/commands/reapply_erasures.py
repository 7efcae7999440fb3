"""Delete again what a restored backup has brought back: `manage.py reapply_erasures`."""

from typing import Any

from django.core.management.base import BaseCommand

from billing_portal import clock
from payments import deletions


class Command(BaseCommand):
    help = "Delete again the accounts of the erasure list that a restored backup has brought back."

    def handle(self, *args: Any, **options: Any) -> None:
        again = deletions.reapply(now=clock.now())
        deletions.finish_due(now=clock.now())
        self.stdout.write(f"{again} accounts were deleted again.")
