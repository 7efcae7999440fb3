"""The OpenAPI 3.1 document of the usage intake, made from the tables that the intake itself reads."""

from typing import Any

from django.conf import settings

from invoices import usage
from invoices.usage_checks import FIELDS, MOST_UNITS

PROBLEMS = {
    "400": "The body is not JSON, nested too deeply, or holds no list of records.",
    "401": "No key, an unknown one, or a revoked one.",
    "403": "The key has not the scope “telephony”.",
    "413": "More than 10,000 records or 8 MB.",
    "415": "The body is not application/json.",
    "429": "Too many requests of this key; Retry-After says when to come back.",
}
DIFFERENT: dict[str, dict[str, Any]] = {
    "id": {"pattern": "^[!-~]{1,64}$"},
    "account": {"pattern": "^BA-[0-9]{4,12}$"},
    "direction": {"enum": ["in", "out", None]},
    "started_at": {"format": "date-time"},
    "answered_at": {"format": "date-time"},
    "ended_at": {"format": "date-time"},
    "units": {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_UNITS},
}


def document() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{settings.OPERATOR_NAME} billing API", "version": "1"},
        "servers": [{"url": settings.SITE_URL}],
        "security": [{"key": []}],
        "paths": {"/api/v1/usage-events/": {"post": _usage_events()}},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"UsageRecord": _record(), "Outcome": _outcome(), "Problem": _problem()},
        },
    }


def _usage_events() -> dict[str, Any]:
    records = {"type": "array", "maxItems": usage.MOST, "items": _ref("UsageRecord")}
    wrapped = {"type": "object", "required": ["records"], "properties": {"records": records}}
    counts = {name: {"type": "integer"} for name in (usage.ACCEPTED, usage.DUPLICATE, usage.REJECTED)}
    results = {"results": {"type": "array", "items": _ref("Outcome")}}
    answered = {"type": "object", "properties": counts | results, "required": [*counts, "results"]}
    return {
        "operationId": "sendUsageEvents",
        "summary": "Send usage records; each is taken once by its id",
        "requestBody": {"required": True, "content": _json({"oneOf": [wrapped, records]})},
        "responses": {
            "200": {
                "description": "An outcome for each record, in the order sent",
                "content": _json(answered),
            },
            **{
                status: {
                    "description": text,
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                }
                for status, text in PROBLEMS.items()
            },
        },
    }


def _record() -> dict[str, Any]:
    properties = {}
    for name, needed, what in FIELDS:
        kind: dict[str, Any] = {"type": "string" if needed else ["string", "null"]}
        properties[name] = kind | DIFFERENT.get(name, {}) | {"description": what}
    required = [name for name, needed, _what in FIELDS if needed]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _outcome() -> dict[str, Any]:
    outcomes = [usage.ACCEPTED, usage.DUPLICATE, usage.REJECTED]
    properties: dict[str, Any] = {name: {"type": "string"} for name in ("field", "reason")}
    properties |= {"id": {"type": ["string", "null"]}, "outcome": {"enum": outcomes}}
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _problem() -> dict[str, Any]:
    words = {name: {"type": "string"} for name in ("type", "title", "detail")}
    return {"type": "object", "properties": words | {"status": {"type": "integer"}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
