"""QR codes for UPI: `active` → `closed`, once paid, by the merchant's wish, or when their time is up. Paise.

A payment by one has no order. What is paid to a closed code goes back.
"""

from typing import Any

from sandbox import checks, events, received, refunds
from sandbox.errors import UNKNOWN_ID, Refused
from sandbox.store import Doc
from sandbox.world import World

FIELDS = (
    "type",
    "usage",
    "fixed_amount",
    "payment_amount",
    "name",
    "description",
    "customer_id",
    "close_by",
    "notes",
)
USAGES = ("single_use", "multiple_use")
SINGLE_USE_LIVES, CLOSE_BY_FROM = 2 * 3600, 120  # virtual seconds
MINIMUM = 100  # paise


def create(world: World, body: Doc) -> Doc:
    """Make a code. Raises Refused."""
    checks.only(body, FIELDS)
    if body.get("type") != "upi_qr":
        raise Refused("The selected type is invalid.", field="type")
    if body.get("usage") not in USAGES:
        raise Refused("The selected usage is invalid.", field="usage")
    customer = body.get("customer_id")
    if customer is not None and world.store.get("customer", str(customer)) is None:
        raise Refused(UNKNOWN_ID)
    code = {
        "id": world.ids.new("qr"),
        "entity": "qr_code",
        "created_at": world.clock.seconds(),
        **_texts(body),
        "usage": body["usage"],
        "type": "upi_qr",
        **_amount(body),
        "status": "active",
        "payments_amount_received": 0,
        "payments_count_received": 0,
        "notes": checks.notes(body.get("notes")),
        "customer_id": customer,
        "close_by": _close_by(world, body),
        "closed_at": None,
        "close_reason": None,
    }
    code["image_url"] = f"{world.public_url}/qr/{code['id']}.png"
    if code["close_by"]:
        world.store.add_timer(code["close_by"], "qr_code_end", code["id"])
        world.soon()
    return _tell(world, code, "created")


def _texts(body: Doc) -> Doc:
    for name in ("name", "description"):
        value = body.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= 255):
            raise Refused(f"The {name} may not be greater than 255 characters.", field=name)
    return {"name": body.get("name"), "description": body.get("description")}


def _amount(body: Doc) -> Doc:
    is_fixed = bool(checks.flag(body, "fixed_amount"))
    if is_fixed and checks.whole(body, "payment_amount") < MINIMUM:
        raise Refused("The payment_amount must be at least 100.", field="payment_amount")
    if not is_fixed and body.get("payment_amount") is not None:
        checks.only({"payment_amount": 0}, ())
    return {"fixed_amount": is_fixed, "payment_amount": body.get("payment_amount")}


def _close_by(world: World, body: Doc) -> int | None:
    """Return when it ends: one for a single payment lives two hours at most."""
    now = world.clock.seconds()
    latest = now + SINGLE_USE_LIVES if body["usage"] == "single_use" else None
    if body.get("close_by") is None:
        return latest
    moment = checks.moment(body, "close_by")
    if moment < now + CLOSE_BY_FROM or (latest is not None and moment > latest):
        raise Refused(
            "close_by must be at least 2 minutes ahead, at most 2 hours for single use.", field="close_by"
        )
    return moment


def _tell(world: World, code: Doc, what: str, **first: Doc) -> Doc:
    world.store.put("qr_code", code)
    events.emit(world, f"qr_code.{what}", **first, qr_code=code)
    return code


def pay(world: World, code: Doc, amount: int, vpa: str) -> Doc:
    """Let somebody pay by the code; return the payment, refunded when the code was closed."""
    rrn = world.ids.digits(12)
    payment = received.arrive(
        world,
        "upi",
        amount,
        at=code["id"],
        reference=rrn,
        payer=received.payer_of(world, code["customer_id"]),
        description="QRv2 Payment",
        vpa=vpa,
        upi={"payer_account_type": "bank_account", "vpa": vpa, "flow": "intent"},
        acquirer_data={"rrn": rrn},
    )
    if code["status"] == "closed":
        refunds.give_back(world, payment, at_once=False)
        return payment
    received.take(world, payment)
    code["payments_amount_received"] += amount
    code["payments_count_received"] += 1
    _tell(world, code, "credited", payment=payment)
    if code["usage"] == "single_use":
        _end(world, code, "paid")
    return payment


def close(world: World, code: Doc) -> Doc:
    """Close at the merchant's wish. Raises Refused when it is closed."""
    if code["status"] == "closed":
        raise Refused("QR code is already closed.", step="NA", reason="NA")
    return _end(world, code, "on_demand")


def _end(world: World, code: Doc, why: str) -> Doc:
    closed: dict[str, Any] = {"status": "closed", "closed_at": world.clock.seconds(), "close_reason": why}
    return _tell(world, code | closed, "closed")


def fall_due(world: World, code_id: str) -> None:
    """Its time is up."""
    code = world.store.get("qr_code", code_id)
    if code and code["status"] == "active":
        _end(world, code, "expired")
