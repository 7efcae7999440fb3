"""Door of an invitation's link. It lies below /auth/, whose addresses no log keeps."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import invitations, passwords
from accounts.forms import JoinForm
from accounts.invitations import ForAnother, NotOpen, Why
from accounts.models import Invitation, Member, User
from accounts.permissions import ROLE_WORDS, first_page
from billing_portal import clock

STATUS = {Why.UNKNOWN: 404}  # of a link that opens nothing; the others were there and are gone
GONE = 410


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What the link offers; a POST accepts it, as who is signed in or with a login made on the way."""
    try:
        invitation = invitations.find(token, now=clock.now())
        if request.user.is_authenticated:
            return _signed_in(request, invitation, token)
        if invitations.person_of(invitation):
            return _page(request, "sign-in", invitation)
        return _new(request, invitation, token)
    except NotOpen as error:
        status = STATUS.get(error.why, GONE)
        return render(request, "team/join_closed.html", {"why": error.why.value}, status=status)


def _signed_in(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]
    if not invitations.is_for(invitation, person):
        return _page(request, "other", invitation, status=403)
    if request.method != "POST":
        return _page(request, "accept", invitation)
    member = invitations.accept(token, person, now=clock.now())
    return _welcome(request, member)


def _new(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if not form.is_valid():
        return _page(request, "new", invitation, form, status=422 if form.errors else 200)
    try:
        member = invitations.accept_as_new(token, **form.cleaned_data, now=clock.now())
    except ForAnother:  # somebody made the login meanwhile
        return redirect(request.path)
    url = _welcome(request, member).url
    return perform_login(request, member.user, email_verification="none", redirect_url=url)


def _welcome(request: HttpRequest, member: Member) -> HttpResponseRedirect:
    messages.success(request, f"Welcome: you are {member.get_role_display()} of {member.account.name} now.")
    return HttpResponseRedirect(reverse(first_page(member), kwargs={"ban": member.account.ban}))


def _page(
    request: HttpRequest, offer: str, invitation: Invitation, form: JoinForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "offer": offer,
        "invitation": invitation,
        "joining": invitation.account,
        "role_words": ROLE_WORDS[invitation.role],
        "masked": _masked(invitation.email),
        "form": form,
        "shortest": passwords.shortest(),
    }
    return render(request, "team/join.html", context, status=status)


def _masked(email: str) -> str:
    """Return an address that its owner knows again and nobody else can write to."""
    name, _, domain = email.partition("@")
    return f"{name[0]}•••@{domain}"
