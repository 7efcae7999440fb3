"""The checkout of a registration order: the same doors as a payment's, with a mandate behind them."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox import checkout_sessions as sessions
from sandbox import mandate_form, nach, paying
from sandbox import mandate_pages as pages
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.tokens import INITIATED, status
from sandbox.world import World


def begin(
    world: World, session: Doc, order: Doc, form: Mapping[str, Any], picture: tuple[str, bytes]
) -> Doc | Response:
    """Begin the registration payment; return it, or the page again with what was wrong. Needs a unit."""
    terms = order["_mandate"]
    payer = sessions.payer(session) | {"card_name": str(form.get("card_name", "")).strip()}
    if terms["method"] == "nach":
        try:
            return nach.upload(world, order, *picture, payer, _session=session["id"])
        except Refused as refusal:
            return pages.choose(session, order, wrong={"file": str(refusal)})
    instrument, said, wrong = mandate_form.read(terms, form, now=world.clock.now())
    if wrong:
        return pages.choose(session, order, form=form, wrong=wrong)
    return paying.begin(world, order, terms["method"], instrument, payer | said, _session=session["id"])


async def picture_of(form: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return name and bytes of the uploaded form; empty when none was chosen."""
    file = form.get("file")
    if not isinstance(file, UploadFile):
        return "", b""
    return file.filename or "", await file.read(nach.LARGEST + 1)


def success(world: World, session: Doc, payment: Doc, fields: Mapping[str, str]) -> Response:
    token = world.store.get("token", payment["token_id"])
    return pages.success(session, payment, fields, waits=token is not None and status(token) == INITIATED)
