"""Documents as the e-invoice rule sees them, without a database, and the notified form of what is sent."""

import json
from datetime import date
from pathlib import Path

import fastjsonschema

from invoices import gst, inv01
from invoices.gst import Supply, Tax

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests/vectors"
form = fastjsonschema.compile(json.loads((ROOT / "sandbox/einvoice/inv01.schema.json").read_text()))
SUPPLIER = {
    "legal_name": "Example Cloud Telephony Private Limited",
    "trade_name": "Example Telephony",
    "gstin": "29ZZZCS0001A1ZI",
    "address": "4th Floor, Tower B, Test Tech Park",
    "city": "Bengaluru",
    "pin": "560103",
    "state": "29",
    "support_phone": "8000000000",
    "support_email": "billing@example.in",
}
RECIPIENT = {
    "name": "Sample Retail Private Limited",
    "address": "Unit 7, Sample Chambers",
    "city": "Mumbai",
    "pin": "400069",
    "state": "27",
    "state_name": "Maharashtra",
    "gstin": "27ZZZCM0003C1ZM",
    "registration": "regular",
}
ABROAD = {
    "registration": "export_lut",
    "gstin": "",
    "pin": "",
    "state": "96",
    "country": "SG",
    "city": "Singapore",
}


def lines(taxables, supply, rate=1800):
    """Lines as a bill has them, taxes rounded line by line; a discount is negative."""
    taxed = gst.on_lines(taxables, supply, rate)
    return [inv01.Line(f"Line {n}", "998419", rate, value) for n, value in enumerate(taxed, start=1)]


def paper(taxables=(100_000,), supply=Supply.INTER, *, to=None, rounding=0, **fields):
    """A tax invoice over these taxable values, in paise."""
    made = fields.pop("lines", None) or lines(taxables, supply)
    value = sum((line.value for line in made), gst.NOTHING)
    recipient = RECIPIENT | (to or {})
    values = {
        "kind": "invoice",
        "number": "VI/2627/000102",
        "issued_on": date(2026, 10, 31),
        "supply": supply,
        "place": "96" if recipient["registration"].startswith("export") else recipient["state"],
        "supplier": SUPPLIER,
        "recipient": recipient,
        "lines": made,
        "value": value,
        "rounding": rounding,
        "total": value.total + rounding,
        "due_on": date(2026, 11, 15),
    }
    return inv01.Paper(**(values | fields))


def sent(of):
    """What goes over the wire, read again; it keeps the notified form."""
    body = json.loads(inv01.text(inv01.payload(of)))
    form(body)
    return body


def sample(name):
    """A worked example of the reference."""
    return json.loads((VECTORS / f"einvoice-{name}.json").read_text())


def line(description, sac, taxable, tax):
    return inv01.Line(description, sac, 1800, Tax(taxable, igst=tax))
