"""Doors of a person's own page and sessions, and of the SMS provider's delivery reports."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts import devices, sms_reports
from accounts.models import Member
from billing_portal import clock

LONGEST_REPORT = 16_000  # bytes


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who I am here, and my accounts with my role on each."""
    mine = Member.objects.filter(user=request.user)  # type: ignore[misc]  # logged in
    members = mine.select_related("account").order_by("account__ban")
    return render(request, "profile.html", {"memberships": members})


@require_POST
@login_required
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one device out; another person's is not there. The one in use is left by signing out."""
    mine = UserSession.objects.filter(user=request.user)
    session = get_object_or_404(mine, pk=session_id)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    session.end()
    messages.success(request, f"{devices.label(session.user_agent)} is signed out.")
    return redirect("usersessions_list")


@csrf_exempt
@require_POST
def sms_report(request: HttpRequest) -> HttpResponse:
    """A signed call of the SMS provider: verify, store, note on the message. Unknown messages are no error."""
    if not 0 <= _length(request) <= LONGEST_REPORT:
        return HttpResponse(status=413)
    try:
        sms_reports.take_in(request.body, request.headers.get("X-Sms-Signature", ""), now=clock.now())
    except sms_reports.NotGenuine:
        return HttpResponse(status=400)
    return HttpResponse(status=200)


def _length(request: HttpRequest) -> int:
    """Return the body's declared length; a body without one is read as empty by the server."""
    said = request.headers.get("Content-Length") or "0"
    return int(said) if said.isascii() and said.isdecimal() else -1
