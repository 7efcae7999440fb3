"""Steer the past: what the merchant's books hold from before this world began."""

from sandbox import history
from sandbox.control.steer import ControlRefused, Steer
from sandbox.store import Doc


def tell_history(steer: Steer) -> Doc:
    """Body: `payments`, `refunds`, `disputes`, lists of facts; what is known already stays. How many are new."""
    for name in history.KINDS:
        rows = steer.body.get(name, [])
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            raise ControlRefused(f"{name} must be a list of objects.")
    try:
        return history.keep(steer.world, steer.body)
    except KeyError as missing:
        raise ControlRefused(f"{missing.args[0]} is required.") from None
