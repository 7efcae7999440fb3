"""Doors of a person's own things and sessions: the page of somebody without an account, and Preferences, Personal."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import devices, person
from accounts.forms import NameForm
from accounts.permissions import ROLE_WORDS, Right, may, panel
from billing_portal import clock

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@never_cache
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who I am, how I sign in, and my accounts, those that hold `?q=`; a POST changes my name."""
    form = _renamed(request)
    if form is None:
        return redirect("profile")
    asked = request.GET.get("q", "").strip()[:80]
    return render(request, "profile.html", {"form": form, "asked": asked}, status=_status(form))


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


@require_http_methods(METHODS)
@panel(Right.SELF)
def personal(request: HttpRequest) -> HttpResponse:
    """The same beside an account: Preferences, Personal."""
    form = _renamed(request)
    if form is None:
        return redirect("preferences", ban=request.account.ban)  # type: ignore[attr-defined]
    member = request.member  # type: ignore[attr-defined]
    context = {
        "form": form,
        "role_words": ROLE_WORDS[member.role],
        "has_account_tab": may(member, Right.DETAILS),
        "has_keys_tab": may(member, Right.KEYS),
    }
    return render(request, "preferences/personal.html", context, status=_status(form))


def _renamed(request: HttpRequest) -> NameForm | None:
    """Return the form to show, or None when the name has been changed."""
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": request.user.name})  # type: ignore[union-attr]
    if not form.is_valid():
        return form
    person.rename(request.user.pk, form.cleaned_data["name"], now=clock.now())  # type: ignore[arg-type]
    messages.success(request, "Your name is changed.")
    return None


def _status(form: NameForm) -> int:
    return 422 if form.errors else 200
