"""The portal's API: register, find by document, and its public key. Doors only; answers in the portal's envelope."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.einvoice import registry, signing
from sandbox.einvoice.registry import NotTaken
from sandbox.store import Doc
from sandbox.world import World


async def register(request: Request) -> Response:
    """Give an IRN; the same document again is a duplicate, told with the first one's IRN."""
    world: World = request.app.state.world
    body = parse(await request.body())
    if not is_known(world, request):
        return refused([("1005", "Invalid Token")])
    with world.store.unit():
        try:
            return done(registry.register(world, body, gstin_of(request)))
        except NotTaken as refusal:  # inside: a fault that refuses counts
            return refused(refusal.errors, refusal.known)


async def find(request: Request) -> Response:
    """Return what is kept of the document that `doctype`, `docnum` and `docdate` name."""
    world: World = request.app.state.world
    if not is_known(world, request):
        return refused([("1005", "Invalid Token")])
    words = [request.query_params.get(name, "") for name in ("doctype", "docnum", "docdate")]
    try:
        return done(registry.find(world, gstin_of(request), *words))
    except NotTaken as refusal:
        return refused(refusal.errors)


async def public_key(request: Request) -> Response:
    """The key that verifies what is signed here, as PEM."""
    world: World = request.app.state.world
    with world.store.unit():
        return PlainTextResponse(signing.public_pem(world))


def is_known(world: World, request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {world.options.einvoice_key}"


def gstin_of(request: Request) -> str:
    return request.headers.get("gstin", "")


def parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def done(kept: Doc) -> Response:
    return JSONResponse({"Status": 1, "Data": registry.answer(kept), "ErrorDetails": None, "InfoDtls": None})


def refused(errors: list[tuple[str, str]], known: Doc | None = None) -> Response:
    info = None
    if known:
        told = {name: known[name] for name in ("AckNo", "AckDt", "Irn")}
        info = [{"InfCd": "DUPIRN", "Desc": told}]
    rows = [{"ErrorCode": code, "ErrorMessage": words} for code, words in errors]
    return JSONResponse({"Status": 0, "Data": None, "ErrorDetails": rows, "InfoDtls": info})


ROUTES = [
    Route("/einvoice/v1.03/Invoice", register, methods=["POST"]),
    Route("/einvoice/v1.03/Invoice/irnbydocdetails", find, methods=["GET"]),
    Route("/einvoice/public-key.pem", public_key, methods=["GET"]),
]
