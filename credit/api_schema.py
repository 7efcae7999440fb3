"""The OpenAPI 3.1 document of the platform's doors, made from the tables that they themselves read."""

from typing import Any

from django.conf import settings

from accounts.levels import Level
from credit import holds
from credit.service import Why
from invoices import usage
from invoices.usage_checks import FIELDS, MOST_UNITS

PROBLEMS = {
    "400": "The body is not JSON, nested too deeply, or holds no list of records.",
    "401": "No key, an unknown one, or a revoked one.",
    "403": "The key has not the scope “telephony”, or shares its ids with others.",
    "404": "No such account, or not one of this key.",
    "409": "It may not start; `reason` says why.",
    "413": "More than 10,000 records or 8 MB.",
    "415": "The body is not application/json.",
    "429": "Too many requests of this key; Retry-After says when to come back.",
}
BAN = {
    "name": "ban",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^BA-[0-9]{4,12}$"},
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
        "paths": {
            "/api/v1/usage-events/": {"post": _usage_events()},
            "/api/v1/accounts/{ban}/service/": {"parameters": [BAN], "get": _service()},
            "/api/v1/accounts/{ban}/holds/": {"parameters": [BAN], "post": _holds()},
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "UsageRecord": _record(),
                "Outcome": _outcome(),
                "Service": _service_schema(),
                "Hold": _hold_schema(),
                "Problem": _problem(),
            },
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
            **_problems("400", "401", "403", "413", "415", "429"),
        },
    }


def _service() -> dict[str, Any]:
    return {
        "operationId": "askService",
        "summary": "What the account may do now; with If-None-Match 304 while the answer is the same",
        "responses": {
            "200": {"description": "Level, and each feature of the plan", "content": _json(_ref("Service"))},
            "304": {"description": "The same answer as the tag's"},
            **_problems("401", "403", "404", "429"),
        },
    }


def _holds() -> dict[str, Any]:
    answer = {"content": _json(_ref("Hold"))}
    return {
        "operationId": "hold",
        "summary": "A call starts, or a message is sent: set its money aside. The record with the same id replaces it",
        "requestBody": {
            "required": True,
            "content": _json(
                {
                    "oneOf": [
                        _held("seconds", holds.LONGEST, "a call"),
                        _held("units", MOST_UNITS, "a message"),
                    ]
                }
            ),
        },
        "responses": {
            "201": {"description": "It may start, as far as is granted", **answer},
            "200": {"description": "It was held before", **answer},
            **_problems("400", "401", "403", "404", "409", "415", "429"),
        },
    }


def _held(measure: str, most: int, what: str) -> dict[str, Any]:
    properties = {
        "id": {"type": "string", "pattern": "^[!-~]{1,64}$"},
        "feature": {"type": "string", "maxLength": 20},
        measure: {"type": "integer", "minimum": 1, "maximum": most},
    }
    names = sorted(properties)
    return {
        "type": "object",
        "title": what,
        "required": names,
        "additionalProperties": False,
        "properties": properties,
    }


def _service_schema() -> dict[str, Any]:
    reason = {"enum": [None, *map(str, Why)]}
    bound = {"type": ["integer", "null"], "minimum": 0, "description": "null: no bound"}
    feature = {
        "type": "object",
        "required": ["allowed", "reason"],
        "properties": {"allowed": {"type": "boolean"}, "reason": reason, "seconds": bound, "units": bound},
    }
    return {
        "type": "object",
        "required": ["account", "level", "reason", "features"],
        "properties": {
            "account": {"type": "string"},
            "level": {"enum": [str(level) for level in Level]},
            "reason": reason,
            "features": {"type": "object", "additionalProperties": feature},
        },
    }


def _hold_schema() -> dict[str, Any]:
    properties = {
        "id": {"type": "string"},
        "allowed": {"const": True},
        "seconds": {"type": ["integer", "null"], "description": "the call must end by then; null: no bound"},
        "units": {"type": "integer", "minimum": 1, "description": "so many messages may be sent"},
        "expires_at": {"type": "string", "format": "date-time"},
    }
    measured = [{"required": ["seconds"]}, {"required": ["units"]}]
    required = ["id", "allowed", "expires_at"]
    return {"type": "object", "required": required, "oneOf": measured, "properties": properties}


def _problems(*statuses: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {status: {"description": PROBLEMS[status], "content": content} for status in statuses}


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
    words = {name: {"type": "string"} for name in ("type", "title", "detail", "reason")}
    return {"type": "object", "properties": words | {"status": {"type": "integer"}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
