"""Steer payment links: pay one without its page."""

from sandbox import paying, payment_links
from sandbox.control.steer import ControlRefused, Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def pay_link(steer: Steer) -> Doc:
    """Body: as for an order; `amount` is a part, where the link takes parts. `return` is the signed query."""
    world, link = steer.world, load(steer.world, "payment_link", steer.id)
    if link["status"] not in payment_links.OPEN:
        raise ControlRefused(f"the link is {link['status']}")
    payment = paying.pay(world, payment_links.order_of(world, link), steer.body)
    link = load(world, "payment_link", steer.id)
    succeeded = payment["status"] == "captured"
    return {
        "payment": public(payment),
        "return": payment_links.return_fields(world, link, payment) if succeeded else {},
    }
