"""Doors of the panel's conversations with staff: list, begin, read, write, close and reopen.

They stand on the floor of documents, because what somebody writes may name one.
"""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import support
from accounts.models import Conversation, Member
from accounts.permissions import Right, may, panel
from billing_portal import clock
from billing_portal.text import whole
from invoices.support_forms import BeginForm, WriteForm

PAGE = 20
SHOWN = 100  # messages of a conversation at once; older ones page by page
STATES = (("", "All"), ("open", "Open"), ("closed", "Closed"))
READS = {  # what a role reads, where it is not everything (accounts/models/support.py)
    Member.Role.MANAGER: "You see every conversation of this account; about bills and payments, only your own.",
    Member.Role.AGENT: "You see the conversations that you have begun yourself.",
}


@require_safe
@panel(Right.SUPPORT, stays_open=True)
def conversations(request: HttpRequest) -> HttpResponse:
    """The conversations that the person may read, the last written in on top."""
    chosen = request.GET.get("state", "")
    rows = _own(request).with_unread(request.user).with_last_text().select_related("opened_by")
    if chosen == "closed":
        rows = rows.filter(state=Conversation.State.CLOSED)
    elif chosen == "open":
        rows = rows.exclude(state=Conversation.State.CLOSED)
    page = Paginator(rows.order_by("-last_message_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "states": STATES,
        "chosen": chosen if chosen in dict(STATES) else "",
        "reads": READS.get(request.member.role, ""),  # type: ignore[attr-defined]
    }
    return render(request, "support/conversations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@panel(Right.SUPPORT, stays_open=True)
def begin(request: HttpRequest) -> HttpResponse:
    """Write to staff about something new; `?about=VI/…` names a document."""
    if request.method != "POST":
        about = request.GET.get("about", "")
        initial = {"reference": about, "token": uuid.uuid4(), "category": "billing" if about else ""}
        return _begin_page(request, _form(request, BeginForm, initial=initial))
    form = _form(request, BeginForm, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = support.begin(
                request.account.pk,  # type: ignore[attr-defined]
                data["subject"],
                data["category"],
                form.said(),
                by=request.user,  # type: ignore[arg-type]
                now=clock.now(),
            )
            return redirect("conversation", ban=request.account.ban, conversation_id=made.pk)  # type: ignore[attr-defined]
        except support.NotUsable as error:
            form.add_error(error.field or None, str(error))
    return _begin_page(request, form, status=422)


@require_safe
@panel(Right.SUPPORT, stays_open=True)
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What was written; asked again with `after`, what has come since."""
    found = _found(request, conversation_id)
    if request.htmx and "after" in request.GET:  # type: ignore[attr-defined]
        return _news(request, found)
    return _thread_page(request, found, _form(request, WriteForm, initial={"token": uuid.uuid4()}))


@require_POST
@panel(Right.SUPPORT, stays_open=True)
def write(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Add a message."""
    found = _found(request, conversation_id)
    form = _form(request, WriteForm, request.POST)
    if form.is_valid():
        try:
            made = support.write(found.pk, form.said(), by=request.user, now=clock.now())  # type: ignore[arg-type]
            return redirect(f"{_address(request, found)}#message-{made.pk}")
        except support.NotUsable as error:
            form.add_error(error.field or None, str(error))
    return _thread_page(request, found, form, status=422)


@require_POST
@panel(Right.SUPPORT, stays_open=True)
def turn(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Close a conversation, or open it again."""
    found = _found(request, conversation_id)
    if "reopen" in request.POST:
        support.reopen(found.pk, now=clock.now())
    else:
        support.close(found.pk)
    return redirect(_address(request, found))


def _own(request: HttpRequest) -> Any:
    return Conversation.objects.read_as(request.member)  # type: ignore[attr-defined]


def _found(request: HttpRequest, conversation_id: int) -> Conversation:
    return get_object_or_404(_own(request).select_related("opened_by"), pk=conversation_id)


def _address(request: HttpRequest, found: Conversation) -> str:
    return reverse("conversation", kwargs={"ban": request.account.ban, "conversation_id": found.pk})  # type: ignore[attr-defined]


def _form(request: HttpRequest, form: type[WriteForm], *args: Any, **more: Any) -> Any:
    account, member = request.account, request.member  # type: ignore[attr-defined]
    return form(*args, account=account, names_documents=may(member, Right.BILLING), **more)


def _begin_page(request: HttpRequest, form: BeginForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "reads": READS.get(request.member.role, "")}  # type: ignore[attr-defined]
    return render(request, "support/begin.html", context, status=status)


def _thread_page(
    request: HttpRequest, found: Conversation, form: WriteForm, status: int = 200
) -> HttpResponse:
    shown = found.messages.shown().select_related("author").order_by("-pk")
    before = whole(request.GET.get("before", ""))
    rows = list((shown.filter(pk__lt=before) if before else shown)[: SHOWN + 1])
    if not before:
        _read(request, found)
    context = {
        **_seen(request, found, rows[:SHOWN][::-1]),
        "form": form,
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "is_newest": not before,
    }
    return render(request, "support/conversation.html", context, status=status)


def _news(request: HttpRequest, found: Conversation) -> HttpResponse:
    """What has been written since, for the page that asks again and again; nothing is nothing new."""
    after = whole(request.GET["after"]) or 0
    rows = list(found.messages.shown().filter(pk__gt=after).select_related("author").order_by("pk")[:SHOWN])
    if not rows and request.GET.get("state") == found.state:
        return HttpResponse(status=204)
    if rows:
        _read(request, found)
    context = {**_seen(request, found, rows), "after": after}
    return render(request, "support/conversation.html#news", context)


def _read(request: HttpRequest, found: Conversation) -> None:
    """Write down that the person has seen the answers; a look of staff (a membership not stored) reads for nobody."""
    if request.member.pk:  # type: ignore[attr-defined]
        support.read(found.pk, by=request.user, now=clock.now())  # type: ignore[arg-type]


def _seen(request: HttpRequest, found: Conversation, rows: list[Any]) -> dict[str, Any]:
    return {
        "conversation": found,
        "thread": rows,
        "newest": rows[-1].pk if rows else whole(request.GET.get("after", "")) or 0,
        "sees_documents": may(request.member, Right.BILLING),  # type: ignore[attr-defined]
    }
