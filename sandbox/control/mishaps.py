"""Steer what goes wrong: fault rules."""

from sandbox import faults
from sandbox.control.steer import Steer
from sandbox.store import Doc


def list_faults(steer: Steer) -> Doc:
    return {"items": steer.world.store.find("fault")}


def add_fault(steer: Steer) -> Doc:
    return faults.add(steer.world, steer.body)


def clear_faults(steer: Steer) -> Doc:
    return {"removed": steer.world.store.delete("fault", steer.id or None)}
