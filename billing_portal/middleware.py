"""While the database is away: 503 with the time to come back, for people and for the gateway's webhooks."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

log = structlog.get_logger(__name__)
RETRY_AFTER = "5"  # seconds


class DatabaseAway:
    """Answer a view that lost the database; the next request opens a connection of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        log.error("database_away", error=type(error).__name__)
        if not connection.in_atomic_block:
            connection.close()
        page = render_to_string("503.html")  # without the request: its person is in the database too
        return HttpResponse(
            page, status=503, headers={"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
        )
