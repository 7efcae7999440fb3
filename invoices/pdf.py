"""A document's row → HTML → PDF. Everything printed comes from the row and its lines, nothing from live rows.

Particulars: Rule 46 (tax invoice) and Rule 50 (receipt voucher), gst reference §§ 3.1, 4.4. The same row
gives the same bytes: dates and the PDF's identifier are the document's own. Importing this module brings
WeasyPrint (a second, 60 MB): only the worker that renders does it, see tasks.py.
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import segno
import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from weasyprint.text.ffi import ffi, fontconfig
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from accounts.models import Account
from accounts.states import STATE_NAMES
from billing_portal import money
from billing_portal.money import Paise
from billing_portal.text import plain
from invoices.bill_plan import unit_price
from invoices.models import Document, DocumentLine, EInvoice

FAMILY = "Noto Sans"
TEMPLATES = {
    Document.Kind.INVOICE: "documents/invoice.html",
    Document.Kind.RECEIPT_VOUCHER: "documents/receipt_voucher.html",
    Document.Kind.DEBIT_NOTE: "documents/invoice.html",
    Document.Kind.CREDIT_NOTE: "documents/credit_note.html",
    Document.Kind.REFUND_VOUCHER: "documents/refund_voucher.html",
    Document.Kind.PAYMENT_ADVICE: "documents/payment_advice.html",
}
METHODS = {"upi": "UPI", "card": "Card", "netbanking": "Net banking", "wallet": "Wallet", "emi": "EMI"}
# fmt: off
ENDORSEMENTS = {  # gst reference § 3.1; the first words of rule 46's provisos
    "sez_taxed":    "Supply to SEZ unit or SEZ developer for authorised operations on payment of integrated tax.",
    "sez_lut":      "Supply to SEZ unit or SEZ developer for authorised operations under bond or letter of "
                    "undertaking without payment of integrated tax.",
    "export_taxed": "Supply meant for export on payment of integrated tax.",
    "export_lut":   "Supply meant for export under bond or letter of undertaking without payment of integrated tax.",
}
LIMITS = {  # what fits on the page, in characters; anything else of a snapshot: 60
    "name": 120, "legal_name": 120, "trade_name": 40, "address": 200, "signatory": 120, "site_url": 80,
}
# fmt: on


class NoFonts(RuntimeError):
    """No Noto font is installed; laying out text without any font would crash the process."""


class NoIrn(RuntimeError):
    """The document must be registered first: without an IRN the paper is no invoice (Rule 48(5))."""


class DenyAll(URLFetcher):
    """A document fetches nothing: no address in it, whoever wrote it, is ever opened."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002
        raise FatalURLFetchingError(f"a document asked for {url[:100]}")


class Page(weasyprint.HTML):
    """HTML without the renderer's default stylesheet: ours is complete, and a fifth of the time is saved."""

    def _ua_stylesheets(self, forms: bool = False) -> list[weasyprint.CSS]:  # noqa: ARG002
        return []


@dataclass(frozen=True)
class Engine:
    """What all documents of one process share: parsing it again would take longer than a document."""

    fonts: FontConfiguration
    stylesheet: weasyprint.CSS
    fetcher: DenyAll


@cache
def engine() -> Engine:
    """Return the engine of this process. Raises NoFonts."""
    check_fonts()
    fonts, fetcher = FontConfiguration(), DenyAll()
    style = (settings.BASE_DIR / "templates" / "documents" / "document.css").read_text()
    made = Engine(fonts, weasyprint.CSS(string=style, font_config=fonts, url_fetcher=fetcher), fetcher)
    gc.collect()
    gc.freeze()  # what was imported stays: no need to look through it again with each document
    return made


def check_fonts() -> None:
    """Raise NoFonts unless fontconfig finds our family (FONTCONFIG_FILE, package fonts-noto-core)."""
    config = fontconfig.FcInitLoadConfigAndFonts()
    try:
        if FAMILY not in _families(config):
            raise NoFonts(
                f"fontconfig finds no {FAMILY}: install fonts-noto-core, or look at FONTCONFIG_FILE"
            )
    finally:
        if config != ffi.NULL:
            fontconfig.FcConfigDestroy(config)


def make(document: Document) -> bytes:
    """Return the PDF of a document: the same row, the same bytes. Raises NoFonts, NoIrn."""
    return render(html_of(document), identifier=bytes.fromhex(document.hash))


def html_of(document: Document) -> str:
    """Return the HTML of a document, from its row and lines alone."""
    template = TEMPLATES[Document.Kind(document.kind)]
    return render_to_string(template, context_of(document, list(document.lines.all())))


def render(html: str, *, identifier: bytes) -> bytes:
    """Lay out HTML with the shared engine: a tagged PDF (PDF/UA-1) with only the used glyphs embedded."""
    shared = engine()
    page = Page(string=html, url_fetcher=shared.fetcher)
    return page.write_pdf(
        stylesheets=[shared.stylesheet],
        font_config=shared.fonts,
        pdf_identifier=identifier,
        pdf_variant="pdf/ua-1",
    )


def context_of(document: Document, lines: Sequence[DocumentLine]) -> dict[str, Any]:
    """Return the words that the templates print."""
    supplier, recipient, details = _plain(document.supplier), _plain(document.recipient), document.details
    rates = {line.rate for line in lines}
    return {
        "document": document,
        "title": document.get_kind_display(),
        "supplier": supplier | {"state_name": state_name(supplier["state"])},
        "recipient": recipient,
        "recipient_id": recipient_id(recipient),
        "place": state_name(document.place_of_supply),
        "lines": [_line(document, line) for line in lines],
        "taxes": taxes(document, rates.pop() if len(rates) == 1 else None),
        "local_tax": document.state_tax,
        "set_off": details.get("set_off", []),
        "set_off_total": details.get("set_off_total", 0),
        "prepaid_after": details.get("prepaid_after"),
        "credit": details.get("credit", 0),
        "balance": document.total - details.get("set_off_total", 0) - details.get("credit", 0),
        "original": details.get("original"),
        "applied": details.get("applied", 0),
        "excess": details.get("excess", 0),
        "usage": [_usage(row) for row in details.get("usage", [])],
        "details": details,
        "words": money.words(document.total),
        "payment": _plain(details) | {"mode": mode(details)} if "payment" in details else None,
        "endorsement": endorsement(supplier, recipient, document.supply),
        "registration": registration_of(document),
        "pay_url": f"{supplier['site_url']}/{recipient['ban']}/payments/" if supplier.get("site_url") else "",
    }


def registration_of(document: Document) -> dict[str, Any] | None:
    """Return what the portal gave a document that needs an IRN: it is printed with the whole signed QR (§ 9.4).

    Raises NoIrn while it is not there.
    """
    row: EInvoice | None = getattr(document, "einvoice", None)
    if row is None:
        return None
    if not row.is_registered:
        raise NoIrn(f"{document.number} is not registered with the e-invoice portal")
    picture = segno.make_qr(row.signed_qr, error="l", boost_error=False)
    svg = picture.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    return {"row": row, "qr": mark_safe(svg)}  # nosec B308, B703 - drawn of bits, no text of anybody's in it


def state_name(code: str) -> str:
    """Return a State as Rule 46(n) wants it: with its name and its code."""
    return f"{STATE_NAMES[code]} ({code})"


def recipient_id(recipient: Mapping[str, str]) -> tuple[str, str]:
    """Return the label and number that a recipient is registered by (Rule 46(d), (e))."""
    label = "UIN" if recipient["registration"] == Account.Registration.UIN else "GSTIN"
    return label, recipient["gstin"] or "Unregistered"


def rate_of(document: Document, rate: int) -> str:
    """Return a line's rate per tax (Rule 46(l)); `rate` in basis points."""
    if document.supply == Document.Supply.ZERO:
        return "0%"
    return (
        f"{percent(rate // 2)} + {percent(rate // 2)}"
        if document.supply == Document.Supply.INTRA
        else percent(rate)
    )


def taxes(document: Document, rate: int | None) -> list[tuple[str, Paise]]:
    """Return the label and amount of each tax of a document; `rate` if all lines have the same one."""
    if document.supply == Document.Supply.ZERO:
        return [("IGST 0%", 0)]
    if document.supply == Document.Supply.INTER:
        return [(f"IGST {percent(rate)}".strip(), document.igst)]
    half = percent(rate // 2 if rate is not None else None)
    return [
        (f"CGST {half}".strip(), document.cgst),
        (f"{document.state_tax} {half}".strip(), document.sgst),
    ]


def percent(rate: int | None) -> str:
    """Return basis points as 18%, 2.5%."""
    if rate is None:
        return ""
    whole, rest = divmod(rate, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + "%"


def endorsement(supplier: Mapping[str, str], recipient: Mapping[str, str], supply: str) -> str:
    """Return what a supply to an SEZ or abroad must say, with the letter of undertaking's number and date."""
    registration = recipient["registration"]
    if supply != Document.Supply.ZERO:
        return ENDORSEMENTS.get(registration.replace("_lut", "_taxed"), "")
    text, lut = ENDORSEMENTS.get(registration, ""), supplier.get("lut_number", "")
    dated = supplier.get("lut_date", "")
    words = f" of {day_words(date.fromisoformat(dated))}" if dated else ""
    return f"{text} LUT number (ARN): {lut}{words}." if lut else text


def day_words(day: date) -> str:
    """Write a day as 20 Mar 2026."""
    return f"{day.day} {day:%b %Y}"


def mode(details: Mapping[str, str]) -> str:
    """Return how money came: the instrument if the gateway named one, or else the method."""
    method = details.get("method", "")
    return plain(details.get("instrument") or METHODS.get(method, method.capitalize()), 60)


def _line(document: Document, line: DocumentLine) -> dict[str, Any]:
    return {
        "amounts": line,
        "description": plain(line.description, 300),
        "rate": rate_of(document, line.rate),
        "total": line.taxable + line.cgst + line.sgst + line.igst,
    }


def _usage(row: Mapping[str, Any]) -> dict[str, Any]:
    """A feature's usage as it is printed; counts with separators, the price with the places it has."""
    counts = {name: money.grouped(row[name]) for name in ("units", "free", "billable")}
    return {**row, **counts, "feature": plain(row["feature"], 60), "price": unit_price(row["unit_price"])}


def _plain(snapshot: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: plain(value, LIMITS.get(key, 60)) for key, value in snapshot.items() if isinstance(value, str)
    }


def _families(config: Any) -> set[str]:
    """Return the families fontconfig knows. Reads the list itself: asking for a match always gets one."""
    found: set[str] = set()
    fonts = fontconfig.FcConfigGetFonts(config, fontconfig.FcSetSystem) if config != ffi.NULL else ffi.NULL
    name = ffi.new("FcChar8 **")
    for index in range(fonts.nfont if fonts != ffi.NULL else 0):
        if fontconfig.FcPatternGetString(fonts.fonts[index], b"family", 0, name) == fontconfig.FcResultMatch:
            found.add(ffi.string(name[0]).decode())
    return found
