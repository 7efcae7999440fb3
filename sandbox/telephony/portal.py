"""The portal as the platform sees it: ask about an account, hold a call or message, hand in records.

Nothing here raises for what the other side does: a call that got no usable answer is `silent`, and whoever
made it decides what that means.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.store import Doc
from sandbox.world import World

A_CALLER_WAITS = 3.0  # real seconds
A_BATCH_TAKES = 30.0


@dataclass(frozen=True)
class Said:
    """An answer: `status` None = there was none, and `error` says why."""

    status: int | None
    body: Doc = field(default_factory=dict)
    etag: str = ""
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_silent(self) -> bool:
        """No answer, or one that says: not now."""
        return self.status is None or self.status >= 500 or self.status == 429

    @property
    def words(self) -> str:
        return self.error or f"the portal answered {self.status}"


def wiring(world: World) -> Doc:
    """Return `url`, `key` and `order_secret`: what control said last, else the command line's."""
    options = world.options
    first = {"url": options.portal_url, "key": options.telephony_key, "order_secret": options.order_secret}
    wired: Doc = first | world.store.meta("portal", {})
    return wired


class Portal:
    def __init__(self, world: World) -> None:
        self._world = world
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(
            trust_env=False, limits=limits, headers={"User-Agent": "Telephony/1"}, follow_redirects=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def service(self, account: str, etag: str) -> Said:
        """Ask what the account may do now; 304 = what it was told under this ETag still holds."""
        headers = {"If-None-Match": etag} if etag else {}
        return await self._call("GET", f"accounts/{account}/service/", A_CALLER_WAITS, headers=headers)

    async def hold(self, account: str, body: Doc) -> Said:
        return await self._call("POST", f"accounts/{account}/holds/", A_CALLER_WAITS, json=body)

    async def send(self, records: list[Doc]) -> Said:
        return await self._call("POST", "usage-events/", A_BATCH_TAKES, json={"records": records})

    async def _call(self, method: str, path: str, limit: float, **parts: Any) -> Said:
        wired = wiring(self._world)
        if not wired["url"]:
            return Said(None, error="nobody said where the portal is")
        url = f"{wired['url'].rstrip('/')}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {wired['key']}", **parts.pop("headers", {})}
        try:
            async with asyncio.timeout(limit):
                answer = await self._client.request(method, url, headers=headers, timeout=limit, **parts)
            return read(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Said(None, error=f"{type(error).__name__}: {error}".rstrip(": "))


def read(answer: httpx.Response) -> Said:
    """Return the answer; one that should carry a JSON object and does not is none at all."""
    etag = answer.headers.get("ETag", "")
    if answer.status_code == 304:
        return Said(304, etag=etag)
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        if answer.is_success:
            return Said(None, error=f"the portal answered {answer.status_code} without JSON")
        body = {}
    return Said(answer.status_code, body, etag)
