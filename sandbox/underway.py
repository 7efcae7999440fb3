"""Outside calls under way beside the API: one task a key, and the world is woken when one ends."""

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any

from sandbox.world import World


class Underway:
    def __init__(self, world: World) -> None:
        self._world = world
        self._running: dict[str, asyncio.Task[None]] = {}

    async def forget(self) -> None:
        """Drop what is on its way; the state still owes it, unless it is emptied next."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._running.clear()

    @property
    def is_idle(self) -> bool:
        return not self._running

    def _run(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running[key] = task
        task.add_done_callback(functools.partial(self._done, key))

    def _done(self, key: str, task: asyncio.Task[None]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        self._world.wake()
