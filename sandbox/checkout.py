"""The gateway's hosted checkout: the doors of the payer's pages. They work with plain forms and no script.

A checkout is a `session` (what the merchant's form asked for); each try of it is a payment of its order.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import checkout_pages as pages
from sandbox import checkout_sessions as sessions
from sandbox import mandate_checkout, mandate_pages, paying, payment_links
from sandbox.card_form import read_instrument
from sandbox.instruments import must_fail, otp_is_good
from sandbox.mandates import terms_of
from sandbox.store import Doc
from sandbox.world import World

SCRIPT = Path(__file__).parent / "assets" / "checkout.js"
DECISIONS = {"success": "success", "fail": "fail", "cancel": "cancel", "never": "pending", "close": "pending"}


async def script(_request: Request) -> Response:
    return FileResponse(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-store"})


async def open_checkout(request: Request) -> Response:
    """Take the merchant's form (or the modal's query) and show the payer's page."""
    world: World = request.app.state.world
    form: Mapping[str, Any] = request.query_params if request.method == "GET" else await request.form()
    try:
        with world.store.unit():
            session = sessions.open_session(world, form)
    except sessions.SessionRefused as refusal:
        return pages.refused(str(refusal))
    return go(f"/v1/checkout/pay/{session['id']}")


async def choose(request: Request) -> Response:
    """Show the methods."""
    session, order = found(request)
    if session is None or order is None:
        return pages.refused("This checkout does not exist or has ended.")
    if order["status"] == "paid":
        return pages.already_paid(session, order)
    if terms_of(order):
        return mandate_pages.choose(session, order)
    return pages.choose(session, order)


async def begin(request: Request) -> Response:
    """Begin a payment with the chosen instrument, and go to its bank."""
    world: World = request.app.state.world
    form = await request.form()
    session, order = found(request)
    if session is None or order is None:
        return pages.refused("This checkout does not exist or has ended.")
    method = str(form.get("method", ""))
    picture = await mandate_checkout.picture_of(form)
    with world.store.unit():
        if paying.refusal(world, order):
            return pages.already_paid(session, order)
        if terms_of(order):
            begun = mandate_checkout.begin(world, session, order, form, picture)
            return begun if isinstance(begun, Response) else go_on(world, begun)
        instrument, wrong = read_instrument(method, form, now=world.clock.now())
        if wrong:
            return pages.choose(session, order, method=method, form=form, wrong=wrong)
        payer = sessions.payer(session) | {"card_name": str(form.get("card_name", "")).strip()}
        odd = {"amount": sessions.due(session, order)} if session.get("amount") else {}
        payment = paying.begin(world, order, method, instrument, payer, _session=session["id"], **odd)
        return go_on(world, payment)


def go_on(world: World, payment: Doc) -> Response:
    """Go to the bank, or past it where the instrument decides by itself. Needs a unit."""
    if payment["status"] == "created" and not needs_no_bank(payment):
        return go(f"/v1/checkout/bank/{payment['id']}")
    if payment["status"] == "created":
        paying.finish(world, payment, "success")
    return go(f"/v1/checkout/result/{payment['id']}")


def needs_no_bank(payment: Doc) -> bool:
    """Say whether a UPI instrument or amount decides by itself."""
    instrument = payment["_instrument"]
    decided = instrument.endswith("@razorpay") or must_fail("upi", instrument, payment["amount"])
    return payment["method"] == "upi" and decided


async def bank(request: Request) -> Response:
    """Show the bank's page, where the person decides what the bank says."""
    payment, session, order = attempt(request)
    if payment is None:
        return pages.refused("This payment does not exist.")
    if payment["status"] != "created":
        return go(f"/v1/checkout/result/{payment['id']}")
    if terms_of(order):
        return mandate_pages.bank(session, order, payment)
    return pages.bank(session, order, payment)


async def decide(request: Request) -> Response:
    """Take the decision: `otp`, `success`, `fail`, `cancel`, `never`, `close`, or `lost` (paid, tab closed)."""
    world: World = request.app.state.world
    form = await request.form()
    payment, session, order = attempt(request)
    if payment is None:
        return pages.refused("This payment does not exist.")
    decision = str(form.get("decision", ""))
    if decision == "otp":
        decision = "success" if otp_is_good(str(form.get("otp", ""))) else "fail"
    if payment["status"] == "created":
        with world.store.unit():
            outcome = DECISIONS.get("success" if decision == "lost" else decision, "fail")
            reason = str(form.get("reason", "")) or None
            payment = paying.finish(world, payment, outcome, reason=reason if outcome == "fail" else None)
    if decision in ("never", "close", "lost"):
        return pages.silence(session, order, payment, decision)
    return go(f"/v1/checkout/result/{payment['id']}")


async def result(request: Request) -> Response:
    """Hand the payer back to the merchant after a success; offer another try after a failure."""
    world: World = request.app.state.world
    payment, session, order = attempt(request)
    if payment is None:
        return pages.refused("This payment does not exist.")
    if payment["status"] == "created":
        return pages.silence(session, order, payment, "never")
    fields = paying.success_fields(payment, sessions.secret(world, session))
    if fields and session.get("return_url"):
        return go(payment_links.return_address(world, session["link_id"], payment))
    if fields and terms_of(order):
        return mandate_checkout.success(world, session, payment, fields)
    if fields:
        return pages.success(session, payment, fields)
    return pages.failure(session, order, payment, paying.failure_fields(payment))


async def cancel(request: Request) -> Response:
    """Leave without paying: back to the merchant's cancel address."""
    session, order = found(request)
    if session is None or order is None:
        return pages.refused("This checkout does not exist or has ended.")
    if session["cancel_url"] and session["mode"] == "page":
        return go(session["cancel_url"])
    return pages.cancelled(session)


def found(request: Request) -> tuple[Doc | None, Doc | None]:
    """Return the session of the path and its order."""
    store = request.app.state.world.store
    session = store.get("session", request.path_params["id"])
    return session, store.get("order", session["order_id"]) if session else None


def attempt(request: Request) -> tuple[Doc | None, Doc, Doc]:
    """Return the payment of the path, its session and order; None for one not made by checkout."""
    store = request.app.state.world.store
    payment = store.get("payment", request.path_params["id"])
    session = store.get("session", payment.get("_session", "")) if payment else None
    if payment is None or session is None:
        return None, {}, {}
    return payment, session, store.get("order", payment["order_id"]) or {}


def go(url: str) -> Response:
    return RedirectResponse(url, status_code=303)


ROUTES = [
    Route("/v1/checkout.js", script, methods=["GET"]),
    Route("/v1/checkout/embedded", open_checkout, methods=["GET", "POST"]),
    Route("/v1/checkout/pay/{id}", choose, methods=["GET"]),
    Route("/v1/checkout/pay/{id}", begin, methods=["POST"]),
    Route("/v1/checkout/bank/{id}", bank, methods=["GET"]),
    Route("/v1/checkout/bank/{id}", decide, methods=["POST"]),
    Route("/v1/checkout/result/{id}", result, methods=["GET"]),
    Route("/v1/checkout/cancel/{id}", cancel, methods=["GET", "POST"]),
]
