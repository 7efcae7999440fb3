"""The doors of paper mandates: the upload call of the API, the form to print, and the page to upload it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import checkout_pages as pages
from sandbox import keys, mandate_pages, nach, paying
from sandbox.entities import load
from sandbox.errors import Refused
from sandbox.mandate_checkout import picture_of
from sandbox.pages import render
from sandbox.registration import refuse_disabled
from sandbox.store import Doc
from sandbox.world import World

SHOP: dict[str, Any] = {"name": "Paper mandate"}


async def upload(request: Request) -> Response:
    """POST /v1/payments/create/nach/file, multipart with `order_id` and `file`."""
    world: World = request.app.state.world
    try:
        with world.store.unit():
            keys.check_basic(world, request.headers.get("authorization"))
        form = await request.form()
        name, picture = await picture_of(form)
        with world.store.unit():
            refuse_disabled(world, "nach")
            order = load(world, "order", form.get("order_id"))
            payment = nach.upload(world, order, name, picture)
            return JSONResponse(paying.success_fields(payment, keys.active(world)["secret"]))
    except Refused as refusal:
        return JSONResponse(refusal.body, status_code=refusal.status)


def paper_order(request: Request) -> Doc | None:
    """Return the order of the path, if it is for a paper mandate."""
    order: Doc | None = request.app.state.world.store.get("order", request.path_params["id"])
    return order if order and order.get("token", {}).get("nach") else None


async def form_to_print(request: Request) -> Response:
    order = paper_order(request)
    if order is None:
        return pages.refused("This form does not exist.")
    terms = order["_mandate"]
    body = render(
        "mandate_paper",
        terms=mandate_pages.terms_list(order),
        account=render(
            "mandate_account", **mandate_pages.account_facts(terms["bank_account"]), proof="your signature"
        ),
        reference1=terms["nach"]["form_reference1"] or "–",
        reference2=terms["nach"]["form_reference2"] or "–",
        order=order["id"],
    )
    return pages.show(SHOP, order, "Paper mandate", body)


def upload_page(order: Doc, wrong: str = "") -> Response:
    said = {"file": wrong} if wrong else {}
    fields = mandate_pages.upload_fields(order, said)
    body = render("mandate_send", fields=fields, action=f"/v1/checkout/nach/{order['id']}")
    return pages.show(SHOP, order, "Send the signed form", body, status=422 if wrong else 200)


async def page_to_upload(request: Request) -> Response:
    """Show the upload, and take it: for people who got the link and no checkout."""
    world: World = request.app.state.world
    order = paper_order(request)
    if order is None:
        return pages.refused("This form does not exist.")
    if request.method == "GET":
        return upload_page(order)
    name, picture = await picture_of(await request.form())
    try:
        with world.store.unit():
            nach.upload(world, order, name, picture)
    except Refused as refusal:
        return upload_page(order, str(refusal))
    return pages.show(SHOP, order, "Sent", render("mandate_sent"))


ROUTES = [
    Route("/v1/payments/create/nach/file", upload, methods=["POST"]),
    Route("/v1/checkout/nach/{id}", page_to_upload, methods=["GET", "POST"]),
    Route("/v1/checkout/nach/{id}/form", form_to_print, methods=["GET"]),
]
