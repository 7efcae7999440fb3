"""What a production instance must not start with: demo secrets, test keys, the sandbox's address."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from invoices.gstr import NEGATIVE_11A, RFD01_ONLY

LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}
SECRETS = (
    "RAZORPAY_KEY_SECRET",
    "RAZORPAY_WEBHOOK_SECRET",
    "TELEPHONY_SECRET",
    "SMS_KEY",
    "SMS_WEBHOOK_SECRET",
    "ARCHIVE_KEY",
)
REQUIRED = (
    "SECRET_KEY",
    "ARCHIVE_KEY",
    "RAZORPAY_KEY_ID",
    "RAZORPAY_KEY_SECRET",
    "RAZORPAY_WEBHOOK_SECRET",
    "RAZORPAY_ACCOUNT_ID",
    "TELEPHONY_SECRET",
    "SMS_KEY",
    "SMS_WEBHOOK_SECRET",
    "SMS_TEMPLATE_IDS",
    "AUDIT_EMAIL",
)
ADMIN_PATH = re.compile(r"[A-Za-z0-9-]+/")


def problems(values: Any) -> list[str]:
    """Return a sentence for each value that a production instance refuses; empty when all is well."""
    found = [f"{name} is empty: set it." for name in REQUIRED if not getattr(values, name)]
    if values.DEMO:
        found.append("DEMO is on: a production instance has no demo world.")
    if values.DEBUG:
        found.append("DEBUG is on.")
    if values.SECRET_KEY.startswith("demo-") or len(values.SECRET_KEY) < 50:
        found.append("SECRET_KEY is the demo's or shorter than 50 characters.")
    if len(values.ARCHIVE_KEY) < 40:
        found.append("ARCHIVE_KEY is shorter than 40 characters.")
    if not values.RAZORPAY_KEY_ID.startswith("rzp_live_"):
        found.append("RAZORPAY_KEY_ID is not a live key (rzp_live_…).")
    for name in SECRETS:
        if getattr(values, name).startswith("sandbox_"):
            found.append(f"{name} is the sandbox's.")
    if values.SMS_SENDER == "KAVERI":
        found.append("SMS_SENDER is the demo's.")
    for name in ("FINANCE_EMAIL", "SUPPORT_EMAIL", "AUDIT_EMAIL"):
        if getattr(values, name).endswith("@kaverivoice.example"):
            found.append(f"{name} is the demo's.")
    if not values.STAFF_SECOND_FACTOR:
        found.append("STAFF_SECOND_FACTOR is off: staff need a second factor.")
    if not ADMIN_PATH.fullmatch(values.ADMIN_PATH):
        found.append(
            "ADMIN_PATH must be letters, digits and hyphens with a slash at its end, like back-office/."
        )
    for name in ("RAZORPAY_URL", "TELEPHONY_URL", "SMS_URL", "SITE_URL"):
        address = urlsplit(getattr(values, name))
        if address.scheme != "https" or (address.hostname or "") in LOOPBACK:
            found.append(f"{name} must be an https address outside this machine.")
    for name in ("LUT_DATE", "LUT_VALID_TO"):
        if not _is_day(getattr(values, name, "")):
            found.append(f"{name} is not a day like 2027-03-31.")
    if getattr(values, "ADVANCE_REFUND_REPORTING", NEGATIVE_11A) not in (NEGATIVE_11A, RFD01_ONLY):
        found.append(f"ADVANCE_REFUND_REPORTING must be {NEGATIVE_11A} or {RFD01_ONLY}.")
    if "ZZZ" in values.SUPPLIER["gstin"]:
        found.append("SUPPLIER_GSTIN is the demo's.")
    return found


def _is_day(text: str) -> bool:
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def warnings(values: Any) -> list[str]:
    """Return what a production instance may lack, with what follows from it."""
    if values.LUT_NUMBER and values.LUT_DATE and values.LUT_VALID_TO:
        return []
    return [
        "LUT_NUMBER, LUT_DATE or LUT_VALID_TO is empty: supplies to SEZ units and exports are taxed with IGST."
    ]


@register()
def production_values(**_kwargs: Any) -> list[CheckMessage]:
    """System check: the same sentences as errors, for `manage.py check`."""
    if not settings.PRODUCTION:
        return []
    errors = [Error(text, id=f"portal.E{n:03}") for n, text in enumerate(problems(settings), start=1)]
    return [*errors, *(Warning(text, id="portal.W001") for text in warnings(settings))]
