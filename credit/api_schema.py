"""The OpenAPI description of the platform's doors, made from the tables that they themselves read."""

from typing import Any

from accounts.levels import Level
from billing_portal import openapi
from billing_portal.openapi import OF_ACCOUNT
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
DIFFERENT: dict[str, dict[str, Any]] = {
    "id": {"pattern": "^[!-~]{1,64}$"},
    "account": {"pattern": "^BA-[0-9]{4,12}$"},
    "direction": {"enum": ["in", "out", None]},
    "started_at": {"format": "date-time"},
    "answered_at": {"format": "date-time"},
    "ended_at": {"format": "date-time"},
    "units": {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_UNITS},
}


TAG = "Telephony platform"


def paths() -> dict[str, Any]:
    """Return the platform's addresses."""
    return {
        "/api/v1/usage-events/": {"post": _usage_events()},
        "/api/v1/accounts/{ban}/service/": {"parameters": [OF_ACCOUNT], "get": _service()},
        "/api/v1/accounts/{ban}/holds/": {"parameters": [OF_ACCOUNT], "post": _holds()},
    }


def schemas() -> dict[str, Any]:
    """Return what they speak of, by name."""
    return {
        "UsageRecord": _record(),
        "Outcome": _outcome(),
        "Service": _service_schema(),
        "Hold": _hold_schema(),
    }


def _usage_events() -> dict[str, Any]:
    records = {"type": "array", "maxItems": usage.MOST, "items": openapi.ref("UsageRecord")}
    wrapped = {"type": "object", "required": ["records"], "properties": {"records": records}}
    counts = {name: {"type": "integer"} for name in (usage.ACCEPTED, usage.DUPLICATE, usage.REJECTED)}
    results = {"results": {"type": "array", "items": openapi.ref("Outcome")}}
    answered = {"type": "object", "properties": counts | results, "required": [*counts, "results"]}
    return {
        "operationId": "sendUsageEvents",
        "tags": [TAG],
        "description": "Scope: *telephony*.",
        "summary": "Send usage records; each is taken once by its id",
        "requestBody": {"required": True, "content": openapi.json({"oneOf": [wrapped, records]})},
        "responses": {
            "200": {
                "description": "An outcome for each record, in the order sent",
                "content": openapi.json(answered),
            },
            **_problems("400", "401", "403", "413", "415", "429"),
        },
    }


def _service() -> dict[str, Any]:
    return {
        "operationId": "askService",
        "tags": [TAG],
        "description": "Scope: *telephony*, or *read* of the account itself.",
        "summary": "What the account may do now; with If-None-Match 304 while the answer is the same",
        "responses": {
            "200": {
                "description": "Level, and each feature of the plan",
                "content": openapi.json(openapi.ref("Service")),
            },
            "304": {"description": "The same answer as the tag's"},
            **_problems("401", "403", "404", "429"),
        },
    }


def _holds() -> dict[str, Any]:
    answer = {"content": openapi.json(openapi.ref("Hold"))}
    return {
        "operationId": "hold",
        "tags": [TAG],
        "description": "Scope: *telephony*.",
        "summary": "A call starts, or a message is sent: set its money aside. The record with the same id replaces it",
        "requestBody": {
            "required": True,
            "content": openapi.json(
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
    return openapi.problems(*statuses, words=PROBLEMS)


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
