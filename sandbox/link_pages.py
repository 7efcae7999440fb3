"""What a customer finds at a short address: the checkout of a payment link or of a registration link."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import checkout_pages as pages
from sandbox import checkout_sessions as sessions
from sandbox import payment_links, short_links
from sandbox.pages import render, rupees
from sandbox.store import Doc
from sandbox.world import World

SHOP = {"name": sessions.MERCHANT}
OVER = {
    "paid": ("Already paid", "good", "This has been paid. Nothing more is charged."),
    "cancelled": ("Not valid any more", "bad", "The merchant has cancelled this link."),
    "expired": ("Not valid any more", "bad", "This link has expired. Ask the merchant for a new one."),
}


async def visit(request: Request) -> Response:
    """Open the checkout; a link that takes parts asks first how much."""
    world: World = request.app.state.world
    code = request.path_params["code"]
    kind, asked = short_links.follow(world, code)
    if asked is None:
        return pages.refused("This link does not exist.")
    if asked["status"] in OVER:
        return over(asked)
    amount, wrong = None, ""
    if kind == "payment_link" and asked["accept_partial"]:
        typed = str((await request.form()).get("amount", "")) if request.method == "POST" else None
        amount, wrong = part(asked, typed)
        if amount is None:
            return ask(asked, code, typed or "", wrong)
    with world.store.unit():
        session = open_link(world, asked, amount) if kind == "payment_link" else open_invoice(world, asked)
    return RedirectResponse(f"/v1/checkout/pay/{session['id']}", status_code=303)


def over(asked: Doc) -> Response:
    title, tone, words = OVER[asked["status"]]
    return pages.show(SHOP, None, title, render("link_over", tone=tone, words=words))


def part(link: Doc, typed: str | None) -> tuple[int | None, str]:
    """Return the amount in paise that was typed in rupees, and what is wrong with it."""
    if typed is None:
        return None, ""
    match = re.fullmatch(r"\s*₹?\s*([\d,]{1,15})(?:\.(\d{1,2}))?\s*", typed)
    digits = match[1].replace(",", "") if match else ""
    amount = int(digits) * 100 + int((match[2] or "0").ljust(2, "0")) if match and digits else 0
    least, most = least_of(link), link["amount"] - link["amount_paid"]
    if least <= amount <= most:
        return amount, ""
    return None, f"Enter an amount from {rupees(least)} to {rupees(most)}."


def least_of(link: Doc) -> int:
    """Return the smallest part in paise: the merchant's word for the first, else a rupee, never above the rest."""
    least = link["first_min_partial_amount"] if not link["amount_paid"] else 0
    return min(least or 100, link["amount"] - link["amount_paid"])


def ask(link: Doc, code: str, typed: str, wrong: str) -> Response:
    rest = link["amount"] - link["amount_paid"]
    body = render(
        "link_part",
        action=f"/i/{code}",
        words=link["description"] or link["reference_id"],
        due=rupees(rest),
        least=rupees(least_of(link)),
        typed=typed or f"{rest / 100:.2f}" if rest % 100 else typed or str(rest // 100),
        **pages.complaint("amount", wrong),
    )
    return pages.show(SHOP, None, "How much do you pay?", body, status=422 if wrong else 200)


def open_link(world: World, link: Doc, amount: int | None) -> Doc:
    order = payment_links.order_of(world, link)
    facts: dict[str, Any] = {"description": link["description"], "notes": link["notes"] or {}}
    person = link["customer"]
    facts |= {name: person.get(name, "") for name in ("email", "contact")} | {
        "person": person.get("name", "")
    }
    return sessions.keep(
        world, order, link_id=link["id"], return_url=link["callback_url"], amount=amount, **facts
    )


def open_invoice(world: World, invoice: Doc) -> Doc:
    order = world.store.get("order", invoice["order_id"])
    assert order is not None
    person = invoice["customer_details"]
    facts = {
        "email": person["email"] or "",
        "contact": person["contact"] or "",
        "person": person["name"] or "",
    }
    words = invoice["description"] or ""
    return sessions.keep(world, order, customer_id=invoice["customer_id"], description=words, **facts)


ROUTES = [Route("/i/{code}", visit, methods=["GET", "POST"])]
