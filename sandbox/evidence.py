"""Evidence of a dispute: a summary and documents, kept as a draft or submitted."""

from typing import Any

from sandbox import checks
from sandbox.entities import load
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.world import World

PROOFS = (
    "shipping_proof",
    "billing_proof",
    "cancellation_proof",
    "customer_communication",
    "proof_of_service",
    "explanation_letter",
    "refund_confirmation",
    "access_activity_log",
    "refund_cancellation_policy",
    "term_and_conditions",
)
NOTHING: Doc = {"summary": None, **dict.fromkeys(PROOFS), "others": None, "submitted_at": None}
LONGEST_SUMMARY = 1000


def read(world: World, dispute: Doc, body: Doc) -> Doc:
    """Return the dispute's evidence with what is given. Raises Refused."""
    checks.only(body, ("action", "amount", "summary", *PROOFS, "others"))
    if body.get("action", "draft") not in ("draft", "submit"):
        raise Refused("The action must be draft or submit.", field="action")
    evidence = dispute["evidence"] | _given(world, dispute, body)
    if body.get("action") == "submit":
        proofs = [evidence[name] for name in (*PROOFS, "others") if evidence[name]]
        if not evidence["summary"] or not proofs:
            raise Refused("A summary and at least one document are needed to contest.", field="summary")
        evidence["submitted_at"] = world.clock.seconds()
    return evidence


def _given(world: World, dispute: Doc, body: Doc) -> Doc:
    given: Doc = {name: _documents(world, name, body[name]) for name in PROOFS if name in body}
    if "others" in body:
        given["others"] = _others(world, body["others"])
    if "summary" in body:
        given["summary"] = _summary(body["summary"])
    if "amount" in body:
        given["amount"] = checks.whole(body, "amount")
        if not 1 <= given["amount"] <= dispute["amount"]:
            raise Refused("The amount must be at most the dispute's amount.", field="amount")
    return given


def _summary(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_SUMMARY:
        raise Refused("The summary may not be greater than 1000 characters.", field="summary")
    return value


def _documents(world: World, name: str, ids: Any) -> list[str]:
    if not isinstance(ids, list):
        raise Refused(f"The {name} must be an array.", field=name)
    return [load(world, "document", doc_id)["id"] for doc_id in ids]


def _others(world: World, value: Any) -> list[Doc]:
    if not isinstance(value, list) or not all(isinstance(other, dict) for other in value):
        raise Refused("The others must be an array.", field="others")
    kept = []
    for other in value:
        checks.only(other, ("type", "document_ids"))
        ids = _documents(world, "others", other.get("document_ids"))
        kept.append({"type": str(other.get("type", "")), "document_ids": ids})
    return kept
