"""What credit's staff pages share: tools above a row, and a form whose only button does one act."""

import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import Account, Approval
from billing_portal import clock, shown_first
from billing_portal.staff_pages import ReadOnly, ReasonField, form_page, instead, person
from credit import futures

Done = Callable[[Any], tuple[str, str]]  # what was made → what to say, and where to go
Preview = Callable[..., dict[str, Any]]  # the form's fields, who and when → what its template shows


class ReasonForm(forms.Form):
    reason = ReasonField()


class Tooled(ReadOnly):
    """A page of a row with tools above it: what this person may do with it now."""

    change_form_template = "admin/credit/tools.html"

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """Return label and address of each tool."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        tools = self.tools(request, row) if row else []
        return super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})


def act_page(
    this: Any,
    request: HttpRequest,
    form: forms.Form,
    act: Callable[..., Any],
    *,
    right: str,
    title: str,
    failures: type[Exception] | tuple[type[Exception], ...],
    done: Done,
    button: str = "",
    template: str = "admin/form_page.html",
    preview: Preview | None = None,
    over: tuple[str, str] = ("", ""),
    **more: Any,
) -> HttpResponse:
    """Show a form; sent and sound, call `act` with its fields, who and when. A failure is said above the fields.

    With a `preview` it is shown first what that tells of the act, called like it, then confirmed (`of_future`).
    `over`: why the act is not possible any more, and where to read it; the form does not open then.
    """
    if not request.user.has_perm(right):
        raise PermissionDenied(right)
    if over[0] and request.method != "POST":
        return instead(request, *over)
    button = button or title
    if preview:
        more["confirm"], button = button, "Show what it changes"
    if request.method == "POST" and form.is_valid():
        words = {"by": person(request), "now": clock.now(), **form.cleaned_data}
        try:
            if preview and not shown_first.is_confirmed(request, form):
                more |= {"is_previewed": True, "shown": shown_first.fingerprint(form), **preview(**words)}
            else:
                return _done(request, *done(act(**words)))
        except failures as error:
            form.add_error(None, str(error))
    return form_page(this, request, form, title, button=button, template=template, **more)


def of_future(account: Account, act: Callable[..., Any]) -> Preview:
    """Preview what an act would change of an account's future: it is tried, and taken back whole."""

    def tried(**words: Any) -> dict[str, Any]:
        return {"futures": [futures.tried(account, functools.partial(act, **words), now=words["now"])]}

    return tried


def _done(request: HttpRequest, text: str, address: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(address)


def asked(row: Approval) -> tuple[str, str]:
    """What is said of a request to a second person, and where it stands."""
    text = "Asked for. A second person finds it in the queue of approvals."
    return text, reverse("admin:accounts_approval_change", args=[row.pk])
