"""Around every request: when a session was last seen; and 503 while the database is away, for people and webhooks."""

from collections.abc import Callable

import structlog
from allauth.usersessions.models import UserSession
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from billing_portal import clock, origin

log = structlog.get_logger(__name__)
RETRY_AFTER = "5"  # seconds
SEEN_AGAIN = 300  # seconds: so seldom is it written that a session is in use


class LastSeen:
    """Keep when and from where a session was last used, for its owner's list of sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen = request.session.get("seen")  # set at sign-in, so a stranger's session is left alone
        now = clock.now()
        if seen is not None and abs(now.timestamp() - seen) > SEEN_AGAIN and request.user.is_authenticated:
            request.session["seen"] = int(now.timestamp())
            mine = UserSession.objects.filter(session_key=request.session.session_key)
            address = origin.caller(request)
            mine.update(last_seen_at=now, **({"ip": address} if address else {}))
        return self.get_response(request)


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
