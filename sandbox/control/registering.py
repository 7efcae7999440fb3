"""Steer the e-invoice portal: what is registered, and cancelling it there."""

from sandbox.control.steer import Steer, one
from sandbox.einvoice import registry
from sandbox.store import Doc


def list_einvoices(steer: Steer) -> Doc:
    """Query: `document`, `count`. Newest first."""
    found = steer.world.store.find("einvoice")
    if "document" in steer.query:
        found = [kept for kept in found if kept["document"] == steer.query["document"]]
    return {"items": found[: steer.number("count", 1000)]}


def cancel_einvoice(steer: Steer) -> Doc:
    """Cancel the IRN, as somebody may at the portal's own page."""
    return registry.cancel(steer.world, one(steer, "einvoice"))
