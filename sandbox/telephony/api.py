"""The platform's API for the portal: service orders and the state that holds. Doors only.

Every request is signed: `X-Order-Signature` is the hex HMAC-SHA256 of
`<X-Order-Timestamp>.<METHOD> <path and query>.<raw body>`.
"""

import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.store import Doc
from sandbox.telephony import lines, orders
from sandbox.world import World

MOST_LISTED = 1000
UNSIGNED = {"error": "the signature or its time is wrong"}


async def put_service(request: Request) -> Response:
    """Obey an order, and acknowledge the level that holds now."""
    world: World = request.app.state.world
    raw, ban = await request.body(), request.path_params["ban"]
    with world.store.unit():
        now, effects = orders.our_clock(world, time.time(), ban)
        if not is_signed(world, request, raw, real_now=now):
            return JSONResponse(UNSIGNED, status_code=401)
        order = parse(raw)
        wrong = orders.wrong_fields(order)
        if not lines.BAN.fullmatch(ban):
            wrong["ban"] = "is not an account number"
        if wrong:
            return JSONResponse({"error": "invalid", "fields": wrong}, status_code=422)
        return JSONResponse(orders.obey(world, ban, order, effects))


async def list_accounts(request: Request) -> Response:
    """Return one page of accounts by number, and where the next one begins."""
    world: World = request.app.state.world
    if not is_signed(world, request, b"", real_now=time.time()):
        return JSONResponse(UNSIGNED, status_code=401)
    after, limit = request.query_params.get("after", ""), request.query_params.get("limit", "500")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= MOST_LISTED):
        wrong = {"limit": f"must be 1 to {MOST_LISTED}"}
        return JSONResponse({"error": "invalid", "fields": wrong}, status_code=422)
    found = lines.listed(world, after=after, limit=int(limit) + 1)
    page = found[: int(limit)]
    return JSONResponse(
        {
            "accounts": [short(line) for line in page],
            "next": page[-1]["id"] if len(found) > len(page) else None,
        }
    )


async def read_account(request: Request) -> Response:
    world: World = request.app.state.world
    if not is_signed(world, request, b"", real_now=time.time()):
        return JSONResponse(UNSIGNED, status_code=401)
    line = lines.account(world, request.path_params["ban"])
    if line is None:
        return JSONResponse({"error": "there is no such account"}, status_code=404)
    return JSONResponse(orders.state(line))


def is_signed(world: World, request: Request, raw: bytes, *, real_now: float) -> bool:
    headers = request.headers
    timestamp, signature = headers.get("x-order-timestamp", ""), headers.get("x-order-signature", "")
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    signed = f"{request.method} {target}.".encode() + raw
    return orders.is_signed(world, timestamp, signature, signed, real_now=real_now)


def parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def short(line: Doc) -> Doc:
    return {"ban": line["id"], "sequence": line["sequence"], "level": line["level"]}


ROUTES = [
    Route("/telephony/accounts", list_accounts, methods=["GET"]),
    Route("/telephony/accounts/{ban}", read_account, methods=["GET"]),
    Route("/telephony/accounts/{ban}/service", put_service, methods=["PUT"]),
]
