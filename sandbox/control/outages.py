"""Steer downtimes of banks, networks and apps."""

from typing import Any

from sandbox import checks, downtimes
from sandbox.control.steer import ControlRefused, Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def announce_downtime(steer: Steer) -> Doc:
    """Body: `method` (card, netbanking, upi), `instrument`, `severity` (high), `begin` (now), `end` (none).

    Instruments: `bank`; `issuer` with or without `type`, or `network`; `vpa_handle` or `psp`. Times are epoch seconds.
    """
    instrument: Any = steer.body.get("instrument")
    if not isinstance(instrument, dict) or not all(isinstance(name, str) for name in instrument.values()):
        raise ControlRefused("instrument must be an object of texts.")
    return public(
        downtimes.announce(
            steer.world,
            str(steer.body.get("method")),
            instrument,
            severity=str(steer.body.get("severity", "high")),
            begin=moment(steer, "begin"),
            end=moment(steer, "end"),
        )
    )


def moment(steer: Steer, name: str) -> int | None:
    return None if steer.body.get(name) is None else checks.moment(steer.body, name)


def update_downtime(steer: Steer) -> Doc:
    """Body: `severity`."""
    downtime = load(steer.world, "downtime", steer.id)
    return public(downtimes.update(steer.world, downtime, str(steer.body.get("severity"))))


def resolve_downtime(steer: Steer) -> Doc:
    return public(downtimes.resolve(steer.world, load(steer.world, "downtime", steer.id)))
