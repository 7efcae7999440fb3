"""Values of an imagined production instance, for `check --deploy`: complete, and none of them real."""

import os
import secrets
import sys

from django.core.management import execute_from_command_line

from accounts.sms_templates import TEMPLATES

EXAMPLE = {
    "PRODUCTION": "true",
    "DEMO": "false",
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ARCHIVE_KEY": secrets.token_urlsafe(48),
    "SITE_URL": "https://billing.operator.example",
    "ALLOWED_HOSTS": "billing.operator.example",
    "CSRF_TRUSTED_ORIGINS": "https://billing.operator.example",
    "FINANCE_EMAIL": "finance@operator.example",
    "AUDIT_EMAIL": "audit@operator.example",
    "SUPPORT_EMAIL": "support@operator.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.operator.example:587",
    "RAZORPAY_URL": "https://api.razorpay.com",
    "RAZORPAY_KEY_ID": "rzp_live_Example00000001",
    "RAZORPAY_KEY_SECRET": secrets.token_urlsafe(24),
    "RAZORPAY_WEBHOOK_SECRET": secrets.token_urlsafe(24),
    "RAZORPAY_WEBHOOK_SECRET_PREVIOUS": "",
    "RAZORPAY_ACCOUNT_ID": "acc_Example00000001",
    "TELEPHONY_URL": "https://platform.operator.example",
    "TELEPHONY_SECRET": secrets.token_urlsafe(24),
    "SMS_URL": "https://sms.operator.example",
    "SMS_KEY": secrets.token_urlsafe(24),
    "SMS_WEBHOOK_SECRET": secrets.token_urlsafe(24),
    "SMS_WEBHOOK_SECRET_PREVIOUS": "",
    "SMS_SENDER": "EXAMPL",
    "SMS_TEMPLATE_IDS": ",".join(f"{row.name}={row.dlt_id}" for row in TEMPLATES),
    "SANDBOX_URL": "",
    "SUPPLIER_GSTIN": "29AABCU9603R1ZJ",
    "SUPPLIER_PAN": "AABCU9603R",
    "LUT_NUMBER": "AD290326000123X",
    "LUT_DATE": "2026-03-20",
    "LUT_VALID_TO": "2027-03-31",
    "TRUSTED_PROXY_COUNT": "1",
    "LOG_FORMAT": "json",
}


def manage(words: list[str]) -> None:
    """Run a management command as that imagined instance would (the image's collectstatic)."""
    os.environ.update(EXAMPLE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_portal.settings")
    execute_from_command_line(["manage.py", *words])


if __name__ == "__main__":
    manage(sys.argv[1:])
