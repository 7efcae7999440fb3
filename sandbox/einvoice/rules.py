"""What the portal refuses: the form of a request (INV-01, 1.1), its sums, dates and GSTINs, by its own codes."""

import json
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from sandbox.store import Doc

SCHEMA = Path(__file__).parent / "inv01.schema.json"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
REPORT_DAYS = 30
ABROAD = "URP"
Error = tuple[str, str]  # code and words


@cache
def form() -> Callable[[Any], Any]:
    """Return the check of the notified form."""
    return fastjsonschema.compile(json.loads(SCHEMA.read_text()))


def wrong(body: Any, *, gstin: str, today: date) -> list[Error]:
    """Return what the portal would say is wrong with a request; nothing for a sound one."""
    try:
        form()(body)
    except fastjsonschema.JsonSchemaValueException as error:
        return [("5002", str(error.message)[:200])]
    return list(_facts(body, gstin, today)) + list(_sums(body))


def _facts(body: Doc, gstin: str, today: date) -> Iterator[Error]:
    seller, buyer = body["SellerDtls"], body["BuyerDtls"]
    if seller["Gstin"] != gstin:
        yield "2143", "Invoice does not belongs to the user GSTIN"
    for whose, number in (("Supplier", seller["Gstin"]), ("Recipient", buyer["Gstin"])):
        if number != ABROAD and not is_gstin(number):
            yield "3028", f"{whose} GSTIN is invalid - {number}"
    if buyer["Gstin"] == seller["Gstin"]:
        yield "2211", "Supplier and recipient GSTIN should not be the same"
    if buyer["Gstin"] != ABROAD and buyer["Gstin"][:2] != buyer["Stcd"]:
        yield (
            "2265",
            "Recipient GSTIN state code does not match with the state code passed in recipient details",
        )
    if not _is_day(body["DocDtls"]["Dt"]):
        yield "2172", "Document date is not a date"
        return
    on = day(body["DocDtls"]["Dt"])
    if on > today:
        yield "2173", "The document date cannot be a future date"
    if on < today - timedelta(days=REPORT_DAYS):
        yield "2294", f"Document is older than {REPORT_DAYS} days and cannot be reported"
    numbers = [item["SlNo"] for item in body["ItemList"]]
    if len(numbers) != len(set(numbers)):
        yield "2163", "Serial numbers of items must be unique"


def _sums(body: Doc) -> Iterator[Error]:
    """Each sum may be a rupee off what it is computed to be, rounded down or up."""
    items, values = body["ItemList"], body["ValDtls"]
    intra = body["SellerDtls"]["Stcd"] == body["BuyerDtls"]["Pos"] and body["TranDtls"]["SupTyp"] == "B2B"
    untaxed = body["TranDtls"]["SupTyp"].endswith("WOP")
    for item in items:
        part = item["AssAmt"] * item["GstRt"] / 100
        wanted = {"IgstAmt": 0.0, "CgstAmt": 0.0, "SgstAmt": 0.0}
        if not untaxed:
            wanted |= {"CgstAmt": part / 2, "SgstAmt": part / 2} if intra else {"IgstAmt": part}
        for name, amount in wanted.items():
            if not near(item.get(name, 0), amount):
                yield "2194", f"Invalid {name} of item {item['SlNo']}"
        if not near(item["AssAmt"], item["TotAmt"] - item.get("Discount", 0)):
            yield "2182", f"Taxable value of item {item['SlNo']} is not valid"
        taxes = sum(item.get(name, 0) for name in wanted)
        if not near(item["TotItemVal"], item["AssAmt"] + taxes + item.get("OthChrg", 0)):
            yield "2189", f"Total value of item {item['SlNo']} is not valid"
    for total, name in (
        ("AssVal", "AssAmt"),
        ("IgstVal", "IgstAmt"),
        ("CgstVal", "CgstAmt"),
        ("SgstVal", "SgstAmt"),
    ):
        if not near(values.get(total, 0), sum(item.get(name, 0) for item in items)):
            yield "2189", f"Invalid {total}"
    whole = sum(item["TotItemVal"] for item in items) - values.get("Discount", 0) + values.get("OthChrg", 0)
    if not near(values["TotInvVal"], whole + values.get("RndOffAmt", 0)):
        yield "2189", "Invalid total invoice value"


def near(said: float, computed: float) -> bool:
    return math.floor(computed) - 1 <= said <= math.ceil(computed) + 1


def is_gstin(number: str) -> bool:
    """Whether the check character is right (modulus 36)."""
    if len(number) != 15 or any(character not in ALPHABET for character in number):
        return False
    parts = [ALPHABET.index(one) * (1 if place % 2 == 0 else 2) for place, one in enumerate(number[:14])]
    return number[14] == ALPHABET[-sum(part // 36 + part % 36 for part in parts) % 36]


def day(said: str) -> date:
    return datetime.strptime(said, "%d/%m/%Y").date()


def _is_day(said: str) -> bool:
    try:
        return bool(day(said))
    except ValueError:
        return False


def year(on: date) -> str:
    """Return a date's financial year, 2026-27."""
    start = on.year if on.month >= 4 else on.year - 1
    return f"{start}-{(start + 1) % 100:02}"
