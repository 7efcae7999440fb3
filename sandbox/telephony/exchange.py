"""Carries what waits for the portal: dialled calls ask and hold, records go out. Never in the way of the API.

Calls go eight at a time by themselves, and as many as control places at once; records go in one request at a
time. What was on its way when the process ended is in the state still, and goes again under the same id.
"""

import asyncio

from sandbox.store import Doc
from sandbox.telephony import asking, calls, records
from sandbox.telephony.portal import Portal, Said
from sandbox.underway import Underway
from sandbox.world import World

AT_ONCE = 8
BATCH = 200  # records of one request
RECORDS = "records"  # the key of the one request with records


class Exchange(Underway):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._portal = Portal(world)

    async def close(self) -> None:
        await self.forget()
        await self._portal.close()

    def start_due(self) -> None:
        """Start what waits, as far as there is room."""
        for call_id in waiting(self._world, "call_due", limit=AT_ONCE + len(self._running)):
            if len(self._running) < AT_ONCE:
                self.start(call_id)
        due = waiting(self._world, "record_due", limit=BATCH)
        if due and RECORDS not in self._running:
            self._run(RECORDS, self._send(due))

    def start(self, call_id: str) -> asyncio.Task[None]:
        """Have this call connected now, whatever else is going on; return the task to wait for."""
        if call_id not in self._running:
            self._run(call_id, self._connect(call_id))
        return self._running[call_id]

    async def _connect(self, call_id: str) -> None:
        call = self._world.store.get("call", call_id)
        verdict = calls.Verdict("failed")
        if call is not None:
            verdict = await asking.verdict(self._world, self._portal, call)
        with self._world.store.unit():
            calls.connect(self._world, call_id, verdict)

    async def _send(self, due: list[str]) -> None:
        """Send what is due in one request, and what goes in parallel as often as its fault says."""
        found = [record for record_id in due if (record := self._world.store.get("record", record_id))]
        groups = [[record] for record in found for _ in range(record["copies"]) if record["copies"] > 1]
        plain = [record for record in found if record["copies"] == 1]
        groups += [plain] if plain else []
        answers = await asyncio.gather(*(self._post(group) for group in groups))
        with self._world.store.unit():
            for group, said in zip(groups, answers, strict=True):
                records.settle(self._world, group, said)

    async def _post(self, group: list[Doc]) -> Said:
        return await self._portal.send([record["body"] for record in group])


def waiting(world: World, kind: str, *, limit: int) -> list[str]:
    """Return ids in a queue, the longest waiting first."""
    rows = world.store.execute("SELECT id FROM docs WHERE kind = ? ORDER BY seq LIMIT ?", kind, limit)
    return [found for (found,) in rows]
