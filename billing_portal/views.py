"""Doors of the whole portal: home, an account's first page, health, and the pages for when things go wrong."""

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_GET, require_safe

from accounts.models import Member
from accounts.permissions import FIRST, Right, may, panel
from billing_portal import clock, first_steps, heartbeat, overview
from credit import facts


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead a person to the first page that they may open."""
    mine = Member.objects.filter(user=request.user)  # type: ignore[misc]  # logged in
    members = list(mine.select_related("account").order_by("account__ban"))
    for right, first in FIRST:
        for member in members:
            if may(member, right):
                return redirect(first, ban=member.account.ban)
    if request.user.is_staff and not members:
        return redirect("admin:index")
    return redirect("profile")


@require_safe
@panel(Right.BILLING)
def overview_page(request: HttpRequest) -> HttpResponse:
    now, member = clock.now(), request.member  # type: ignore[attr-defined]
    held = request.facts = facts.of(request.account, now=now)  # type: ignore[attr-defined]  # for the frame too
    page = overview.read(request.account, held, now=now)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "steps": first_steps.of(member, is_empty=page.is_new, now=now),
        "may_pay": may(member, Right.PAY),
        "today": clock.business_date(now),
        "now": now,
    }
    return render(request, "overview.html", context)


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Lead who asks for the icon without having read a page to where it is."""
    return redirect(static("portal/favicon.svg"))


@require_GET
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(_request: HttpRequest) -> JsonResponse:
    """Database, cache and beat answer; 503 names what does not."""
    state = {"database": _database(), "cache": _cache(), "beat": _beat()}
    ready = all(state.values())
    return JsonResponse({"ready": ready, **state}, status=200 if ready else 503)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or a browser without cookies."""
    return render(request, "csrf.html", {"reason": reason}, status=403)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Exception:
        return False
    return True


def _cache() -> bool:
    cache.set("readyz", 1, timeout=30)
    return cache.get("readyz") == 1


def _beat() -> bool:
    return heartbeat.is_alive(clock.now())
