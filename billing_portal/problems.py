"""What the API answers when a request cannot be done: problem details (RFC 9457), and bodies read within a limit."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, NotAuthenticated, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import exception_handler

JSON = "application/problem+json"


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large."


class Refused(APIException):
    """What cannot be done as things stand; `reason` is a code for programs, `wait` seconds to come back after."""

    def __init__(self, status: int, detail: str, reason: str, *, wait: int | None = None) -> None:
        super().__init__(detail)
        self.status_code, self.reason, self.wait = status, reason, wait


class Invalid(ValidationError):
    """Parameters or fields that cannot be read: why, by name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__([f"{name}: {why}" for name, why in errors.items()])
        self.errors = [{"field": name, "reason": why} for name, why in errors.items()]


def document(status: int, detail: str) -> dict[str, Any]:
    """Return a problem document."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def written(status: int, detail: str) -> str:
    """Return a problem document as text, for who answers before a view does."""
    return json.dumps(document(status, detail))


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error of a view as problem details; what is no such error stays one."""
    response = exception_handler(error, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    if isinstance(error, NotAuthenticated):
        detail = "Send a key: Authorization: Bearer kv_…"
    else:
        said = getattr(error, "detail", "") or status.phrase
        detail = " ".join(map(str, said)) if isinstance(said, list) else str(said)
    told = {name: getattr(error, name) for name in ("reason", "errors") if hasattr(error, name)}
    response.data = document(status.value, detail) | told
    response.content_type = JSON
    return response


class LimitedJSON(BaseParser):
    """Strict JSON up to the view's `most_bytes`; nothing beyond them is read."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        _media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most: int = (parser_context or {})["view"].most_bytes
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"The body is larger than {most:,} bytes.")
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {str(error)[:200]}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
