"""Where each document goes in a month's GSTR-1 (gst reference § 10.1). Pure.

Facts are documents as they were issued, amounts in paise. Credit notes lessen, all else adds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing_portal.money import Paise
from invoices.gst import NOTHING, Supply, Tax

LARGE = (  # unregistered, inter-State, strictly above: invoice by invoice (table 5; Rule 59), in rupees with tax
    (date(2017, 7, 1), 250_000),
    (date(2024, 8, 1), 100_000),
)
CREDIT_NOTE, DEBIT_NOTE, INVOICE = "credit_note", "debit_note", "invoice"
NOTES = (CREDIT_NOTE, DEBIT_NOTE)
REGISTERED = ("regular", "uin")
NEGATIVE_11A, RFD01_ONLY = "negative_11A", "rfd01_only"  # how a refunded advance is declared (§ 4.6)


class Section(StrEnum):
    B2B = "b2b"
    SEZ = "sez"
    EXPORTS = "exp"
    B2CL = "b2cl"
    B2CS = "b2cs"
    CDNR = "cdnr"
    CDNUR = "cdnur"
    AT = "at"
    TXPD = "txpd"


# fmt: off
TABLES = (
    # section          table   what stands in it
    (Section.B2B,     "4A",   "Registered customers"),
    (Section.B2CL,    "5",    "Unregistered, other State, above the limit"),
    (Section.EXPORTS, "6A",   "Exports"),
    (Section.SEZ,     "6B",   "SEZ units and developers"),
    (Section.B2CS,    "7",    "Other unregistered, with their notes"),
    (Section.CDNR,    "9B",   "Credit and debit notes, registered"),
    (Section.CDNUR,   "9B",   "Credit and debit notes, unregistered"),
    (Section.AT,      "11A",  "Advances received, not invoiced in the month"),
    (Section.TXPD,    "11B",  "Advances of earlier months, invoiced now"),
)
SERIES = (
    # number, kind of document,  what the file calls it
    (1, INVOICE,           "Invoices for outward supply"),
    (4, DEBIT_NOTE,        "Debit Note"),
    (5, CREDIT_NOTE,       "Credit Note"),
    (6, "receipt_voucher", "Receipt Voucher"),
    (8, "refund_voucher",  "Refund Voucher"),
)
# fmt: on
OF_SUPPLIES = [section for section, _table, _label in TABLES if section not in (Section.AT, Section.TXPD)]
HSN_B2B = (Section.B2B, Section.SEZ, Section.CDNR)  # the rest stands in the B2C tab, exports too


@dataclass(frozen=True, slots=True)
class Item:
    """A document's lines of one SAC and rate (basis points), together."""

    sac: str
    rate: int
    value: Tax


@dataclass(frozen=True, slots=True)
class Paper:
    """A tax invoice, debit note or credit note as it was issued; amounts as printed, so positive on a note."""

    pk: int
    kind: str
    number: str
    on: date
    total: Paise
    registration: str  # of the recipient, on the document
    gstin: str
    name: str
    state: str  # of the recipient
    place: str
    supply: Supply
    items: tuple[Item, ...]
    original_on: date | None = None  # notes: their invoice
    original_total: Paise = 0
    einvoice: str = ""  # how it stands with the e-invoice portal; "" where it needs no IRN

    @property
    def sign(self) -> int:
        return -1 if self.kind == CREDIT_NOTE else 1

    @property
    def value(self) -> Tax:
        return self.items[0].value if len(self.items) == 1 else total(item.value for item in self.items)

    @property
    def signed(self) -> Tax:
        return self.value if self.sign > 0 else NOTHING - self.value

    @property
    def is_abroad(self) -> bool:
        return self.registration.startswith("export")

    @property
    def is_sez(self) -> bool:
        return self.registration.startswith("sez")

    @property
    def is_zero_rated(self) -> bool:
        """SEZ and exports: 3.1(b), with or without payment of tax."""
        return self.is_sez or self.is_abroad


@dataclass(frozen=True, slots=True)
class Advance:
    """A receipt voucher, or what took of one: a bill that used it, a refund voucher. `on` is the day that counts."""

    pk: int  # of the document that does it
    number: str
    on: date
    received_on: date  # of the voucher
    place: str
    supply: Supply
    rate: int
    value: Tax
    is_use: bool = False
    is_refund: bool = False
    issued_on: date | None = None  # receipt vouchers: when the paper was made


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers of one series without a hole between them."""

    kind: str
    first: str
    last: str
    count: int


def total(values: Iterable[Tax]) -> Tax:
    """Sum values; the parts are added as numbers, as a month has many."""
    taxable = cgst = sgst = igst = 0
    for one in values:
        taxable += one.taxable
        cgst += one.cgst
        sgst += one.sgst
        igst += one.igst
    return Tax(taxable, cgst, sgst, igst)


def limit_on(day: date) -> Paise:
    """Return above which total an inter-State invoice to an unregistered customer stands alone, on a day."""
    return [rupees * 100 for first, rupees in LARGE if first <= day][-1]


def section(paper: Paper) -> Section:
    """Return where a document goes (§ 10.1); a note to an unregistered customer goes by its invoice."""
    is_note = paper.kind in NOTES
    if paper.registration in REGISTERED or paper.is_sez:
        return Section.CDNR if is_note else Section.SEZ if paper.is_sez else Section.B2B
    if paper.is_abroad:
        return Section.CDNUR if is_note else Section.EXPORTS
    on, total = paper.on, paper.total
    if is_note and paper.original_on:
        on, total = paper.original_on, paper.original_total
    if paper.supply == Supply.INTER and total > limit_on(on):
        return Section.CDNUR if is_note else Section.B2CL
    return Section.B2CS


def invoice_type(paper: Paper) -> str:
    """Return the type that the file names of a document: R, SEWP, WOPAY, INTRA …; B2CL has none of its own."""
    unpaid = paper.supply == Supply.ZERO
    where = section(paper)
    if where == Section.CDNUR:
        return "B2CL" if not paper.is_abroad else "EXPWOP" if unpaid else "EXPWP"
    if where in HSN_B2B:
        return "R" if not paper.is_sez else "SEWOP" if unpaid else "SEWP"
    if where == Section.EXPORTS:
        return "WOPAY" if unpaid else "WPAY"
    return "" if where == Section.B2CL else supply_type(paper.supply == Supply.INTER)


def supply_type(is_inter: bool) -> str:
    return "INTER" if is_inter else "INTRA"
