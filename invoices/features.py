"""The features that exist from the start: one table, put into the database after each migration.

Calls may use credit, messages may not (PRODUCT § 1). Staff may add rows; those here are only added when missing.
"""

from typing import Any

from invoices.models import Feature

# fmt: off
FEATURES = (
    # code             name                 kind       direction unit       credit
    ("incoming",       "Incoming calls",    "call",    "in",     "minute",  True),
    ("click_to_call",  "Click-to-call",     "call",    "out",    "minute",  True),
    ("sms",            "SMS",               "message", "out",    "message", False),
    ("whatsapp",       "WhatsApp",          "message", "out",    "message", False),
)
# fmt: on


def set_up(using: str = "default", **_signal: Any) -> None:
    """Add the features that are missing."""
    Feature.objects.using(using).bulk_create(
        [
            Feature(
                code=code,
                name=name,
                kind=kind,
                direction=way,
                unit=unit,
                may_use_credit=credit,
                position=place,
            )
            for place, (code, name, kind, way, unit, credit) in enumerate(FEATURES, start=1)
        ],
        ignore_conflicts=True,
    )
