"""What a merchant's checkout form asked for, checked and kept."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox import keys
from sandbox.mandates import terms_of
from sandbox.store import Doc
from sandbox.world import World

WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:[/?#][^\s\x00-\x1f]*)?")


MERCHANT = "The merchant"
BLANK: Doc = {
    "key_id": "",
    "customer_id": "",
    "name": MERCHANT,
    "description": "",
    "email": "",
    "contact": "",
    "person": "",
    "method": "",
    "notes": {},
    "callback_url": "",  # where the result is posted
    "cancel_url": "",
    "return_url": "",  # where a paid link goes, by GET
    "link_id": "",
    "amount": None,  # paise, when it is a part of the order
    "mode": "page",
    "origin": "",
}


class SessionRefused(Exception):
    """A checkout that cannot open; its text is shown to the payer."""


def open_session(world: World, form: Mapping[str, Any]) -> Doc:
    """Open a checkout. Raises SessionRefused."""
    key_id = text(form, "key_id") or text(form, "key")
    if keys.alive(world, key_id) is None:
        raise SessionRefused("The api key provided is invalid")
    order = world.store.get("order", text(form, "order_id"))
    if order is None:
        raise SessionRefused("The id provided does not exist")
    refuse_mandate(order, text(form, "customer_id"), text(form, "recurring"))
    mode = "modal" if text(form, "mode") == "modal" else "page"
    addresses = {name: web_address(form, name) for name in ("callback_url", "cancel_url")}
    if mode == "page" and not addresses["callback_url"]:
        raise SessionRefused("The callback_url field is required.")
    return keep(
        world,
        order,
        key_id=key_id,
        customer_id=text(form, "customer_id"),
        name=text(form, "name") or MERCHANT,
        description=text(form, "description"),
        **prefilled(form),
        notes=bracketed(form, "notes"),
        **addresses,
        mode=mode,
        origin=origin(web_address(form, "origin")),
    )


def prefilled(form: Mapping[str, Any]) -> dict[str, str]:
    names = {"email": "email", "contact": "contact", "person": "name", "method": "method"}
    return {ours: text(form, f"prefill[{theirs}]") for ours, theirs in names.items()}


def keep(world: World, order: Doc, **fields: Any) -> Doc:
    """Keep a checkout of the order with these fields; the others are blank."""
    session = {"id": world.ids.new("sess"), "order_id": order["id"], "created_at": world.clock.seconds()}
    return world.store.put("session", BLANK | session | fields, parent=order["id"])


def due(session: Doc, order: Doc) -> int:
    """Return what the payer pays here, in paise: what the order needs, or the part chosen of it."""
    rest = int(order["amount_due"] or order["amount"])
    return min(int(session.get("amount") or rest), rest)


def refuse_mandate(order: Doc, customer_id: str, recurring: str) -> None:
    """Refuse to open a registration order as a plain payment, or for somebody else. Raises SessionRefused."""
    if not terms_of(order):
        return
    if recurring not in ("1", "true", "preferred"):
        raise SessionRefused("The recurring field is required for a registration order.")
    if customer_id != order["_customer_id"]:
        raise SessionRefused("The customer_id is not the order's.")


def text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:512] if isinstance(value, str) else ""


def bracketed(form: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return `notes[a]=b` fields as {"a": "b"}, at most 15."""
    found: dict[str, str] = {}
    for key, value in form.items():
        match = re.fullmatch(rf"{name}\[(.+)\]", key)
        if match and isinstance(value, str) and len(found) < 15:
            found[match[1]] = value[:256]
    return found


def web_address(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name, "")
    if not value:
        return ""
    if not isinstance(value, str) or not WEB_ADDRESS.fullmatch(value):
        raise SessionRefused(f"The {name} is not a web address.")
    return value


def origin(url: str) -> str:
    """Return scheme, host and port of an address, as a content security policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if url else ""


def payer(session: Doc) -> Doc:
    return {name: session[name] for name in ("email", "contact", "description", "notes")}


def secret(world: World, session: Doc) -> str:
    """Return the secret that signs for the session: its key's, or the present one after a rotation."""
    key = keys.alive(world, session["key_id"]) if session["key_id"] else None
    key = key or keys.active(world)
    return str(key["secret"])
