"""Print what is to be registered on the DLT platform: each text message's name, id and body."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import sms_templates


class Command(BaseCommand):
    help = "Print the text messages as they are registered (DLT): name, id, body"

    def handle(self, *args: Any, **options: Any) -> None:
        for row in sms_templates.TEMPLATES:
            dlt_id = settings.SMS_TEMPLATE_IDS.get(row.name, row.dlt_id)
            body = sms_templates.registered(row, site=settings.SITE_URL, operator=settings.OPERATOR_NAME)
            self.stdout.write(f"{row.name}\t{dlt_id}\t{body}")
