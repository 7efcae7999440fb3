"""Doors of the demo's clock. An instance that is no demo has no such page."""

from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import DemoMove
from billing_portal import clock, demo_clock, nudge

CHOICES = (1, 7, 15, 30, 90)


class MoveForm(forms.Form):
    days = forms.IntegerField(min_value=1, max_value=demo_clock.LONGEST)


def demo_only(view: Any) -> Any:
    """Answer 404 where the instance is no demo."""

    @wraps(view)
    @never_cache
    def door(request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request)

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@demo_only
def clock_page(request: HttpRequest) -> HttpResponse:
    """Where the clock stands, buttons to move it, how far a move is, and what each day brought."""
    if request.method == "POST":
        form = MoveForm(request.POST)
        try:
            if not form.is_valid():
                raise demo_clock.NotPossible(f"Move by 1 to {demo_clock.LONGEST} days.")
            demo_clock.begin(form.cleaned_data["days"])
            nudge.wake(demo_clock.JOB)
        except demo_clock.NotPossible as error:
            messages.error(request, str(error))
        return redirect("demo-clock")
    latest = DemoMove.objects.order_by("-pk").first()
    context = {
        "now": clock.now(),
        "ahead": clock.offset(),
        "choices": CHOICES,
        "move": latest,
        "is_moving": latest is not None and latest.finished_at is None,
        "rows": [
            {"date": row["date"], "said": row.get("said", ())}
            for row in (latest.report if latest else [])[::-1]
        ],
    }
    return render(request, "demo_clock.html", context)
