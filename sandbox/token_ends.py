"""How a mandate ends at the merchant's wish: cancelled at the bank, or forgotten here.

A card or UPI mandate is cancelled a minute later, one on a bank account on the next working day. Deleting a UPI
token cancels nothing: the mandate goes on at the bank, and its events still come.
"""

from sandbox import tokens
from sandbox.errors import wrong_state
from sandbox.instruments import BANK_METHODS
from sandbox.store import Doc
from sandbox.working_days import next_working_day
from sandbox.world import World

CANCELLED_AFTER = 60  # virtual seconds, card and UPI
LIVE = (tokens.INITIATED, tokens.CONFIRMED, tokens.PAUSED)


def cancel_at_bank(world: World, token: Doc) -> None:
    """Have the mandate cancelled; asked again while that is under way, it stays under way. Raises Refused."""
    if tokens.status(token) not in LIVE:
        raise wrong_state(f"The token is {tokens.status(token)} and cannot be cancelled.", step="NA")
    if token.get("_cancelling"):
        return
    world.store.put("token", token | {"_cancelling": True})
    now = world.clock.now()
    is_bank = token["method"] in BANK_METHODS
    due = next_working_day(world, now) if is_bank else now + CANCELLED_AFTER
    world.store.add_timer(due, "token_cancel", token["id"])
    world.soon()


def fall_due(world: World, token_id: str) -> None:
    """The bank has cancelled the mandate, unless it ended otherwise meanwhile."""
    token = world.store.get("token", token_id)
    if token and tokens.status(token) in LIVE:
        tokens.move(world, token, "token.cancelled")


def delete(world: World, token: Doc) -> None:
    """Forget the token: its API calls find nothing any more, and it cannot be charged."""
    if token["method"] in BANK_METHODS and tokens.status(token) in LIVE:
        cancel_at_bank(world, token)
        token["_cancelling"] = True
    world.store.put("token", token | {"_deleted": True})
