"""E-invoicing as a rule: to which documents it applies, what is sent of them (form INV-01, 1.1), and their IRN. Pure.

Scope: gst reference § 9.1 (Rule 48(4)). IRN: § 9.2. Fields, lengths and sums: § 9.3. Amounts are paise until `text`
writes them as rupees; no float is made of them.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from typing import Any

from billing_portal.money import Paise, share
from billing_portal.text import plain
from invoices import gst
from invoices.gst import Supply, Tax

TYPES = {"invoice": "INV", "credit_note": "CRN", "debit_note": "DBN"}
EXPORTS = ("export_lut", "export_taxed")
SEZ = ("sez_lut", "sez_taxed")
REGISTERED = ("regular", *SEZ)  # by a GSTIN; a UIN holder is none (§ 6.1)
PIN = re.compile(r"[1-9][0-9]{5}")
PHONE, SERVICE = re.compile(r"[0-9]{6,12}"), re.compile(r"99[0-9]{4}")
MAIL = re.compile(r"[A-Za-z0-9+_.-]+@[A-Za-z0-9.-]+")
MOST_LINES = 1000
NOT_ALLOWED = str.maketrans({'"': "'", "\\": "/"})  # the portal takes neither in a text


class NotSendable(Exception):
    """The document cannot be told to the portal as it is; the message says why."""


@dataclass(frozen=True)
class Hundredths:
    """A number of two decimals as it is sent: paise as rupees, basis points as percent."""

    value: int

    def __str__(self) -> str:
        whole, rest = divmod(abs(self.value), 100)
        return f"{'-' if self.value < 0 else ''}{whole}.{rest:02}"


@dataclass(frozen=True)
class Line:
    """One line of a document; a discount is negative. `rate` is in basis points."""

    description: str
    sac: str
    rate: int
    value: Tax


@dataclass(frozen=True)
class Paper:
    """What the payload is made of: a document's snapshot. `paid` is what advances and credit paid of it, in paise."""

    kind: str
    number: str
    issued_on: date
    supply: Supply
    place: str
    supplier: Mapping[str, str]
    recipient: Mapping[str, str]
    lines: Sequence[Line]
    value: Tax
    total: Paise
    rounding: Paise = 0
    due_on: date | None = None
    period: tuple[date, date] | None = None
    paid: Paise = 0
    advances: Sequence[tuple[str, date]] = ()
    original: tuple[str, date] | None = None


def applies(kind: str, registration: str, gstin: str, *, issued_on: date, since: date | None) -> bool:
    """Whether a document needs an IRN: bills and notes to registered recipients and abroad, from a day on (§ 9.1)."""
    if since is None or issued_on < since or kind not in TYPES:
        return False
    return registration in EXPORTS or (registration in REGISTERED and bool(gstin))


def irn(gstin: str, kind: str, number: str, issued_on: date) -> str:
    """Return the invoice reference number that the portal gives: a hash over seller, year, type and number (§ 9.2)."""
    words = f"{gstin}{financial_year(issued_on)}{TYPES[kind]}{number.upper()}"
    return hashlib.sha256(words.encode()).hexdigest()


def financial_year(on: date) -> str:
    """Return the financial year of a date as the hash has it, 2026-27."""
    start = on.year if on.month >= 4 else on.year - 1
    return f"{start}-{(start + 1) % 100:02}"


def day(on: date) -> str:
    """Write a date as the portal has it, 31/10/2026."""
    return f"{on:%d/%m/%Y}"


def payload(paper: Paper) -> dict[str, Any]:
    """Return the INV-01 request of a document; its sums are the document's. Raises NotSendable."""
    _check(paper)
    items = discounted(paper.lines, paper.value)
    made = {
        "Version": "1.1",
        "TranDtls": {
            "TaxSch": "GST",
            "SupTyp": supply_type(paper.recipient["registration"], paper.supply),
            "RegRev": "N",
            "IgstOnIntra": "N",
        },
        "DocDtls": {"Typ": TYPES[paper.kind], "No": paper.number, "Dt": day(paper.issued_on)},
        "SellerDtls": _seller(paper.supplier),
        "BuyerDtls": _buyer(paper),
        "ItemList": [_item(number, line, off) for number, (line, off) in enumerate(items, start=1)],
        "ValDtls": _values(paper),
        "PayDtls": _payment(paper),
        "RefDtls": _references(paper),
        "ExpDtls": _export(paper.recipient),
    }
    return {name: block for name, block in made.items() if block}


def supply_type(registration: str, supply: Supply) -> str:
    """Return SupTyp: B2B; to SEZ units and abroad with or without payment of tax."""
    prefix = "SEZ" if registration in SEZ else "EXP" if registration in EXPORTS else ""
    return prefix + ("WOP" if supply == Supply.ZERO else "WP") if prefix else "B2B"


def discounted(lines: Sequence[Line], value: Tax) -> list[tuple[Line, Paise]]:
    """Return the lines that have a value, each less its share of the discounts, and that share.

    The portal takes no negative line and no discount after tax (§ 9.3). Shares are by value; taxes are split so that
    they add up to the document's. Without a discount each line keeps its own tax. Raises NotSendable.
    """
    positive = [line for line in lines if line.value.taxable >= 0]
    off = -sum(line.value.taxable for line in lines if line.value.taxable < 0)
    if not off:
        return [(line, 0) for line in positive]
    offs = split(off, [line.value.taxable for line in positive])
    left = [line.value.taxable - part for line, part in zip(positive, offs, strict=True)]
    taxes = [split(amount, left) for amount in (value.cgst, value.sgst, value.igst)]
    reduced = [Tax(*parts) for parts in zip(left, *taxes, strict=True)]
    if sum(reduced, gst.NOTHING) != value:
        raise NotSendable("Its discounts leave tax on nothing.")
    return [
        (Line(line.description, line.sac, line.rate, less), part)
        for line, less, part in zip(positive, reduced, offs, strict=True)
    ]


def split(amount: Paise, weights: Sequence[int]) -> list[Paise]:
    """Split an amount by weights into parts that add up to it, each within a paisa of its share."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    ends = [0, *(share(amount, so_far, whole) for so_far in accumulate(weights))]
    return [after - before for before, after in pairwise(ends)]


def text(value: Any) -> str:
    """Write a payload as JSON; amounts as rupees with two decimals."""
    if isinstance(value, Hundredths):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def words(said: object, most: int, *, least: int = 1) -> str:
    """Return a text as the portal takes it: one line, neither quotation mark nor backslash, no shorter, no longer."""
    return f"{plain(said, most).translate(NOT_ALLOWED):.<{least}}"


def _check(paper: Paper) -> None:
    """Raise NotSendable for what the portal refuses and nobody else would notice before."""
    abroad = paper.recipient["registration"] in EXPORTS
    sums = sum((line.value for line in paper.lines), gst.NOTHING)
    if sums != paper.value or paper.value.total + paper.rounding != paper.total:
        raise NotSendable("The lines do not make the total.")
    if not 0 < len(paper.lines) <= MOST_LINES:
        raise NotSendable(f"It has no line, or more than {MOST_LINES}.")
    for whose, block in (("supplier", paper.supplier), ("recipient", {} if abroad else paper.recipient)):
        if block and not PIN.fullmatch(block["pin"]):
            raise NotSendable(f"The {whose} has no PIN code of six digits.")
    if wrong := [line.sac for line in paper.lines if not SERVICE.fullmatch(line.sac)]:
        raise NotSendable(f"{wrong[0]} is no service accounting code of six digits.")
    if paper.kind != "invoice" and paper.original is None:
        raise NotSendable("A note names its original invoice.")


def _seller(supplier: Mapping[str, str]) -> dict[str, Any]:
    phone, mail = re.sub(r"\D", "", supplier.get("support_phone", "")), supplier.get("support_email", "")
    return {
        "Gstin": supplier["gstin"],
        "LglNm": words(supplier["legal_name"], 100, least=3),
        "TrdNm": words(supplier.get("trade_name") or supplier["legal_name"], 100, least=3),
        **_address(supplier),
        "Loc": words(supplier["city"], 50, least=3),
        "Pin": int(supplier["pin"]),
        "Stcd": supplier["state"],
        **({"Ph": phone} if PHONE.fullmatch(phone) else {}),
        **({"Em": mail} if MAIL.fullmatch(mail) and 6 <= len(mail) <= 100 else {}),
    }


def _buyer(paper: Paper) -> dict[str, Any]:
    """The recipient; no telephone number and no mail address of a customer is told."""
    to, abroad = paper.recipient, paper.recipient["registration"] in EXPORTS
    return {
        "Gstin": "URP" if abroad else to["gstin"],
        "LglNm": words(to["name"], 100, least=3),
        "Pos": paper.place,
        **_address(to),
        "Loc": words(to["city"] or to.get("country_name") or to["state_name"], 100, least=3),
        **({} if abroad else {"Pin": int(to["pin"])}),
        "Stcd": gst.ABROAD if abroad else to["state"],
    }


def _address(block: Mapping[str, str]) -> dict[str, str]:
    """Split an address into the two lines of at most 100 characters that the portal has, between words if it can."""
    whole = words(block["address"] or block["city"] or "-", 200)
    if len(whole) <= 100:
        return {"Addr1": whole}
    cut = max(whole.rfind(" ", 50, 101), 0) or 100
    return {"Addr1": whole[:cut], "Addr2": words(whole[cut:], 100, least=3)}


def _item(number: int, line: Line, off: Paise) -> dict[str, Any]:
    """One line. Documents keep no quantity, so the price of one is the line's own (§ 9.3)."""
    gross, value = Hundredths(line.value.taxable + off), line.value
    return {
        "SlNo": str(number),
        "PrdDesc": words(line.description, 300, least=3),
        "IsServc": "Y",
        "HsnCd": line.sac,
        "UnitPrice": gross,
        "TotAmt": gross,
        "Discount": Hundredths(off),
        "AssAmt": Hundredths(value.taxable),
        "GstRt": Hundredths(line.rate),
        "IgstAmt": Hundredths(value.igst),
        "CgstAmt": Hundredths(value.cgst),
        "SgstAmt": Hundredths(value.sgst),
        "CesRt": 0,
        "CesAmt": 0,
        "CesNonAdvlAmt": 0,
        "TotItemVal": Hundredths(value.total),
    }


def _values(paper: Paper) -> dict[str, Any]:
    return {
        "AssVal": Hundredths(paper.value.taxable),
        "CgstVal": Hundredths(paper.value.cgst),
        "SgstVal": Hundredths(paper.value.sgst),
        "IgstVal": Hundredths(paper.value.igst),
        "CesVal": 0,
        "StCesVal": 0,
        "Discount": 0,
        "OthChrg": 0,
        "RndOffAmt": Hundredths(paper.rounding),
        "TotInvVal": Hundredths(paper.total),
    }


def _payment(paper: Paper) -> dict[str, Any]:
    """What was paid before, and what is due; the total itself is never less by it."""
    if paper.due_on is None:
        return {}
    return {
        "Nm": words(paper.supplier["legal_name"], 100),
        "CrDay": max((paper.due_on - paper.issued_on).days, 0),
        "PaidAmt": Hundredths(paper.paid),
        "PaymtDue": Hundredths(paper.total - paper.paid),
    }


def _references(paper: Paper) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if paper.period:
        made["DocPerdDtls"] = dict(zip(("InvStDt", "InvEndDt"), map(day, paper.period), strict=True))
    if paper.original:
        made["PrecDocDtls"] = [{"InvNo": paper.original[0], "InvDt": day(paper.original[1])}]
    if paper.advances:
        made["ContrDtls"] = [{"RecAdvRefr": number, "RecAdvDt": day(on)} for number, on in paper.advances]
    return made


def _export(recipient: Mapping[str, str]) -> dict[str, str]:
    """The country of a customer abroad, where the document names one."""
    if recipient["registration"] not in EXPORTS or not recipient.get("country"):
        return {}
    return {"RefClm": "N", "CntCode": recipient["country"]}
