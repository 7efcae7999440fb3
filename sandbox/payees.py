"""Who asked for an order's money, and hears of it: a payment link, or a registration link's invoice."""

from sandbox import invoices, payment_links
from sandbox.store import Doc
from sandbox.world import World


def tell(world: World, payment: Doc, order: Doc) -> None:
    """Tell of a captured payment."""
    if order.get("_link_id"):
        payment_links.take_in(world, payment, order)
    if order.get("_invoice_id"):
        invoices.take_in(world, payment, order)
