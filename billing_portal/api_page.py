"""The OpenAPI document as a page shows it: groups of addresses, their parameters, fields and problems."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
METHODS = ("get", "post")
DEEPEST = 3  # things inside things
KINDS = {"integer": "whole number", "string": "text", "boolean": "true or false", "null": "null"}
FORMATS = {"date": "day", "date-time": "moment", "binary": "bytes"}
STRESS = re.compile(r"[*`]")


@dataclass(frozen=True)
class Field:
    """One field or parameter in words; `name` says the way to it: pdf.is_ready, items[].number."""

    name: str
    kind: str
    what: str
    is_needed: bool = True


@dataclass(frozen=True)
class Call:
    """One address and method."""

    id: str
    method: str
    path: str
    summary: str
    said: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]
    answers: tuple[tuple[str, str], ...]  # status, what it means


@dataclass(frozen=True)
class Group:
    """The addresses of one matter."""

    id: str
    name: str
    said: str
    calls: tuple[Call, ...]


def read(document: Schema) -> list[Group]:
    """Return the document's groups, in its order."""
    found: dict[str, list[Call]] = {tag["name"]: [] for tag in document["tags"]}
    named = document["components"]["schemas"]
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                call = _call(method, path, item[method], item.get("parameters", ()), named)
                found[item[method]["tags"][0]].append(call)
    words = {tag["name"]: tag["description"] for tag in document["tags"]}
    return [
        Group(f"group-{place}", name, words[name], tuple(calls))
        for place, (name, calls) in enumerate(found.items(), start=1)
    ]


def _call(method: str, path: str, operation: Schema, shared: Any, named: Schema) -> Call:
    given = [*shared, *operation.get("parameters", ())]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    content = good.get("content", {}).get("application/json", {}).get("schema")
    return Call(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        _plain(operation.get("description", "")),
        tuple(Field(one["name"], _kind(one["schema"], named), _what(one), one["required"]) for one in given),
        tuple(_fields(body, named)) if body else (),
        tuple(_fields(content, named)) if content else (),
        tuple((status, _plain(one["description"])) for status, one in operation["responses"].items()),
    )


def _fields(schema: Schema, named: Schema, before: str = "", depth: int = 0) -> Iterator[Field]:
    """Give a schema's fields, those of things inside it behind their own."""
    schema = _resolved(schema, named)
    if "oneOf" in schema:
        seen: set[str] = set()
        for one in schema["oneOf"]:
            for field in _fields(one, named, before, depth):
                if field.name not in seen:
                    seen.add(field.name)
                    yield field
        return
    if schema.get("type") == "array":
        yield from _fields(schema["items"], named, f"{before.rstrip('.')}[].", depth)
        return
    for name, inner in schema.get("properties", {}).items():
        is_needed = name in schema.get("required", ())
        yield Field(before + name, _kind(inner, named), _what(_resolved(inner, named) | inner), is_needed)
        if depth < DEEPEST:
            yield from _fields(inner, named, f"{before}{name}.", depth + 1)


def _resolved(schema: Schema, named: Schema) -> dict[str, Any]:
    if "$ref" in schema:
        return dict(named[schema["$ref"].rpartition("/")[2]])
    return dict(schema)


def _kind(schema: Schema, named: Schema) -> str:
    """Say what a value is: its kind, its codes, whether it may be null."""
    schema = _resolved(schema, named)
    if "oneOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, named) for one in schema["oneOf"]))
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return ", ".join("null" if one is None else str(one) for one in schema["enum"])
    kinds = schema.get("type", "object")
    return " or ".join(
        FORMATS.get(schema.get("format", ""), KINDS[one]) if one == "string" else _simple(one, schema, named)
        for one in ([kinds] if isinstance(kinds, str) else kinds)
    )


def _simple(kind: str, schema: Schema, named: Schema) -> str:
    if kind == "array":
        items = _resolved(schema["items"], named)
        return (
            "list" if items.get("type") == "object" or "oneOf" in items else f"list of {_kind(items, named)}"
        )
    return KINDS.get(kind, "object")


def _what(schema: Schema) -> str:
    return _plain(schema.get("description", ""))


def _plain(words: str) -> str:
    """Leave out the marks of stress: the page has its own."""
    return STRESS.sub("", words)
