"""Doors of a person's own page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Member


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who I am here, and my accounts with my role on each."""
    mine = Member.objects.filter(user=request.user)  # type: ignore[misc]  # logged in
    members = mine.select_related("account").order_by("account__ban")
    return render(request, "profile.html", {"memberships": members})
