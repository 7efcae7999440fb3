"""The register: one IRN for each seller, year, type and number; signed once, found again, cancelled by control."""

import hashlib
from datetime import datetime
from typing import Any

from sandbox import faults
from sandbox.einvoice import rules, signing
from sandbox.frame import INDIA
from sandbox.store import Doc
from sandbox.world import World

FIRST_ACK = 112_610_000_000_000
ANSWERED = ("AckNo", "AckDt", "Irn", "SignedInvoice", "SignedQRCode", "Status")


class NotTaken(Exception):
    """The portal refuses; `errors` are its codes and words, `known` what it has of the document already."""

    def __init__(self, errors: list[rules.Error], known: Doc | None = None) -> None:
        super().__init__(errors)
        self.errors, self.known = errors, known


def register(world: World, body: Any, gstin: str) -> Doc:
    """Register a document and return what is kept of it. Needs a unit. Raises NotTaken."""
    at = datetime.fromtimestamp(world.clock.now(), INDIA)
    number = body["DocDtls"]["No"] if _has_number(body) else ""
    effects = {effect["kind"]: effect for effect in faults.take(world, "einvoice", document=number)}
    if refusal := effects.get("refuse"):
        raise NotTaken([(refusal["code"], refusal.get("reason", "Refused by a fault"))])
    if errors := rules.wrong(body, gstin=gstin, today=at.date()):
        raise NotTaken(errors)
    irn = number_of(gstin, body)
    if known := world.store.get("einvoice", irn):
        raise NotTaken([("2150", "Duplicate IRN")], known)
    signer = signing.make() if "forged" in effects else signing.key(world)
    total = body["ValDtls"]["TotInvVal"] + (1 if "differs" in effects else 0)
    ack: Doc = {
        "AckNo": FIRST_ACK + world.store.count_up("einvoice"),
        "AckDt": f"{at:%Y-%m-%d %H:%M:%S}",
        "Irn": irn,
    }
    kept = {
        "id": irn,
        **ack,
        "SignedInvoice": signing.token(ack | body, signer),
        "SignedQRCode": signing.token(_qr(body, irn, ack["AckDt"], total), signer),
        "Status": "ACT",
        "document": number,
        "total": body["ValDtls"]["TotInvVal"],
        "created_at": world.clock.now(),
    }
    document = body["DocDtls"]
    return world.store.put(
        "einvoice", kept, parent=gstin, lookup=key_of(document["Typ"], number, document["Dt"])
    )


def find(world: World, gstin: str, kind: str, number: str, on: str) -> Doc:
    """Return what is kept of a document. Raises NotTaken."""
    found = world.store.find("einvoice", parent=gstin, lookup=key_of(kind, number, on), limit=1)
    if not found:
        raise NotTaken([("2148", "Requested IRN data is not available")])
    return found[0]


def cancel(world: World, kept: Doc) -> Doc:
    """Cancel an IRN, as somebody at the portal may within a day; its number is burnt."""
    return world.store.put("einvoice", kept | {"Status": "CNL"})


def number_of(gstin: str, body: Doc) -> str:
    """Return the IRN: a hash over seller, financial year, type and number."""
    document = body["DocDtls"]
    words = gstin + rules.year(rules.day(document["Dt"])) + document["Typ"] + document["No"].upper()
    return hashlib.sha256(words.encode()).hexdigest()


def key_of(kind: str, number: str, on: str) -> str:
    return f"{kind} {number} {on}"


def answer(kept: Doc) -> Doc:
    """Return what the portal tells of a registered document."""
    return {name: kept[name] for name in ANSWERED}


def _has_number(body: Any) -> bool:
    document = body.get("DocDtls") if isinstance(body, dict) else None
    return isinstance(document, dict) and isinstance(document.get("No"), str)


def _qr(body: Doc, irn: str, at: str, total: float) -> Doc:
    items = body["ItemList"]
    return {
        "SellerGstin": body["SellerDtls"]["Gstin"],
        "BuyerGstin": body["BuyerDtls"]["Gstin"],
        "DocNo": body["DocDtls"]["No"],
        "DocTyp": body["DocDtls"]["Typ"],
        "DocDt": body["DocDtls"]["Dt"],
        "TotInvVal": total,
        "ItemCnt": len(items),
        "MainHsnCode": max(items, key=lambda item: item["AssAmt"])["HsnCd"],
        "Irn": irn,
        "IrnDt": at,
    }
