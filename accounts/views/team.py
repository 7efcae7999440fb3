"""Doors of the Team screen: people, roles, invitations."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations, team, team_page
from accounts.forms import InviteForm, RoleForm
from accounts.models import Invitation, Member
from accounts.permissions import Right, panel
from billing_portal import clock


@require_safe
@panel(Right.TEAM)
def team_view(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@panel(Right.TEAM)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            made = invitations.invite(request.account.pk, **form.cleaned_data, **_words(request))  # type: ignore[attr-defined]
        except team.NotPossible as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, f"The invitation to {made.email} is on its way.")
            return _to_team(request)
    return _page(request, form=form, status=422)


@require_POST
@panel(Right.TEAM)
def resend(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    return _do(request, invitations.resend, invitation_id, "Sent again: only the new link works from now on.")


@require_POST
@panel(Right.TEAM)
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    return _do(request, invitations.withdraw, invitation_id, "Withdrawn: its link opens nothing any more.")


@require_POST
@panel(Right.TEAM)
def change_role(request: HttpRequest, member_id: int) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, problem="Role: choose one of the list.", status=422)
    role = form.cleaned_data["role"]
    return _do(request, team.change_role, member_id, "The role is changed.", role=role)


@require_POST
@panel(Right.TEAM)
def remove(request: HttpRequest, member_id: int) -> HttpResponse:
    """Take a person off the account."""
    members = request.account.members.select_related("user")  # type: ignore[attr-defined]
    person = get_object_or_404(members, pk=member_id).user
    return _do(
        request,
        team.remove,
        member_id,
        f"{person.name or person.email} is removed: their next click on this account is refused.",
    )


def _do(request: HttpRequest, what: Callable[..., Any], pk: int, said: str, **more: Any) -> HttpResponse:
    """Do one thing to a member or an invitation; back to where the person may still be."""
    try:
        what(request.account.pk, pk, **more, **_words(request))  # type: ignore[attr-defined]
    except (Member.DoesNotExist, Invitation.DoesNotExist):
        raise Http404 from None
    except team.NotPossible as error:
        return _page(request, problem=str(error), status=422)
    messages.success(request, said)
    return _to_team(request)


def _words(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.user, "now": clock.now()}


def _to_team(request: HttpRequest) -> HttpResponse:
    """Back to the page, or home for who has just left it."""
    account = request.account  # type: ignore[attr-defined]
    stays = account.members.filter(
        user=request.user, role__in=[Member.Role.OWNER, Member.Role.ADMIN]
    ).exists()
    return redirect("team", ban=account.ban) if stays else redirect("home")


def _page(
    request: HttpRequest, *, form: InviteForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    reader = request.member  # type: ignore[attr-defined]
    page = team_page.read(request.account, reader, now=clock.now())  # type: ignore[attr-defined]
    form = form or InviteForm(initial={"role": Member.Role.BILLING})
    form.offered = page.roles
    context = {"page": page, "form": form, "problem": problem}
    return render(request, "team/team.html", context, status=status)
