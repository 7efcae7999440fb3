"""The words of an OpenAPI document: small pieces that every floor puts its own addresses together from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing_portal.parameters import Parameter

Schema = dict[str, Any]
# fmt: off
TEXT: Schema = {"type": "string"}
PAISE: Schema = {"type": "integer", "description": "paise"}
WHOLE: Schema = {"type": "integer"}
YES: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
INR: Schema = {"const": "INR"}
BAN: Schema = {"type": "string", "pattern": "^BA-[0-9]{4,12}$"}
MILLIPAISE: Schema = {"type": "integer", "description": "thousandths of a paisa"}
# fmt: on
OF_ACCOUNT = {
    "name": "ban",
    "in": "path",
    "required": True,
    "schema": BAN,
    "description": "the account's number",
}
PROBLEM = "application/problem+json"
COMMON = ("400", "401", "403", "404", "429")


def told(of: Schema, what: str) -> Schema:
    """Return a schema with its description."""
    return of | {"description": what}


def maybe(of: Schema) -> Schema:
    """Return a schema that may also be null."""
    if "$ref" in of:
        return {"oneOf": [of, {"type": "null"}]}
    if "enum" in of:
        return of | {"type": [of["type"], "null"], "enum": [*of["enum"], None]}
    return of | {"type": [of["type"], "null"]}


def codes(known: Iterable[object]) -> Schema:
    """Return a text that is one of some codes."""
    return {"type": "string", "enum": [str(one) for one in known]}


def many(of: Schema) -> Schema:
    """Return a list."""
    return {"type": "array", "items": of}


def thing(**fields: Schema) -> Schema:
    """Return an object that has all these fields and no other."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def json(schema: Schema) -> Schema:
    """Return the content of a JSON body."""
    return {"application/json": {"schema": schema}}


def paged(name: str) -> Schema:
    """Return a page of a list of named things."""
    cursor = told(maybe(TEXT), "of the next page; null: this is the last one")
    return thing(account=TEXT, items=many(ref(name)), next_cursor=cursor)


def query(known: Sequence[Parameter]) -> list[Schema]:
    """Return the parameters of an address."""
    return [
        {
            "name": one.name,
            "in": "query",
            "required": False,
            "schema": dict(one.schema),
            "description": one.what,
        }
        for one in known
    ]


def in_path(name: str, what: str, pattern: str) -> Schema:
    """Return a part of the path."""
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": what}


def problems(*statuses: str, words: Mapping[str, str]) -> Schema:
    """Return the problem answers of an address."""
    content = {PROBLEM: {"schema": ref("Problem")}}
    return {status: {"description": words[status], "content": content} for status in statuses}


# fmt: off
WORDS = {
    "400": "A parameter, a header or a field of the body cannot be read; `errors` names each.",
    "401": "No key, an unknown one, or a revoked one.",
    "403": "The key has not the scope, or the account is locked (`ACCOUNT_LOCKED`); `detail` says which.",
    "404": "No such account, or not the key's; or nothing of this account stands under this address.",
    "429": "Too many requests of this key; Retry-After says when to come back.",
}
# fmt: on


def reading(
    operation: str, summary: str, answer: Schema, *, tag: str, parameters: Sequence[Parameter] = ()
) -> Schema:
    """Return the operation of a GET for keys of the scope read."""
    return {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        "description": "Scope: *read*.",
        "parameters": query(parameters),
        "responses": {
            "200": {"description": "As it stands now", "content": json(answer)},
            **problems(*COMMON, words=WORDS),
        },
    }
