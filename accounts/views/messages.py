"""Doors of what an account's people were told: the list, and one message as it was sent."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import sent_messages
from accounts.models import Notice
from accounts.permissions import Right, panel

PAGE = 25


@require_safe
@panel(Right.BILLING, stays_open=True)
def messages_page(request: HttpRequest) -> HttpResponse:
    """What the account's people were told, newest first."""
    kind, channel = request.GET.get("kind", ""), request.GET.get("channel", "")
    rows = sent_messages.of(request.account, kind=kind, channel=channel).defer("context", "text")  # type: ignore[attr-defined]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_shown(request, row) for row in page],
        "kinds": sent_messages.LABELS.items(),
        "channels": Notice.Channel.choices,
        "query": urlencode({"kind": kind, "channel": channel}) if kind or channel else "",
        "kind": kind if kind in sent_messages.LABELS else "",
        "channel": channel if channel in Notice.Channel.values else "",
    }
    return render(request, "support/messages.html", context)


@require_safe
@panel(Right.BILLING, stays_open=True)
def message_page(request: HttpRequest, notice_id: int) -> HttpResponse:
    """One message as it was sent: its text, whom it went to, and what became of it."""
    row = get_object_or_404(sent_messages.of(request.account), pk=notice_id)  # type: ignore[attr-defined]
    return render(request, "support/message.html", {"row": _shown(request, row), "message": row})


def _shown(request: HttpRequest, row: Notice) -> sent_messages.Shown:
    return sent_messages.shown(row, request.member, email=request.user.email)  # type: ignore[attr-defined,union-attr]
