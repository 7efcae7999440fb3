"""The gateway's API: one row a call. What is not in the table is a product this account has not enabled."""

from starlette.routing import Route

from sandbox import (
    checks,
    customer_api,
    dispute_api,
    downtime_api,
    link_api,
    orders,
    payments,
    received,
    recurring_api,
    refund_api,
    settlement_api,
    token_api,
    virtual_account_api,
)
from sandbox.entities import collection, load, public
from sandbox.errors import Refused
from sandbox.http import Call, gateway_endpoint
from sandbox.instruments import BANKS, WALLETS
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")
ORDER_EXPANDS = ("payments", "payments.card", "transfers", "virtual_account")
PAYMENT_EXPANDS = ("card", "emi", "offers", "refunds", "token", "transaction", "transaction.settlement")


def create_order(world: World, call: Call) -> Doc:
    return public(orders.create(world, call.body))


def fetch_order(world: World, call: Call) -> Doc:
    return expanded_order(world, load(world, "order", call.path["id"]), call.expand)


def list_orders(world: World, call: Call) -> Doc:
    checks.only(call.query, (*PAGE, "receipt", "authorized"))
    found = orders.listing(world, call.query)
    return collection(expanded_order(world, order, call.expand) for order in found)


def order_payments(world: World, call: Call) -> Doc:
    order = load(world, "order", call.path["id"])
    attempts = world.store.find("payment", parent=order["id"])
    return collection(expanded_payment(world, payment, call.expand) for payment in attempts)


def edit_order(world: World, call: Call) -> Doc:
    return public(orders.edit(world, load(world, "order", call.path["id"]), call.body))


def expanded_order(world: World, order: Doc, expand: tuple[str, ...]) -> Doc:
    refuse_unknown(expand, ORDER_EXPANDS)
    shown = public(order)
    if {"payments", "payments.card"} & set(expand):
        inner = ("card",) if "payments.card" in expand else ()
        found = world.store.find("payment", parent=order["id"])
        shown["payments"] = collection(expanded_payment(world, payment, inner) for payment in found)
    return shown


def fetch_payment(world: World, call: Call) -> Doc:
    return expanded_payment(world, load(world, "payment", call.path["id"]), call.expand)


def list_payments(world: World, call: Call) -> Doc:
    checks.only(call.query, (*PAGE, *received.BY_TRANSFER))
    page, reference = checks.page(call.query), received.by_reference(call.query)
    found = world.store.find("payment", lookup=reference, **page.as_query())
    return collection(expanded_payment(world, payment, call.expand) for payment in found)


def capture_payment(world: World, call: Call) -> Doc:
    return public(payments.capture(world, load(world, "payment", call.path["id"]), call.body))


def edit_payment(world: World, call: Call) -> Doc:
    return public(payments.edit(world, load(world, "payment", call.path["id"]), call.body))


def card_of_payment(world: World, call: Call) -> Doc:
    payment = load(world, "payment", call.path["id"])
    if payment["card_id"] is None:
        raise Refused("The payment was not made by card.", reason="NA")
    return public(load(world, "card", payment["card_id"]))


def expanded_payment(world: World, payment: Doc, expand: tuple[str, ...]) -> Doc:
    refuse_unknown(expand, PAYMENT_EXPANDS)
    shown = public(payment)
    if "card" in expand and payment["card_id"]:
        shown["card"] = public(load(world, "card", payment["card_id"]))
    if "token" in expand and payment["token_id"]:
        shown["token"] = public(load(world, "token", payment["token_id"]))
    if "refunds" in expand:
        shown["refunds"] = collection(world.store.find("refund", parent=payment["id"]))
    return shown


def refuse_unknown(expand: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in expand:
        if name not in known:
            raise Refused(f"The expand value {name} is not valid.", field="expand")


def list_methods(_world: World, _call: Call) -> Doc:
    """Return what a payer can choose. The SDK asks for it without `/v1`."""
    methods = {"entity": "methods", "card": True, "upi": True, "netbanking": BANKS}
    return methods | {"wallet": dict.fromkeys(WALLETS, True)}


CALLS = (
    *refund_api.CALLS,
    *virtual_account_api.CALLS,
    *settlement_api.CALLS,
    *dispute_api.CALLS,
    *downtime_api.CALLS,
    ("POST", "/v1/orders", create_order),
    ("GET", "/v1/orders", list_orders),
    ("GET", "/v1/orders/{id}", fetch_order),
    ("PATCH", "/v1/orders/{id}", edit_order),
    ("GET", "/v1/orders/{id}/payments", order_payments),
    ("GET", "/v1/payments", list_payments),
    ("GET", "/v1/payments/{id}", fetch_payment),
    ("PATCH", "/v1/payments/{id}", edit_payment),
    ("POST", "/v1/payments/{id}/capture", capture_payment),
    ("GET", "/v1/payments/{id}/card", card_of_payment),
    ("GET", "/v1/methods", list_methods),
    ("GET", "/methods", list_methods),
    *customer_api.CALLS,
    *token_api.CALLS,
    *recurring_api.CALLS,
    *link_api.CALLS,
)

ROUTES = [Route(path, gateway_endpoint(handler), methods=[method]) for method, path, handler in CALLS]
ROUTES.append(dispute_api.UPLOAD)
