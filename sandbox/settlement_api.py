"""The API of settlements and their reconciliation: one row a call."""

from sandbox import checks, recon
from sandbox.entities import collection, load, public
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")


def fetch_settlement(world: World, call: Call) -> Doc:
    return public(load(world, "settlement", call.path["id"]))


def list_settlements(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    return collection(world.store.find("settlement", **checks.page(call.query).as_query()))


def reconcile(world: World, call: Call) -> Doc:
    return collection(recon.listing(world, call.query))


CALLS = (
    ("GET", "/v1/settlements", list_settlements),
    ("GET", "/v1/settlements/recon/combined", reconcile),
    ("GET", "/v1/settlements/{id}", fetch_settlement),
)
