"""Webhook bodies that are odd and yet real: each breaks a parser that expects too much."""

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


def _payment(body: Body) -> Body:
    return body["payload"].get("payment", {}).get("entity", {})


def _created_at_inside(body: Body) -> None:
    if "created_at" in body:
        body["payload"]["created_at"] = body.pop("created_at")


def _short_contains(body: Body) -> None:
    body["contains"] = body["contains"][:1] if len(body["contains"]) > 1 else []


def _no_account(body: Body) -> None:
    body.pop("account_id", None)


def _unknown_account(body: Body) -> None:
    body["account_id"] = "acc_SomebodyElse01"


def _unknown_event(body: Body) -> None:
    body["event"] = "payment.teleported"


def _captured_flag_contradicts(body: Body) -> None:
    payment = _payment(body)
    payment["captured"] = payment.get("status") != "captured"


def _empty_errors(body: Body) -> None:
    payment = _payment(body)
    payment.update({name: "" for name in payment if name.startswith("error_")})


def _missing_errors(body: Body) -> None:
    payment = _payment(body)
    for name in [name for name in payment if name.startswith("error_")]:
        del payment[name]


def _null_fee(body: Body) -> None:
    _payment(body).update(fee=None, tax=None)


def _null_notes(body: Body) -> None:
    _payment(body)["notes"] = None


def _doubled_plus(body: Body) -> None:
    _payment(body)["contact"] = "++919800000001"


def _bare_order_id(body: Body) -> None:
    order = body["payload"].get("order", {}).get("entity", {})
    order.pop("entity", None)
    order["id"] = str(order.get("id", "")).removeprefix("order_")


def _token(body: Body) -> Body:
    return body["payload"].get("token", {}).get("entity", {})


def _no_recurring_details(body: Body) -> None:
    _token(body).pop("recurring_details", None)


def _card_expiry_text(body: Body) -> None:
    card = _token(body).get("card", {})
    card.update({name: str(card[name]) for name in ("expiry_month", "expiry_year") if name in card})


def _active_all_the_same(body: Body) -> None:
    _token(body)["status"] = "active"


def _resumed_status(body: Body) -> None:
    details = _token(body).get("recurring_details", {})
    if body["event"] == "token.resumed":
        details["status"] = "resumed"


SHAPES: dict[str, Callable[[Body], None]] = {
    "created_at_inside": _created_at_inside,
    "short_contains": _short_contains,
    "no_account": _no_account,
    "unknown_account": _unknown_account,
    "unknown_event": _unknown_event,
    "captured_flag_contradicts": _captured_flag_contradicts,
    "empty_errors": _empty_errors,
    "missing_errors": _missing_errors,
    "null_fee": _null_fee,
    "null_notes": _null_notes,
    "doubled_plus": _doubled_plus,
    "bare_order_id": _bare_order_id,
    "no_recurring_details": _no_recurring_details,
    "card_expiry_text": _card_expiry_text,
    "active_all_the_same": _active_all_the_same,
    "resumed_status": _resumed_status,
}


def bend(body: Body, effect: dict[str, Any]) -> None:
    """Change the body in place when the effect is a shape."""
    if effect["kind"] == "shape":
        SHAPES[effect["shape"]](body)
