"""The API of disputes and of the documents to contest them: one row a call."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import checks, disputes, evidence, keys
from sandbox.entities import collection, load, public
from sandbox.errors import Refused
from sandbox.http import Call
from sandbox.store import Doc
from sandbox.world import World

PAGE = ("count", "skip", "from", "to")
EXPANDS = ("payment", "transaction.settlement")
KINDS = {b"%PDF-": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
LARGEST = 2 * 1024 * 1024  # bytes of one document


def expanded(world: World, dispute: Doc, expand: tuple[str, ...]) -> Doc:
    for name in expand:
        if name not in EXPANDS:
            raise Refused(f"The expand value {name} is not valid.", field="expand")
    shown = public(dispute)
    if "payment" in expand:
        shown["payment"] = public(load(world, "payment", dispute["payment_id"]))
    return shown


def fetch_dispute(world: World, call: Call) -> Doc:
    return expanded(world, load(world, "dispute", call.path["id"]), call.expand)


def list_disputes(world: World, call: Call) -> Doc:
    checks.only(call.query, PAGE)
    found = world.store.find("dispute", **checks.page(call.query).as_query())
    return collection(expanded(world, dispute, call.expand) for dispute in found)


def accept_dispute(world: World, call: Call) -> Doc:
    return public(disputes.lose(world, open_dispute(world, call)))


def contest_dispute(world: World, call: Call) -> Doc:
    """Keep evidence as a draft, or submit it: then the bank looks at it."""
    dispute = open_dispute(world, call)
    dispute["evidence"] = evidence.read(world, dispute, call.body)
    if call.body.get("action") == "submit":
        return public(disputes.review(world, dispute))
    return public(world.store.put("dispute", dispute))


def open_dispute(world: World, call: Call) -> Doc:
    """Return the dispute of the path. Raises Refused when it waits for no answer of the merchant."""
    dispute = load(world, "dispute", call.path["id"])
    if dispute["status"] != "open":
        raise Refused(f"The dispute is {dispute['status']} and cannot be changed.", step="NA", reason="NA")
    return dispute


async def upload(request: Request) -> Response:
    """POST /v1/documents, multipart with `file` and `purpose`."""
    world: World = request.app.state.world
    try:
        with world.store.unit():
            keys.check_basic(world, request.headers.get("authorization"))
        form = await request.form()
        sent = form.get("file")
        content = await sent.read() if isinstance(sent, UploadFile) else b""
        name = sent.filename or "" if isinstance(sent, UploadFile) else ""
        with world.store.unit():
            return JSONResponse(public(keep_document(world, name, content, form.get("purpose"))))
    except Refused as refusal:
        return JSONResponse(refusal.body, status_code=refusal.status)


def keep_document(world: World, name: str, content: bytes, purpose: object) -> Doc:
    """Keep what a document is; what it says nobody reads. Raises Refused."""
    kind = next((kind for head, kind in KINDS.items() if content.startswith(head)), None)
    if purpose != "dispute_evidence":
        raise Refused("The purpose must be dispute_evidence.", field="purpose")
    if kind is None:
        raise Refused("The file must be a PDF, a JPEG or a PNG.", field="file")
    if len(content) > LARGEST:
        raise Refused("The file may not be greater than 2 MB.", field="file")
    document = {
        "id": world.ids.new("doc"),
        "entity": "document",
        "purpose": purpose,
        "name": name,
        "mime_type": kind,
        "size": len(content),
        "created_at": world.clock.seconds(),
    }
    return world.store.put("document", document)


def fetch_document(world: World, call: Call) -> Doc:
    return public(load(world, "document", call.path["id"]))


CALLS = (
    ("GET", "/v1/disputes", list_disputes),
    ("GET", "/v1/disputes/{id}", fetch_dispute),
    ("POST", "/v1/disputes/{id}/accept", accept_dispute),
    ("PATCH", "/v1/disputes/{id}/contest", contest_dispute),
    ("GET", "/v1/documents/{id}", fetch_document),
)
UPLOAD = Route("/v1/documents", upload, methods=["POST"])
