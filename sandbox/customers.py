"""Customers of the merchant: who mandates belong to. Two with the same phone and e-mail are one here.

The account decides what "the same" is (switch `same_customer`): phone *and* e-mail, or either of them.
"""

import re
from typing import Any

from sandbox import checks
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.world import World

FIELDS = ("name", "contact", "email", "gstin", "notes")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 '\-._()@/]*[A-Za-z0-9.)]")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
ALREADY = "Customer already exists for the merchant."


def create(world: World, body: Doc) -> Doc:
    """Make a customer, or answer with the same one when `fail_existing` is 0; 1 is the default. Raises Refused."""
    checks.only(body, (*FIELDS, "fail_existing"))
    fail_existing = checks.flag(body, "fail_existing") is not False
    if body.get("name") is None:
        raise Refused("The name field is required.", field="name")
    facts = read(body)
    earlier = same(world, facts)
    if earlier and fail_existing:
        raise Refused(ALREADY)
    if earlier:
        return earlier
    customer = {"id": world.ids.new("cust"), "entity": "customer", **facts}
    return _keep(world, customer | {"created_at": world.clock.seconds()})


def edit(world: World, customer: Doc, body: Doc) -> Doc:
    """Change what is given. Raises Refused, also when another customer is like this already."""
    checks.only(body, FIELDS)
    changed = customer | read(customer | body)
    twin = same(world, changed)
    if twin and twin["id"] != customer["id"]:
        raise Refused(ALREADY)
    return _keep(world, changed)


def _keep(world: World, customer: Doc) -> Doc:
    """Write the customer; its e-mail and contact are how the next one like it is found."""
    keys = (_email_key(customer), customer["contact"])
    world.store.put("customer", customer, parent=keys[0], lookup=keys[1])
    world.store.relabel("customer", customer["id"], parent=keys[0], lookup=keys[1])
    return customer


def _email_key(facts: Doc) -> str | None:
    return facts["email"].lower() if facts["email"] else None


def same(world: World, facts: Doc) -> Doc | None:
    """Return the customer that the gateway takes for the same one, the oldest first."""
    email, contact = _email_key(facts), facts["contact"]
    found = world.store.find("customer", parent=email) if email else []
    found += world.store.find("customer", lookup=contact) if contact else []
    if world.switch("same_customer") == "contact_and_email":
        found = [other for other in found if (_email_key(other), other["contact"]) == (email, contact)]
    return min(reversed(found), key=lambda other: other["created_at"], default=None)


def read(body: Doc) -> Doc:
    """Return the checked fields of a customer."""
    return {
        "name": _name(body.get("name")),
        "email": _email(body.get("email")),
        "contact": _contact(body.get("contact")),
        "gstin": _gstin(body.get("gstin")),
        "notes": checks.notes(body.get("notes")),
    }


def _name(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) < 3:
        raise Refused("The name must be at least 3 characters.", field="name")
    if len(value) > 50:
        raise Refused("The name may not be greater than 50 characters.", field="name")
    if not NAME.fullmatch(value):
        raise Refused("The name format is invalid.", field="name")
    return value


def _email(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise Refused("The email must be a valid email address.", field="email")
    if len(value) > 64:
        raise Refused("The email may not be greater than 64 characters.", field="email")
    return value


def _contact(value: Any) -> str | None:
    if value in (None, ""):
        return None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9+]+", text):
        raise Refused(
            "Contact number contains invalid characters, only digits and + symbol are allowed",
            field="contact",
        )
    if len(text.replace("+", "")) < 8:
        raise Refused("Contact number should be at least 8 digits, including country code", field="contact")
    if len(text) > 15:
        raise Refused(
            "Contact number should not be greater than 15 digits, including country code", field="contact"
        )
    return text


def _gstin(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Z]{15}", value):
        raise Refused("The gstin field is invalid.", field="gstin")
    return value
