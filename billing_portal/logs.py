"""How logs look: one line an event, ids only. Console for people, JSON for machines.

What a person typed or was sent stays out: no query of an address (a search for an e-mail), no path below
/auth/ (a link that resets a password), no browser's name, no values of variables below an error. What
happens every few seconds and went well stays out too.
"""

from collections.abc import MutableMapping
from typing import Any

import structlog

ROUTINE = {"request_started", "task_enqueued", "task_started", "task_retrying", "task_succeeded"}
PRIVATE = "/auth/"


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out what is routine, and of an address what is a person's own."""
    if event.get("event") in ROUTINE:
        raise structlog.DropEvent
    event.pop("user_agent", None)
    if isinstance(event.get("request"), str):
        method, _, address = event["request"].partition(" ")
        path = address.partition("?")[0]
        event["request"] = f"{method} {PRIVATE if path.startswith(PRIVATE) else path}"
    return event


def configure(*, format: str, silent: bool) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING; `format` is `console` or `json`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            mask,
            structlog.stdlib.filter_by_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = (
        {"class": "logging.NullHandler"}
        if silent
        else {"class": "logging.StreamHandler", "formatter": "line"}
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": structlog.stdlib.ProcessorFormatter, "processor": renderer}},
        "handlers": {"out": handler},
        "root": {"handlers": ["out"], "level": "INFO"},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "weasyprint": {"level": "CRITICAL"},  # its steps and warnings quote the document
        },
    }
