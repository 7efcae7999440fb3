"""Keeps virtual time: runs timers and deliveries when they are due, and steps through them when time is moved.

Moving the clock ahead by two days lets everything within happen at its own moment, in order,
before the call returns.
"""

import asyncio

from sandbox import deliveries, timers
from sandbox.dispatcher import Dispatcher
from sandbox.store import Doc
from sandbox.telephony.exchange import Exchange
from sandbox.world import World

LONGEST_NAP = 60.0  # real seconds


class Scheduler:
    def __init__(self, world: World) -> None:
        self._world = world
        self.dispatcher = Dispatcher(world)
        self.exchange = Exchange(world)
        self._woken = asyncio.Event()
        self._moving = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None
        world.wake = self._woken.set

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._loop:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self.dispatcher.close()
        await self.exchange.close()

    async def forget(self) -> None:
        """Drop what is on its way."""
        await self.dispatcher.forget()
        await self.exchange.forget()

    @property
    def is_idle(self) -> bool:
        return self.dispatcher.is_idle and self.exchange.is_idle

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            self.step()
            try:
                async with asyncio.timeout(self._nap()):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def step(self) -> None:
        """Run what is due at this moment; deliveries and calls go on their own."""
        timers.run_due(self._world)
        self.dispatcher.start_due()
        self.exchange.start_due()

    def _nap(self) -> float:
        due = self._world.store.next_due()
        if due is None or self._world.clock.is_frozen or not self.dispatcher.is_idle:
            return LONGEST_NAP
        return min(max(due - self._world.clock.now(), 0.005), LONGEST_NAP)

    async def drain(self) -> None:
        """Wait until nothing is due and nothing is on its way."""
        while True:
            self.step()
            if self.is_idle and not self._is_due(self._world.clock.now()):
                return
            await asyncio.sleep(0.002)

    def _is_due(self, at: float) -> bool:
        due = self._world.store.next_due()
        return due is not None and due <= at

    async def move_to(self, at: float) -> None:
        """Move the clock ahead, letting everything in between happen at its own time."""
        clock, store = self._world.clock, self._world.store
        async with self._moving:
            was_frozen = clock.is_frozen
            with store.unit():
                clock.freeze()
            self._world.moving_to = at
            self._world.arrivals.clear()
            try:
                await self.drain()
                while self._is_due(at):
                    due = store.next_due()
                    assert due is not None
                    with store.unit():
                        clock.move_to(max(due, clock.now()))
                    await self.drain()
                with store.unit():
                    clock.move_to(at)
            finally:
                self._world.moving_to = None
                if not was_frozen:
                    with store.unit():
                        clock.unfreeze()
        self._world.wake()

    async def release(self, held: list[Doc]) -> None:
        """Send held deliveries one after the other, in this order."""
        for delivery in held:
            await self.dispatcher.attempt(delivery)
        with self._world.store.unit():
            for delivery in held:
                fresh = deliveries.get(self._world, delivery["id"])
                if fresh and fresh["state"] == "held":
                    deliveries.save(self._world, fresh | {"state": "waiting"})
        self._world.wake()
