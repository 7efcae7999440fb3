"""The OpenAPI 3.1 document of the whole API: the pieces of every floor, put together."""

from typing import Any

from django.conf import settings

import credit.api_account_schema
import credit.api_schema
import invoices.api_schema
import payments.api_schema
from billing_portal.openapi import TEXT, many, thing, told

# fmt: off
TAGS = {
    credit.api_account_schema.TAG: "Where an account stands.",
    payments.api_schema.TAG:       "What to pay, payments, auto-pay.",
    invoices.api_schema.TAG:       "What was issued, used and booked.",
    credit.api_schema.TAG:         "What the telephony platform sends and asks.",
}
# fmt: on
SAID = (
    "Amounts are whole paise in INR, days are Indian calendar days, moments carry their offset. States are codes; "
    "`label` is the word that people read. Errors are problem details (RFC 9457): `errors` names fields, `reason` is "
    "a code. "
    "Lists are read by cursor. An unknown parameter is refused."
)
PROBLEM = {
    "type": "object",
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": told(TEXT, "what is wrong, in words"),
        "reason": told(TEXT, "a code, where a program may want to act on it"),
        "errors": many(thing(field=TEXT, reason=TEXT)),
    },
    "required": ["type", "title", "status", "detail"],
}


def document() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{settings.OPERATOR_NAME} billing API", "version": "1", "description": SAID},
        "servers": [{"url": settings.SITE_URL}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": what} for name, what in TAGS.items()],
        "paths": {
            **credit.api_account_schema.PATHS,
            **payments.api_schema.PATHS,
            **invoices.api_schema.PATHS,
            **credit.api_schema.paths(),
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                **credit.api_account_schema.SCHEMAS,
                **payments.api_schema.SCHEMAS,
                **invoices.api_schema.SCHEMAS,
                **credit.api_schema.schemas(),
                "Problem": PROBLEM,
            },
        },
    }
