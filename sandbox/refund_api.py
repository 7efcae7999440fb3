"""The API of refunds: one row a call."""

from sandbox import checks, refunding
from sandbox.entities import collection, load, public
from sandbox.errors import UNKNOWN_ID, Refused
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")
KEY = "x-refund-idempotency"


def refund_payment(world: World, call: Call) -> Doc:
    payment = load(world, "payment", call.path["id"])
    return public(refunding.refund(world, payment, call.body, call.headers.get(KEY)))


def refunds_of_payment(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    payment = load(world, "payment", call.path["id"])
    return collection(world.store.find("refund", parent=payment["id"], **checks.page(call.query).as_query()))


def refund_of_payment(world: World, call: Call) -> Doc:
    payment, refund = load(world, "payment", call.path["id"]), load(world, "refund", call.path["refund"])
    if refund["payment_id"] != payment["id"]:
        raise Refused(UNKNOWN_ID)
    return public(refund)


def fetch_refund(world: World, call: Call) -> Doc:
    return public(load(world, "refund", call.path["id"]))


def list_refunds(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    return collection(world.store.find("refund", **checks.page(call.query).as_query()))


def edit_refund(world: World, call: Call) -> Doc:
    return public(refunding.edit(world, load(world, "refund", call.path["id"]), call.body))


CALLS = (
    ("POST", "/v1/payments/{id}/refund", refund_payment),
    ("GET", "/v1/payments/{id}/refunds", refunds_of_payment),
    ("GET", "/v1/payments/{id}/refunds/{refund}", refund_of_payment),
    ("GET", "/v1/refunds", list_refunds),
    ("GET", "/v1/refunds/{id}", fetch_refund),
    ("PATCH", "/v1/refunds/{id}", edit_refund),
)
