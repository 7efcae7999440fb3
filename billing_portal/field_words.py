"""What fields are called where people read them: abbreviations as they are written, not as Python spells them.

The names that the migrations know stay as they are: only what is shown is said better, in one place for all pages.
"""

from django.apps import apps

# fmt: off
WRITTEN = {
    "api": "API", "cgst": "CGST", "gst": "GST", "gstin": "GSTIN", "id": "ID", "ifsc": "IFSC", "igst": "IGST",
    "ip": "IP", "pan": "PAN", "pdf": "PDF", "pin": "PIN", "sac": "SAC", "sgst": "SGST", "sha256": "SHA-256",
    "sms": "SMS", "tan": "TAN", "tds": "TDS", "upi": "UPI", "utr": "UTR",
}
# fmt: on
OURS = ("accounts", "credit", "invoices", "payments")


def well_said(name: str) -> str:
    """Return a field's name with its abbreviations in capitals: gateway id → gateway ID."""
    return " ".join(WRITTEN.get(word, word) for word in name.split(" "))


def set_up() -> None:
    """Say the names of all fields well. Repeating changes nothing."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.fields:
                field.verbose_name = well_said(str(field.verbose_name))
