"""What every control call shares: the token, the parts of the request, one unit, errors as JSON."""

import functools
import hmac
import inspect
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import events, faults, paying, webhooks
from sandbox.clock import ClockRefused
from sandbox.disputes import DisputeRefused
from sandbox.downtimes import DowntimeRefused
from sandbox.errors import Refused
from sandbox.http import read_object
from sandbox.scheduler import Scheduler
from sandbox.store import Doc
from sandbox.telephony.lines import LineRefused
from sandbox.world import World


class ControlRefused(Exception):
    """A control call that makes no sense; its text says why."""


class Missing(Exception):
    """The call names something that does not exist."""


REFUSALS = (
    ControlRefused,
    ClockRefused,
    faults.FaultRefused,
    webhooks.WebhookRefused,
    events.ReplayRefused,
    paying.PayRefused,
    LineRefused,
    DisputeRefused,
    DowntimeRefused,
    Refused,
)


class Steer:
    """What a control call gets: the world, the scheduler, and the request's parts."""

    def __init__(self, request: Request, body: Doc) -> None:
        self.world: World = request.app.state.world
        self.scheduler: Scheduler = request.app.state.scheduler
        self.body = body
        self.query = request.query_params
        self.id: str = request.path_params.get("id", "")

    def number(self, name: str, default: int) -> int:
        """Return a whole number of the query or the body."""
        try:
            return int(self.query.get(name, self.body.get(name, default)))
        except (TypeError, ValueError):
            raise ControlRefused(f"{name} must be a whole number.") from None


Handler = Callable[[Steer], Any]


def endpoint(handler: Handler) -> Callable[[Request], Any]:
    """Serve a handler behind the control token. A plain one runs as one unit; an async one makes its own."""

    @functools.wraps(handler)
    async def serve(request: Request) -> Response:
        raw = await request.body()
        if not has_token(request):
            return JSONResponse({"error": "The control token is missing or wrong."}, status_code=401)
        try:
            return JSONResponse(await run(handler, Steer(request, read_object(raw))))
        except Missing as missing:
            return JSONResponse({"error": str(missing)}, status_code=404)
        except REFUSALS as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=400)

    return serve


def has_token(request: Request) -> bool:
    wanted = f"Bearer {request.app.state.world.options.control_token}"
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode())


async def run(handler: Handler, steer: Steer) -> Any:
    if inspect.iscoroutinefunction(handler):
        return await handler(steer)
    with steer.world.store.unit():
        return handler(steer)


def one(steer: Steer, kind: str) -> Doc:
    """Return the document the path names. Raises Missing."""
    found = steer.world.store.get(kind, steer.id)
    if found is None:
        raise Missing(f"There is no {kind} {steer.id}.")
    return found
