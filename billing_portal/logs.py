"""How logs look: one line an event, ids only. Console for people, JSON for machines."""

from typing import Any

import structlog


def configure(*, format: str, silent: bool) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING; `format` is `console` or `json`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
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
        else structlog.dev.ConsoleRenderer(colors=False)
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
            "weasyprint": {"level": "CRITICAL"},  # its steps and warnings quote the document
        },
    }
