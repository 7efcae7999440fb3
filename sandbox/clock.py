"""The virtual clock: it starts at real time and flows with it, can be moved ahead, set or frozen, never back.

Epoch seconds throughout. Everything with a date in the sandbox asks this clock; nothing sleeps in real time.
"""

import re
import time

from sandbox.store import Store

DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


class ClockRefused(Exception):
    """A move that the clock does not make; its text says why."""


class Clock:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.reload()

    def reload(self) -> None:
        """Take offset and freeze from the state; an empty state starts at real time."""
        kept = self._store.meta("clock", {"offset": 0.0, "frozen_at": None})
        self._offset: float = kept["offset"]
        self._frozen_at: float | None = kept["frozen_at"]

    @property
    def is_frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> float:
        return self._frozen_at if self._frozen_at is not None else time.time() + self._offset

    def seconds(self) -> int:
        """Return the time as the gateway prints it: whole seconds."""
        return int(self.now())

    def start_at(self, at: float, *, frozen: bool) -> None:
        """Begin a new world at this time; only a reset may go back."""
        self._offset = at - time.time()
        self._frozen_at = at if frozen else None
        self._keep()

    def move_to(self, at: float) -> None:
        """Raises ClockRefused for the past."""
        if at < self.now() - 0.001:
            raise ClockRefused("The clock never goes back.")
        if self._frozen_at is not None:
            self._frozen_at = max(at, self._frozen_at)
        else:
            self._offset = at - time.time()
        self._keep()

    def freeze(self) -> None:
        self._frozen_at = self.now()
        self._keep()

    def unfreeze(self) -> None:
        """Flow on from the frozen instant."""
        if self._frozen_at is not None:
            self._offset, self._frozen_at = self._frozen_at - time.time(), None
            self._keep()

    def _keep(self) -> None:
        self._store.set_meta("clock", {"offset": self._offset, "frozen_at": self._frozen_at})


def duration(text: object) -> float:
    """Return the seconds of an ISO-8601 duration of weeks, days, hours, minutes, seconds. Raises ClockRefused."""
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    parts = {unit: float(value) for unit, value in match.groupdict().items() if value} if match else {}
    if not parts:
        raise ClockRefused("A duration reads like P2D, PT10M or P1DT2H30M.")
    return sum(SECONDS[unit] * value for unit, value in parts.items())
