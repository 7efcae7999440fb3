"""Registration links: an invoice that asks a customer to approve a mandate, sent by the gateway.

States: issued → paid, cancelled or expired. Behind it stands a registration order as checkout knows it.
"""

from typing import Any

from sandbox import checks, customers, events, orders, short_links
from sandbox.errors import Refused, wrong_state
from sandbox.store import Doc
from sandbox.world import World

FIELDS = (
    *("customer", "type", "amount", "currency", "description", "subscription_registration", "receipt"),
    *("email_notify", "sms_notify", "expire_by", "notes"),
)
SOONEST = 15 * 60  # seconds ahead that it may expire


def create(world: World, body: Doc) -> Doc:
    """Make invoice, order and, where he is new, customer; send the link. Raises Refused."""
    checks.only(body, FIELDS)
    if body.get("type") != "link":
        raise Refused("The type must be link.", field="type")
    terms: Any = body.get("subscription_registration")
    if not isinstance(terms, dict) or not terms.get("method"):
        raise Refused("The subscription_registration field is required.", field="subscription_registration")
    expire_by = _expire_by(world, body)
    media = [medium for medium in ("sms", "email") if checks.flag(body, f"{medium}_notify") is not False]
    person = short_links.customer(body.get("customer"))
    customer = customers.create(world, person | {"fail_existing": "0"})
    order = orders.create(
        world,
        {
            **{name: body.get(name) for name in ("amount", "currency", "receipt", "notes")},
            "method": terms["method"],
            "customer_id": customer["id"],
            "token": {name: value for name, value in terms.items() if name != "method"},
        },
    )
    invoice = make(world, body, customer, order, expire_by)
    for medium in media:
        if person.get(short_links.MEDIA[medium]):
            invoice = notify(world, invoice, medium)
    return invoice


def make(world: World, body: Doc, customer: Doc, order: Doc, expire_by: int | None) -> Doc:
    now = world.clock.seconds()
    invoice = {
        "id": world.ids.new("inv"),
        "entity": "invoice",
        "receipt": order["receipt"],
        "invoice_number": order["receipt"],
        "customer_id": customer["id"],
        "customer_details": details(customer),
        "order_id": order["id"],
        "line_items": [],
        "payment_id": None,
        "status": "issued",
        "expire_by": expire_by,
        "issued_at": now,
        **dict.fromkeys(("paid_at", "cancelled_at", "expired_at", "sms_status", "email_status")),
        "date": now,
        "terms": None,
        "partial_payment": False,
        **dict.fromkeys(("gross_amount", "taxable_amount", "amount", "amount_due"), order["amount"]),
        **dict.fromkeys(("tax_amount", "amount_paid"), 0),
        "currency": "INR",
        "currency_symbol": "₹",
        "description": body.get("description"),
        "notes": order["notes"],
        "comment": None,
        "view_less": True,
        **dict.fromkeys(("billing_start", "billing_end")),
        "type": "link",
        "group_taxes_discounts": False,
        "created_at": now,
        "idempotency_key": None,
    }
    invoice["short_url"] = short_links.shorten(world, "invoice", invoice["id"])
    world.store.put("invoice", invoice)
    world.store.put("order", order | {"_invoice_id": invoice["id"]})
    if expire_by:
        world.store.add_timer(expire_by, "invoice_expire", invoice["id"])
        world.soon()
    return invoice


def _expire_by(world: World, body: Doc) -> int | None:
    if not body.get("expire_by"):
        return None
    at = checks.whole(body, "expire_by")
    if not world.clock.now() + SOONEST <= at <= checks.LATEST:
        raise Refused("expire_by should be at least 15 minutes after current time", field="expire_by")
    return at


def details(customer: Doc) -> Doc:
    """Return the customer as an invoice prints him, the contact without its country."""
    contact = (customer["contact"] or "").removeprefix("+91") or None
    facts = {"name": customer["name"], "email": customer["email"], "contact": contact}
    addresses = dict.fromkeys(("billing_address", "shipping_address"))
    again = {f"customer_{name}": value for name, value in facts.items()}
    return {"id": customer["id"], **facts, "gstin": customer["gstin"], **addresses, **again}


def notify(world: World, invoice: Doc, medium: str) -> Doc:
    """Send the link to the customer. Raises Refused."""
    customer = world.store.get("customer", invoice["customer_id"]) or {}
    words = (
        f"You are asked to approve auto-pay: {invoice['description'] or invoice['receipt'] or invoice['id']}."
    )
    short_links.notify(world, medium, customer, words, invoice["short_url"])
    return world.store.put("invoice", invoice | {f"{medium}_status": "sent"})


def cancel(world: World, invoice: Doc) -> Doc:
    """Raises Refused when it is over."""
    if invoice["status"] != "issued":
        raise wrong_state(f"Operation not allowed for Invoice in {invoice['status']} status.")
    change = {"status": "cancelled", "cancelled_at": world.clock.seconds()}
    return world.store.put("invoice", invoice | change)


def expire(world: World, invoice_id: str) -> None:
    invoice = world.store.get("invoice", invoice_id)
    if invoice and invoice["status"] == "issued":
        change = {"status": "expired", "expired_at": world.clock.seconds()}
        events.emit(world, "invoice.expired", invoice=world.store.put("invoice", invoice | change))


def take_in(world: World, payment: Doc, order: Doc) -> None:
    """The customer approved: the registration payment is captured."""
    invoice = world.store.get("invoice", order["_invoice_id"])
    if invoice is None or order["status"] != "paid":
        return
    change = {"status": "paid", "paid_at": world.clock.seconds(), "payment_id": payment["id"]}
    invoice |= change | {"amount_paid": order["amount_paid"], "amount_due": 0}
    world.store.put("invoice", invoice)
    events.emit(world, "invoice.paid", payment=payment, order=order, invoice=invoice)
