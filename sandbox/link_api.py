"""The API of payment links and registration links: one row a call.

The service of payment links is another one inside the gateway: its errors say less.
"""

import functools

from sandbox import checks, invoices, payment_links
from sandbox.entities import collection, load, public
from sandbox.errors import Refused
from sandbox.http import Call, Handler
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")


def terse(handler: Handler) -> Handler:
    """Have refusals without source, step and reason, and with an empty list for metadata."""

    @functools.wraps(handler)
    def handle(world: World, call: Call) -> Doc:
        try:
            return handler(world, call)
        except Refused as refusal:
            refusal.body["error"] |= {"source": None, "step": None, "reason": None, "metadata": []}
            raise

    return handle


def create_link(world: World, call: Call) -> Doc:
    return public(payment_links.create(world, call.body))


def of(world: World, call: Call) -> Doc:
    return load(world, "payment_link", call.path["id"])


def fetch_link(world: World, call: Call) -> Doc:
    return public(of(world, call))


def list_links(world: World, call: Call) -> Doc:
    """Return one page, newest first, by `reference_id` and by `payment_id`."""
    checks.only(call.query, (*PAGE, "reference_id", "payment_id"))
    page = checks.page(call.query)
    reference, payment = call.query.get("reference_id"), call.query.get("payment_id")
    found = world.store.find("payment_link", lookup=reference, since=page.since, until=page.until)
    if payment:
        found = [link for link in found if payment in [line["payment_id"] for line in link["payments"] or []]]
    return {"payment_links": [public(link) for link in found[page.skip : page.skip + page.limit]]}


def edit_link(world: World, call: Call) -> Doc:
    return public(payment_links.edit(world, of(world, call), call.body))


def cancel_link(world: World, call: Call) -> Doc:
    return public(payment_links.cancel(world, of(world, call)))


def notify_link(world: World, call: Call) -> Doc:
    payment_links.notify(world, of(world, call), call.path["medium"])
    return {"success": True}


def create_registration_link(world: World, call: Call) -> Doc:
    return public(invoices.create(world, call.body))


def fetch_invoice(world: World, call: Call) -> Doc:
    return public(load(world, "invoice", call.path["id"]))


def list_invoices(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    return collection(world.store.find("invoice", **checks.page(call.query).as_query()))


def cancel_invoice(world: World, call: Call) -> Doc:
    return public(invoices.cancel(world, load(world, "invoice", call.path["id"])))


def notify_invoice(world: World, call: Call) -> Doc:
    invoices.notify(world, load(world, "invoice", call.path["id"]), call.path["medium"])
    return {"success": True}


CALLS = (
    ("POST", "/v1/payment_links", terse(create_link)),
    ("GET", "/v1/payment_links", terse(list_links)),
    ("GET", "/v1/payment_links/{id}", terse(fetch_link)),
    ("PATCH", "/v1/payment_links/{id}", terse(edit_link)),
    ("POST", "/v1/payment_links/{id}/cancel", terse(cancel_link)),
    ("POST", "/v1/payment_links/{id}/notify_by/{medium}", terse(notify_link)),
    ("POST", "/v1/subscription_registration/auth_links", create_registration_link),
    ("GET", "/v1/invoices", list_invoices),
    ("GET", "/v1/invoices/{id}", fetch_invoice),
    ("POST", "/v1/invoices/{id}/cancel", cancel_invoice),
    ("POST", "/v1/invoices/{id}/notify_by/{medium}", notify_invoice),
)
