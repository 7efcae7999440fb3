"""Payment links: created → partially_paid → paid; or expired, or cancelled while nothing was paid. Amounts are paise.

The link's order is made when somebody opens it. One that takes parts says how small the first may be.
"""

from typing import Any
from urllib.parse import urlencode

from sandbox import events, keys, orders, payment_link_form, short_links
from sandbox.errors import wrong_state
from sandbox.signing import sign
from sandbox.store import Doc
from sandbox.world import World

FIELDS = (
    *("amount", "currency", "description", "accept_partial", "first_min_partial_amount", "expire_by"),
    *(
        "reference_id",
        "customer",
        "notify",
        "reminder_enable",
        "callback_url",
        "callback_method",
        "upi_link",
        "notes",
    ),
)
CHANGEABLE = ("reference_id", "expire_by", "reminder_enable", "accept_partial", "notes")
SOONEST, LATEST = (
    15 * 60,
    184 * 86400,
)  # seconds ahead that a link may expire; without a word about it the latter
OPEN = ("created", "partially_paid")


def create(world: World, body: Doc) -> Doc:
    """Make a link and send it where the merchant wants. Raises Refused."""
    now = world.clock.seconds()
    link = {
        "id": world.ids.new("plink"),
        "amount_paid": 0,
        "currency": "INR",
        "status": "created",
        "order_id": None,
        "payments": None,
        "reminders": [],
        **payment_link_form.read(world, body),
        "expired_at": 0,
        "cancelled_at": 0,
        "created_at": now,
        "updated_at": now,
        "user_id": "",
    }
    link["short_url"] = short_links.shorten(world, "payment_link", link["id"])
    world.store.put("payment_link", link, lookup=link["reference_id"] or None)
    _watch(world, link)
    for medium, person in short_links.MEDIA.items():
        if link["notify"].get(medium) and link["customer"].get(person):
            notify(world, link, medium)
    return link


def _watch(world: World, link: Doc) -> None:
    world.store.add_timer(link["_expires_at"], "link_expire", link["id"])
    world.soon()


def _put(world: World, link: Doc, **change: Any) -> Doc:
    return world.store.put("payment_link", link | change | {"updated_at": world.clock.seconds()})


def edit(world: World, link: Doc, body: Doc) -> Doc:
    """Change what may be changed of a link that is not over. Raises Refused."""
    change = payment_link_form.read_change(world, link, body)
    if link["status"] not in OPEN:
        raise wrong_state(f"The payment link is {link['status']} and cannot be changed.")
    changed = _put(world, link, **change)
    world.store.relabel("payment_link", link["id"], parent=None, lookup=changed["reference_id"] or None)
    if "expire_by" in body:
        _watch(world, changed)
    order = world.store.get("order", link["order_id"] or "")
    if order:
        world.store.put("order", order | {"_partial": changed["accept_partial"]})
    return changed


def cancel(world: World, link: Doc) -> Doc:
    """Raises Refused for a link on which something was paid, or that is over."""
    if link["status"] != "created":
        raise wrong_state(f"The payment link is {link['status']} and cannot be cancelled.")
    link = _put(world, link, status="cancelled", cancelled_at=world.clock.seconds())
    events.emit(world, "payment_link.cancelled", payment_link=link)
    return link


def expire(world: World, link_id: str) -> None:
    """End a link on which nothing was paid in its time; one whose time was moved waits for that."""
    link = world.store.get("payment_link", link_id)
    if link is None or link["status"] != "created" or world.clock.now() < link["_expires_at"]:
        return
    link = _put(world, link, status="expired", expired_at=world.clock.seconds())
    events.emit(world, "payment_link.expired", payment_link=link)


def notify(world: World, link: Doc, medium: str) -> None:
    """Send the link. Raises Refused."""
    words = f"You are asked to pay {link['description'] or link['reference_id'] or 'a bill'}."
    short_links.notify(world, medium, link["customer"], words, link["short_url"])


def order_of(world: World, link: Doc) -> Doc:
    """Return the link's order, made at the first time. Needs a unit."""
    order = world.store.get("order", link["order_id"] or "")
    if order:
        return order
    order = orders.make(
        world,
        amount=link["amount"],
        receipt=link["reference_id"] or None,
        notes=link["notes"] or {},
        _partial=link["accept_partial"],
        _link_id=link["id"],
    )
    _put(world, link, order_id=order["id"])
    return order


def take_in(world: World, payment: Doc, order: Doc) -> None:
    """Count a captured payment, and tell."""
    link = world.store.get("payment_link", order["_link_id"])
    assert link is not None
    line = {"payment_id": payment["id"]}
    line |= {name: payment[name] for name in ("amount", "status", "method", "created_at")}
    link = _put(
        world,
        link,
        amount_paid=order["amount_paid"],
        status="paid" if order["status"] == "paid" else "partially_paid",
        payments=[*(link["payments"] or []), line],
    )
    event = f"payment_link.{link['status']}"
    events.emit(world, event, payment_link=link, order=inner_order(link, order), payment=payment)


def inner_order(link: Doc, order: Doc) -> Doc:
    """Return the order as this service prints it: ids without their prefix, and its own fields."""
    names = (
        "amount",
        "amount_paid",
        "amount_due",
        "currency",
        "receipt",
        "status",
        "attempts",
        "notes",
        "created_at",
    )
    shown = {name: order[name] for name in names}
    product = {"product_type": "payment_link_v2", "product_id": link["id"].removeprefix("plink_")}
    internal = {
        "merchant_id": "Sandbox0000001",
        "payment_capture": True,
        "partial_payment": link["accept_partial"],
    }
    return {"id": order["id"].removeprefix("order_"), **shown, **product, **internal}


def return_fields(world: World, link: Doc, payment: Doc) -> dict[str, str]:
    """Return the signed query that a payer carries to the merchant."""
    signed = f"{link['id']}|{link['reference_id']}|{link['status']}|{payment['id']}"
    return {
        "razorpay_payment_id": payment["id"],
        "razorpay_payment_link_id": link["id"],
        "razorpay_payment_link_reference_id": link["reference_id"],
        "razorpay_payment_link_status": link["status"],
        "razorpay_signature": sign(keys.active(world)["secret"], signed.encode()),
    }


def return_address(world: World, link_id: str, payment: Doc) -> str:
    """Return the merchant's address with the signed query."""
    link = world.store.get("payment_link", link_id)
    assert link is not None
    url = str(link["callback_url"])
    return f"{url}{'&' if '?' in url else '?'}{urlencode(return_fields(world, link, payment))}"
