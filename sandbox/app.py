"""The web app: gateway, checkout, SMS, telephony, e-invoice portal, control plane and people's pages in one house."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import checkout, gateway_api, link_pages, nach_api, people, sms
from sandbox.control import table
from sandbox.einvoice import api as einvoice_api
from sandbox.errors import url_not_found
from sandbox.fault_layer import FaultLayer
from sandbox.scheduler import Scheduler
from sandbox.telephony import api as telephony_api
from sandbox.world import World

ASSETS = Path(__file__).parent / "assets"


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def not_found(request: Request, _error: Exception) -> Response:
    """Answer a wrong path or verb: the gateway's own 400 under its roof, a plain 404 elsewhere."""
    if request.url.path.startswith(("/v1/", "/v2/")):
        refusal = url_not_found()
        return JSONResponse(refusal.body, status_code=refusal.status)
    return PlainTextResponse("There is nothing here.\n", status_code=404)


def make_app(world: World, scheduler: Scheduler) -> FaultLayer:
    app = Starlette(
        routes=[
            Route("/healthz", health),
            *gateway_api.ROUTES,
            *checkout.ROUTES,
            *nach_api.ROUTES,
            *link_pages.ROUTES,
            *sms.ROUTES,
            *telephony_api.ROUTES,
            *einvoice_api.ROUTES,
            *table.ROUTES,
            *people.ROUTES,
            Mount("/_assets", StaticFiles(directory=ASSETS)),
        ],
        exception_handlers={404: not_found, 405: not_found},
    )
    app.router.redirect_slashes = False
    app.state.world = world
    app.state.scheduler = scheduler
    return FaultLayer(app, world)
