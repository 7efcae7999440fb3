"""What the gateway says when it refuses: the error body of its API, with the exact words where they are known."""

from typing import Any

NOT_FOUND = "The requested URL was not found on the server."
UNKNOWN_ID = "The id provided does not exist"


class Refused(Exception):
    """The gateway refuses the request. `field`, `step` and `reason` are the body's own."""

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        code: str = "BAD_REQUEST_ERROR",
        field: str | None = None,
        source: str = "business",
        step: str = "payment_initiation",
        reason: str = "input_validation_failed",
    ) -> None:
        super().__init__(description)
        self.status = status
        self.body = error_body(description, code=code, field=field, source=source, step=step, reason=reason)


def error_body(
    description: str,
    *,
    code: str = "BAD_REQUEST_ERROR",
    field: str | None = None,
    source: str = "NA",
    step: str = "NA",
    reason: str = "NA",
    metadata: dict[str, str] | None = None,
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "description": description}
    if field is not None:
        error["field"] = field
    error |= {"source": source, "step": step, "reason": reason, "metadata": metadata or {}}
    return {"error": error}


def unauthorised(description: str) -> Refused:
    return Refused(description, status=401, source="NA", step="NA", reason="NA")


def url_not_found() -> Refused:
    """A wrong path, a wrong verb, or a feature that is not enabled: the gateway does not say which."""
    return Refused(NOT_FOUND, source="NA", step="NA", reason="NA")


def wrong_state(description: str, *, step: str = "payment_capture", reason: str = "NA") -> Refused:
    return Refused(description, step=step, reason=reason)
