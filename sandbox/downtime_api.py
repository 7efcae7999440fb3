"""The API of downtimes and QR codes: one row a call. Their paths begin like a payment's and are looked at before it."""

from sandbox import checks, downtimes, qr_codes
from sandbox.entities import collection, load, public
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")


def list_downtimes(world: World, call: Call) -> Doc:
    checks.only(call.query, ())
    return collection(downtimes.ongoing(world))


def fetch_downtime(world: World, call: Call) -> Doc:
    return public(load(world, "downtime", call.path["id"]))


def create_code(world: World, call: Call) -> Doc:
    return public(qr_codes.create(world, call.body))


def list_codes(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    return collection(world.store.find("qr_code", **checks.page(call.query).as_query()))


def fetch_code(world: World, call: Call) -> Doc:
    return public(load(world, "qr_code", call.path["id"]))


def code_payments(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    code, page = load(world, "qr_code", call.path["id"]), checks.page(call.query)
    return collection(world.store.find("payment", parent=code["id"], **page.as_query()))


def close_code(world: World, call: Call) -> Doc:
    return public(qr_codes.close(world, load(world, "qr_code", call.path["id"])))


CALLS = (
    ("GET", "/v1/payments/downtimes", list_downtimes),
    ("GET", "/v1/payments/downtimes/{id}", fetch_downtime),
    ("POST", "/v1/payments/qr_codes", create_code),
    ("GET", "/v1/payments/qr_codes", list_codes),
    ("GET", "/v1/payments/qr_codes/{id}", fetch_code),
    ("GET", "/v1/payments/qr_codes/{id}/payments", code_payments),
    ("POST", "/v1/payments/qr_codes/{id}/close", close_code),
)
