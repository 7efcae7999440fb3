"""API keys: pairs of id and secret, one active; a rotated one dies at once or some time later."""

import base64
import binascii
import hmac

from sandbox.errors import unauthorised
from sandbox.store import Doc
from sandbox.world import World


def seed_keys(world: World) -> None:
    """Give an empty state its first pair."""
    if not world.store.find("key", limit=1):
        pair = {"id": world.options.key_id, "secret": world.options.key_secret, "dies_at": None}
        world.store.put("key", {**pair, "created_at": world.clock.seconds()})


def rotate(world: World, *, grace: float) -> Doc:
    """Make a new pair; the others die `grace` seconds from now."""
    dies_at = world.clock.now() + grace
    for old in world.store.find("key"):
        if old["dies_at"] is None:
            world.store.put("key", {**old, "dies_at": dies_at})
    name = world.ids.new("rzp_test").replace("rzp_test_", "")
    pair = {
        "id": f"rzp_test_{name}",
        "secret": world.ids.new("secret").replace("secret_", ""),
        "dies_at": None,
    }
    return world.store.put("key", {**pair, "created_at": world.clock.seconds()})


def active(world: World) -> Doc:
    """Return the pair that new checkouts and signatures use."""
    return world.store.find("key", limit=1)[0]


def alive(world: World, key_id: str) -> Doc | None:
    key = world.store.get("key", key_id)
    if key is None or (key["dies_at"] is not None and key["dies_at"] <= world.clock.now()):
        return None
    return key


def check_basic(world: World, header: str | None) -> str:
    """Return the key id of a good Authorization header. Raises Refused with the gateway's own 401."""
    if not header or not header.startswith("Basic "):
        raise unauthorised("Authentication failed")
    try:
        key_id, colon, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorised("Authentication failed") from None
    if not colon:
        raise unauthorised("Authentication failed")
    key = alive(world, key_id)
    if key is None:
        raise unauthorised("The api key provided is invalid")
    if not hmac.compare_digest(secret.encode(), key["secret"].encode()):
        raise unauthorised("The api secret provided is invalid")
    return key_id
