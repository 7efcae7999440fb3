"""How documents look from outside: without our own keys, empty notes as `[]`, lists as collections."""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.errors import UNKNOWN_ID, Refused
from sandbox.store import Doc
from sandbox.world import World

KINDS = {"order": "order", "payment": "pay", "refund": "rfnd", "card": "card"}
KINDS |= {"customer": "cust", "token": "token", "invoice": "inv", "payment_link": "plink"}
KINDS |= {"virtual_account": "va", "dispute": "disp", "document": "doc", "downtime": "down", "qr_code": "qr"}
KINDS |= {"settlement": "setl"}


def public(doc: Doc) -> Doc:
    """Return the entity as the gateway prints it."""
    shown = {key: value for key, value in doc.items() if not key.startswith("_")}
    if shown.get("notes") == {}:
        shown["notes"] = []
    return shown


def collection(docs: Iterable[Doc]) -> Doc:
    items = [public(doc) for doc in docs]
    return {"entity": "collection", "count": len(items), "items": items}


def load(world: World, kind: str, doc_id: Any) -> Doc:
    """Return the document. Raises Refused for a wrong shape and for an unknown id."""
    if not re.fullmatch(rf"{KINDS[kind]}_[A-Za-z0-9]{{14}}", str(doc_id)):
        raise Refused(f"{doc_id} is not a valid id")
    doc = world.store.get(kind, doc_id)
    if doc is None:
        raise Refused(UNKNOWN_ID)
    return doc
