"""People's pages at `/`."""

from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def home(r):
    return PlainTextResponse("sandbox")


ROUTES = [Route("/", home)]
