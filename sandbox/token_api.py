"""The API of tokens, each under its customer: one row a call."""

from sandbox import checks, token_ends
from sandbox.entities import collection, load, public
from sandbox.errors import UNKNOWN_ID, Refused
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")


def list_tokens(world: World, call: Call) -> Doc:
    """Return the customer's tokens, newest first, those the merchant deleted left out."""
    checks.only(call.query, PAGE)
    customer, page = load(world, "customer", call.path["id"]), checks.page(call.query)
    found = world.store.find("token", parent=customer["id"], since=page.since, until=page.until)
    kept = [token for token in found if not token.get("_deleted")]
    return collection(kept[page.skip : page.skip + page.limit])


def fetch_token(world: World, call: Call) -> Doc:
    return public(token_of(world, call))


def cancel_token(world: World, call: Call) -> Doc:
    token_ends.cancel_at_bank(world, token_of(world, call))
    return {"status": "cancellation_initiated"}


def delete_token(world: World, call: Call) -> Doc:
    token_ends.delete(world, token_of(world, call))
    return {"deleted": True}


def token_of(world: World, call: Call) -> Doc:
    """Return the token of the path. Raises Refused, also for another customer's and a deleted one."""
    customer, token = load(world, "customer", call.path["id"]), load(world, "token", call.path["token"])
    if token["_customer_id"] != customer["id"] or token.get("_deleted"):
        raise Refused(UNKNOWN_ID)
    return token


CALLS = (
    ("GET", "/v1/customers/{id}/tokens", list_tokens),
    ("GET", "/v1/customers/{id}/tokens/{token}", fetch_token),
    ("PUT", "/v1/customers/{id}/tokens/{token}/cancel", cancel_token),
    ("DELETE", "/v1/customers/{id}/tokens/{token}", delete_token),
)
