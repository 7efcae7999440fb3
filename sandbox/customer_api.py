"""The API of customers: one row a call."""

from sandbox import checks, customers
from sandbox.entities import collection, load, public
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")


def create_customer(world: World, call: Call) -> Doc:
    return public(customers.create(world, call.body))


def edit_customer(world: World, call: Call) -> Doc:
    return public(customers.edit(world, load(world, "customer", call.path["id"]), call.body))


def fetch_customer(world: World, call: Call) -> Doc:
    return public(load(world, "customer", call.path["id"]))


def list_customers(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    return collection(world.store.find("customer", **checks.page(call.query).as_query()))


CALLS = (
    ("POST", "/v1/customers", create_customer),
    ("GET", "/v1/customers", list_customers),
    ("GET", "/v1/customers/{id}", fetch_customer),
    ("PUT", "/v1/customers/{id}", edit_customer),
)
