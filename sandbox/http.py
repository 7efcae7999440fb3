"""The HTTP shape of the gateway's API: from request to call, and from what a handler returns to an answer.

A handler is a plain function `(world, call) -> entity`; it runs as one unit, committed before the answer.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import keys
from sandbox.errors import Refused
from sandbox.world import World

Handler = Callable[[World, "Call"], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Call:
    """One API request: path parameters, query (last value wins), every `expand[]`, JSON body, headers."""

    path: dict[str, str]
    query: dict[str, str]
    expand: tuple[str, ...]
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case


def gateway_endpoint(handler: Handler) -> Endpoint:
    """Serve a handler behind the API key, with the gateway's error bodies."""

    async def endpoint(request: Request) -> Response:
        world: World = request.app.state.world
        raw = await request.body()
        try:
            with world.store.unit():
                keys.check_basic(world, request.headers.get("authorization"))
                return answer_with(handler(world, read_call(request, raw)))
        except Refused as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)

    return endpoint


def answer_with(entity: Any) -> Response:
    """Answer with the entity; nothing is 204, as after a deletion."""
    return Response(status_code=204) if entity is None else JSONResponse(entity)


def read_call(request: Request, raw: bytes) -> Call:
    query = {key: value for key, value in request.query_params.items() if not key.startswith("expand[")}
    expand = tuple(value for key, value in request.query_params.multi_items() if key.startswith("expand["))
    return Call(dict(request.path_params), query, expand, read_object(raw), request.headers)


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, `{}` for none. Raises Refused, as the gateway puts it: EOF."""
    try:
        body = json.loads(raw) if raw else {}
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refused("EOF", reason="NA", source="NA", step="NA") from None
    if not isinstance(body, dict):
        raise Refused("EOF", reason="NA", source="NA", step="NA")
    return body
