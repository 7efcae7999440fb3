"""The page *Returns*: a month's GSTR-1 and GSTR-3B beside the ledger, what stands in the way, and the files."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from billing_portal import clock
from invoices import exports, returns
from invoices.admin import asking
from invoices.export_forms import Month
from invoices.export_kinds import FINANCE

LABELS = {
    "gstr1-json": "GSTR-1 for the portal (JSON)",
    "gstr1-csv": "GSTR-1 as tables (ZIP of CSV)",
    "gstr3b-csv": "GSTR-3B figures (CSV)",
}
NAME = "admin:invoices_export_returns"


class FileForm(Month):
    """Which file of which month."""

    kind = forms.ChoiceField(choices=list(LABELS.items()))
    token = forms.UUIDField()

    def parameters(self) -> dict[str, Any]:
        return {name: word for name, word in super().parameters().items() if name in Month.base_fields}


def view(this: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show a month, the one before today's unless another is asked for; by POST have one of its files made."""
    if not request.user.has_perm(FINANCE):
        raise PermissionDenied
    if request.method == "POST":
        return _file(request)
    today = clock.today()
    asked = Month({"month": request.GET.get("month", "")})
    first = _first(asked.cleaned_data["month"]) if asked.is_valid() else returns.before(today)
    page = returns.read(first, today=today)
    context = {
        **this.admin_site.each_context(request),
        "opts": this.opts,
        "title": "Returns",
        "page": page,
        "einvoices": returns.einvoices(page.due),
        "months": returns.months(today),
        "files": _offered(len(page.parts)),
        "shown": returns.SHOWN,
    }
    return TemplateResponse(request, "admin/invoices/returns.html", context)


def _offered(parts: int) -> list[dict[str, Any]]:
    """Return the buttons: what each makes; a month that the portal's file cannot hold has several of it."""
    several = range(1, parts + 1) if parts > 1 else [0]
    of_portal: list[dict[str, Any]] = [
        {
            "kind": "gstr1-json",
            "label": LABELS["gstr1-json"] + (f", {part} of {parts}" if part else ""),
            "part": part,
        }
        for part in several
    ]
    tables: list[dict[str, Any]] = [
        {"kind": kind, "label": label} for kind, label in LABELS.items() if kind != "gstr1-json"
    ]
    return [{**one, "token": uuid.uuid4()} for one in (*of_portal, *tables)]


def _file(request: HttpRequest) -> HttpResponse:
    form = FileForm(request.POST)
    month = form.data.get("month", "") if form.is_valid() else ""
    if not form.is_valid():
        messages.error(
            request, "This file cannot be made: open the page again and choose a month and a file."
        )
    else:
        words = form.cleaned_data
        try:
            return asking.ask(request, words["kind"], token=words["token"], parameters=form.parameters())
        except exports.NotPossible as error:
            messages.error(request, str(error))
    return HttpResponseRedirect(reverse(NAME) + (f"?month={month}" if month else ""))


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
