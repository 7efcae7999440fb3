"""Orders: what is to be paid, once. `created` → `attempted` → `paid`, and `paid` is final."""

from typing import Any

from sandbox import checks, notifications, registration
from sandbox.entities import load
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.world import World

FIELDS = (
    "amount",
    "currency",
    "receipt",
    "unique_receipt",
    "notes",
    "partial_payment",
    "first_payment_min_amount",
    "payment_capture",
    "payment",
    "customer_id",
    "checkout_config_id",
    "method",
    "token",
    "notification",
)
MINIMUM = 100  # paise
AUTOMATIC = {"automatic": True, "automatic_minutes": None, "manual_minutes": None}
AUTOMATIC_EXPIRY_FROM, MANUAL_EXPIRY_UP_TO = 12, 7200  # minutes


def create(world: World, body: Doc) -> Doc:
    """Make an order, or return or refuse the one with this receipt, as the account is set."""
    checks.only(body, FIELDS)
    asked = _read(world, body)
    earlier = _same_receipt(world, asked["receipt"], unique=bool(checks.flag(body, "unique_receipt")))
    return earlier or make(world, **asked)


def _read(world: World, body: Doc) -> Doc:
    """Return the checked fields. Raises Refused."""
    mandate = registration.read(world, body)
    amount = 0 if registration.is_free(mandate) else payable(world, body)
    _currency(body)
    receipt = checks.receipt(body.get("receipt"))
    notes = checks.notes(body.get("notes"))
    capture = _capture(body)
    _partial(body, amount)
    customer = customer_of(world, body)
    return {
        "amount": amount,
        "receipt": receipt,
        "notes": notes,
        "_capture": capture,
        "_customer_id": customer,
        "_mandate": mandate,
        "_announces": notifications.read(world, body),
    }


def make(world: World, **asked: Any) -> Doc:
    """Make an order of what `asked` says: `amount` in paise, and any other of its fields."""
    order = {
        "id": world.ids.new("order"),
        "entity": "order",
        "amount": 0,
        "amount_paid": 0,
        "amount_due": asked["amount"],
        "currency": "INR",
        "receipt": None,
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": {},
        "created_at": world.clock.seconds(),
        "_capture": AUTOMATIC,
        "_mandate": None,
        "_announces": None,
        "_partial": False,
    } | asked
    if order["_mandate"]:
        order["token"] = registration.token_of(world, order["id"], order["_mandate"])
    if order["_announces"]:
        note = notifications.send(world, order["id"], order["_announces"])
        order["notification"] = notifications.shown(note)
    return world.store.put("order", order, lookup=order["receipt"])


def customer_of(world: World, body: Doc) -> str | None:
    """Return the id of the order's customer. Raises Refused for one that does not exist."""
    customer_id = body.get("customer_id")
    return load(world, "customer", customer_id)["id"] if customer_id is not None else None


def payable(world: World, body: Doc) -> int:
    """Return the amount in paise that somebody may be asked for. Raises Refused."""
    amount = checks.whole(body, "amount")
    if amount < MINIMUM:
        raise Refused(
            "Order amount less than minimum amount allowed",
            field="amount",
            step="order_creation",
            reason="amount_less_than_minimum_amount",
        )
    if amount > world.switch("max_amount"):
        raise Refused("Amount exceeds maximum amount allowed.", field="amount")
    return amount


def _currency(body: Doc) -> None:
    if body.get("currency") is None:
        raise Refused("currency: is required.", field="currency")
    if body["currency"] != "INR":
        raise Refused("currency: validation_failure: BAD_REQUEST_INVALID_CURRENCY.", field="currency")


def _partial(body: Doc, amount: int) -> None:
    partial = checks.flag(body, "partial_payment")
    if body.get("first_payment_min_amount") is not None:
        least = checks.whole(body, "first_payment_min_amount")
        if not partial:
            raise Refused(
                "first_payment_min_amount is/are not required and should not be sent",
                reason="extra_field_sent",
            )
        if not MINIMUM <= least <= amount:
            raise Refused("The first_payment_min_amount is not valid.", field="first_payment_min_amount")


def _capture(body: Doc) -> Doc:
    """Return {"automatic": bool, "automatic_minutes", "manual_minutes": int or None}."""
    automatic = checks.flag(body, "payment_capture")
    payment = body.get("payment")
    options: Any = {}
    if payment is not None:
        if not isinstance(payment, dict):
            raise Refused("The payment must be an array.", field="payment")
        checks.only(payment, ("capture", "capture_options"))
        if payment.get("capture") not in ("automatic", "manual"):
            raise Refused("The capture must be automatic or manual.", field="payment.capture")
        automatic = payment["capture"] == "automatic"
        options = payment.get("capture_options") or {}
    return {"automatic": automatic is not False, **_capture_options(options)}


def _capture_options(options: Any) -> Doc:
    if not isinstance(options, dict):
        raise Refused("The capture_options must be an array.", field="payment.capture_options")
    checks.only(options, ("automatic_expiry_period", "manual_expiry_period", "refund_speed"))
    minutes = {}
    for name in ("automatic_expiry_period", "manual_expiry_period"):
        value = checks.whole(options, name) if options.get(name) is not None else None
        if value is not None and not AUTOMATIC_EXPIRY_FROM <= value <= MANUAL_EXPIRY_UP_TO:
            raise Refused(f"The {name} must be between 12 and 7200.", field=name)
        minutes[name] = value
    if options.get("refund_speed", "normal") not in ("normal", "optimum"):
        raise Refused("The selected speed is invalid.", field="refund_speed")
    return {
        "automatic_minutes": minutes["automatic_expiry_period"],
        "manual_minutes": minutes["manual_expiry_period"],
    }


def _same_receipt(world: World, receipt: str | None, *, unique: bool) -> Doc | None:
    """Return the order that a repeated receipt answers with; None = make a new one."""
    earlier = world.store.find("order", lookup=receipt, limit=1) if receipt else []
    if not earlier:
        return None
    behaviour = world.switch("unique_receipt" if unique else "repeated_receipt")
    if behaviour == "reject":
        raise Refused("Order receipt should be unique.", field="receipt", step="order_creation")
    return earlier[0] if behaviour == "same" else None


def edit(world: World, order: Doc, body: Doc) -> Doc:
    """Change the notes; nothing else of an order can change."""
    checks.only(body, ("notes",))
    if "notes" not in body:
        raise Refused("notes: is required.", field="notes")
    return world.store.put("order", order | {"notes": checks.notes(body["notes"])})


def listing(world: World, query: Doc) -> list[Doc]:
    """Return one page, newest first, by `receipt` and by `authorized` (1 = has an authorised payment)."""
    page = checks.page(query)
    if "authorized" not in query:
        return world.store.find("order", lookup=query.get("receipt"), **page.as_query())
    if query["authorized"] not in ("0", "1"):
        raise Refused("The authorized must be 0 or 1.", field="authorized")
    wanted = query["authorized"] == "1"
    found = world.store.find("order", lookup=query.get("receipt"), since=page.since, until=page.until)
    chosen = [order for order in found if has_authorised(world, order) == wanted]
    return chosen[page.skip : page.skip + page.limit]


def has_authorised(world: World, order: Doc) -> bool:
    attempts = world.store.find("payment", parent=order["id"])
    return any(payment["status"] == "authorized" for payment in attempts)
