"""The control plane's OpenAPI file, made from its table of calls and their docstrings."""

import inspect
import re
from collections.abc import Iterable
from typing import Any

from sandbox.control.steer import Handler

Row = tuple[str, str, Handler]
OBJECT = {"application/json": {"schema": {"type": "object"}}}


def describe(calls: Iterable[Row]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler in calls:
        paths.setdefault(f"/_sandbox{path}", {})[method.lower()] = operation(method, path, handler)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sandbox control plane", "version": "1"},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": paths,
    }


def operation(method: str, path: str, handler: Handler) -> dict[str, Any]:
    words = handler.__name__.replace("_", " ")
    refusal = {"description": "Refused; `error` says why", "content": OBJECT}
    described: dict[str, Any] = {
        "operationId": handler.__name__ + ("_one" if method == "DELETE" and "{id}" in path else ""),
        "summary": words[0].upper() + words[1:],
        "responses": {"200": {"description": "Done", "content": OBJECT}, "400": refusal, "401": refusal},
    }
    if handler.__doc__:
        described["description"] = inspect.cleandoc(handler.__doc__)
    names = re.findall(r"{(\w+)}", path)
    if names:
        schema = {"type": "string"}
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": schema} for name in names
        ]
    if method == "POST":
        described["requestBody"] = {"required": False, "content": OBJECT}
    return described
