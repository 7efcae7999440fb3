"""Around every request: what none needs is refused unread, when a session was last seen, a look as a customer that can
change nothing, and 503 while the database is away.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import cast

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, ResolverMatch, resolve

from accounts import looking
from accounts.models import User
from billing_portal import clock, origin, problems, unit
from billing_portal.text import whole

log = structlog.get_logger(__name__)
RETRY_AFTER = "5"  # seconds
# in UTF-8: C0 and C1 but tab and line breaks, U+061C, U+200B, U+200E–F, U+202A–E, U+2060–9, U+FEFF
UNSEEN = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]"
    rb"|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf"
)
LOOK = "look"  # in the session
PANEL = "<ban:ban>/"  # what the pages of an account begin with
SAFE = ("GET", "HEAD")
SIGN_OUT = ("account_logout", "logout")
SEEN_AGAIN = 300  # seconds: so seldom is it written that a session is in use


class Needless:
    """Refuse what no request needs, before anything reads it: NUL in an address, a body beyond the largest file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        most = settings.LARGEST_BODY // 1_000_000
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return _unread(request, 400, "The address holds a NUL character.", {})
        if _is_beyond(request):
            return _unread(request, 413, f"The body is larger than {most} MB.", {"most": most})
        return self.get_response(request)


def _is_beyond(request: HttpRequest) -> bool:
    """Whether a body is said to be larger than the largest file, or what it is said to be is no number."""
    length = whole(request.META.get("CONTENT_LENGTH") or "0")
    return length is None or length > settings.LARGEST_BODY


def _unread(request: HttpRequest, status: int, detail: str, words: dict[str, int]) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return HttpResponse(problems.written(status, detail), status=status, content_type=problems.JSON)
    return HttpResponse(render_to_string(f"{status}.html", words), status=status)


class OnlyForms:
    """Answer who opens the address of a form, by hand or after signing in again, with a page and not with nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = request.method == "GET" and not request.path_info.startswith("/api/")
        if response.status_code == 405 and is_page and not response.content:
            response.content = render_to_string("405.html").encode()
        return response


class Visible:
    """Take out of every page what nobody can see of it: control characters and bidi marks that an older row holds.

    They could make a name read as another; the joiners of Indian scripts stay.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = UNSEEN.sub(b"", response.content)
        return response


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
            caller = origin.caller(request)
            mine.update(last_seen_at=now, **({"ip": caller} if caller else {}))
        return self.get_response(request)


class DatabaseAway:
    """Answer a view that lost the database; the next request opens a connection of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        log.error("database_away", error=type(error).__name__)
        if not connection.in_atomic_block:
            connection.close()
        headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
        if request.path_info.startswith("/api/"):
            said = problems.written(503, "The database does not answer. Try again in a moment.")
            return HttpResponse(said, status=503, headers=headers, content_type=problems.JSON)
        page = render_to_string("503.html")  # without the request: its person is in the database too
        return HttpResponse(page, status=503, headers=headers)


class Looking:
    """Keep a look of staff as a customer: its account's pages alone, by safe methods, in a read-only transaction.

    The staff's own pages stay as they are. A look ends by itself, by leaving, by signing out, and with its right.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        words = request.session.get(LOOK) if request.user.is_authenticated else None
        if not words:
            return self.get_response(request)
        look, user, now = looking.read(words), cast(User, request.user), clock.now()
        match = _match(request)
        is_own = match is not None and match.route.startswith(PANEL)
        if not looking.may_go_on(look, user, now=now):
            end(request, look, "time, right or account", now)
            messages.info(request, f"Your look at {look.ban} has ended.")
            is_safe = is_own and request.method in SAFE
            return redirect("admin:account_page", look.account) if is_safe else self.get_response(request)
        if match is None or "admin" in match.namespaces or match.url_name in SIGN_OUT:
            if match and match.url_name in SIGN_OUT and request.method == "POST":
                end(request, look, "signed out", now)
            return self.get_response(request)
        if match.url_name == "home" and request.method in SAFE:
            return redirect("admin:account_page", look.account)
        request.look = look  # type: ignore[attr-defined]
        if not is_own or match.kwargs.get("ban") != look.ban or request.method not in SAFE:
            return _refused(request, look, user)
        look = looking.see(look, request.path, by=user, now=now)
        request.session[LOOK] = look.words
        with unit.read_only():
            response = self.get_response(request)
        return _refused(request, look, user) if isinstance(response, _Refused) else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page that would have written something or asked the gateway is not shown to who only looks."""
        return _Refused() if getattr(request, "look", None) and unit.is_refused_write(error) else None


class _Refused(HttpResponse):
    """In place of a page that tried to change something; the transaction it stands in can read nothing more."""


def end(request: HttpRequest, look: looking.Look, why: str, now: datetime) -> None:
    """End a look: write it down, and forget it."""
    looking.end(look, by=cast(User, request.user), why=why, now=now)
    request.session.pop(LOOK, None)


def _refused(request: HttpRequest, look: looking.Look, user: User) -> HttpResponse:
    member = looking.member(look, user)
    request.member, request.account = member, member.account  # type: ignore[attr-defined]
    return render(request, "looking.html", status=403)


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None
