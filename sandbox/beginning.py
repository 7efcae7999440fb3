"""How a world begins: the first key, the command line's webhooks; and how it begins again."""

import time

from sandbox import keys, webhooks
from sandbox.scheduler import Scheduler
from sandbox.telephony import lines
from sandbox.world import World


def furnish(world: World) -> None:
    """Give the state what an empty one lacks; a full one keeps what it has, unless a fault has it forget."""
    with world.store.unit():
        lines.restart(world)
        keys.seed_keys(world)
        webhooks.seed_webhooks(world)


async def begin_again(
    world: World, scheduler: Scheduler, *, seed: int | None, clock: float | None, freeze: bool
) -> None:
    """Empty the state. `seed` stays the command line's and `clock` real time unless given."""
    await scheduler.forget()
    world.era += 1
    with world.store.unit():
        world.store.clear()
        world.ids.seed = world.options.seed if seed is None else seed
        world.store.set_meta("seed", world.ids.seed)
        world.clock.start_at(time.time() if clock is None else clock, frozen=freeze)
    furnish(world)
    world.wake()
