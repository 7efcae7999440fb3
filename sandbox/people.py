"""People's pages at `/`: what the sandbox is, the inboxes, what gateway and telephones do. Doors only."""

import base64
import re
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox import gateway_page, inbox_pages
from sandbox.store import Doc
from sandbox.telephony import page as telephony_page
from sandbox.world import World

Door = Callable[[Request], Awaitable[Response]]

# A mail's own page: no script, no request to anywhere; links open in a new tab.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


def shown(page: Callable[[World], Response]) -> Door:
    """Serve a page that needs the world and nothing else."""

    async def door(request: Request) -> Response:
        return page(request.app.state.world)

    return door


def for_mail(page: Callable[[Doc, Request], Response]) -> Door:
    """Serve a page of the mail that the path names."""

    async def door(request: Request) -> Response:
        mail = request.app.state.world.store.get("mail", request.path_params["id"])
        if mail is None:
            return PlainTextResponse("This mail does not exist.\n", status_code=404)
        return page(mail, request)

    return door


def one_mail(mail: Doc, request: Request) -> Response:
    return inbox_pages.one_mail(request.app.state.world, mail)


def mail_html(mail: Doc, _request: Request) -> Response:
    """Answer with the mail's HTML as it was written, locked up by its policy."""
    content = '<base target="_blank">' + mail["html"]
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="text/html", headers=headers)


def mail_raw(mail: Doc, _request: Request) -> Response:
    return PlainTextResponse(base64.b64decode(mail["_raw"]), headers={"X-Content-Type-Options": "nosniff"})


def attachment(mail: Doc, request: Request) -> Response:
    number = request.path_params["number"]
    if not 1 <= number <= len(mail["attachments"]):
        return PlainTextResponse("This attachment does not exist.\n", status_code=404)
    found = mail["attachments"][number - 1]
    name = re.sub(r"[\x00-\x1f/\\]", "_", found["name"])
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(base64.b64decode(found["content"]), media_type=found["type"], headers=headers)


ROUTES = [
    Route("/", shown(gateway_page.home)),
    Route("/gateway", shown(gateway_page.gateway)),
    Route("/mail", shown(inbox_pages.mails)),
    Route("/mail/{id}", for_mail(one_mail)),
    Route("/mail/{id}/html", for_mail(mail_html)),
    Route("/mail/{id}/raw", for_mail(mail_raw)),
    Route("/mail/{id}/attachments/{number:int}", for_mail(attachment)),
    Route("/sms", shown(inbox_pages.texts)),
    Route("/telephony", shown(telephony_page.telephony)),
]
