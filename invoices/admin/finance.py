"""Finance's exports of all accounts: what, for which days, as which file; made in the background."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from billing_portal.list_acts import do_each, with_reason
from billing_portal.list_filters import capital, worded
from billing_portal.money import grouped
from billing_portal.staff_pages import DASH, ReadOnly, export_csv, file_size, form_page, tag
from invoices import exports
from invoices.admin import asking, returns
from invoices.export_forms import AsOf, Period
from invoices.export_kinds import FINANCE, KINDS
from invoices.models import Export


def offered() -> list[tuple[str, str]]:
    """Return the kinds for staff, of this floor and of those above; those of a month have a page of their own."""
    kinds = [row for row in KINDS.values() if row.right is None and row.form != "Month"]
    return [(row.code, named(row.code)) for row in kinds]


def named(code: str) -> str:
    """Say a kind of file in words, with its format: GSTR-1 (JSON)."""
    row = KINDS.get(code)
    return f"{row.label} ({row.ending.upper()})" if row else capital(code)


class FinanceForm(forms.Form):
    """Which export, and its days: a period, or for the ageing the day in the last field."""

    kind = forms.ChoiceField(label="What", choices=offered)
    first = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label="To, or as of the end of", widget=forms.DateInput(attrs={"type": "date"}), help_text="Included."
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind", "")
        words = {"as_of": data.get("last")} if kind.startswith("ageing") else data
        inner = AsOf(words) if kind.startswith("ageing") else Period(words)
        if inner.is_valid():
            data["parameters"] = inner.parameters()
        else:
            for name, said in inner.errors.items():
                self.add_error("last" if name == "as_of" else name, said)
        return data


@admin.register(Export)
class ExportAdmin(ReadOnly):
    """Every file that was asked for, by customers and staff."""

    change_list_template = "admin/invoices/exports.html"
    list_display = ("title", "condition", "progress", "asked_by", "asked_at", "download")
    csv_fields = list_display[:-1]  # a link is nothing in a file
    list_filter = ("state", ("kind", worded(named)))
    list_select_related = ("asked_by", "account")
    ordering = ("-asked_at", "-pk")
    fields = (
        "title",
        "condition",
        "progress",
        "asked_by",
        "asked_at",
        "made_at",
        "weight",
        "sha256",
        "error",
        "expires_at",
        "download",
    )
    actions = (export_csv, "make_again")
    weight = file_size("size")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        rows = super().get_queryset(request)
        return rows if request.user.has_perm(FINANCE) else rows.filter(account__isnull=False)

    @admin.display(description="State", ordering="state")
    def condition(self, row: Export) -> Any:
        return tag(
            row.get_state_display(), {"ready": "good", "parked": "bad", "waiting": "warn"}.get(row.state, "")
        )

    @admin.display(description="Progress")
    def progress(self, row: Export) -> str:
        return (
            f"{grouped(row.done)} of {grouped(row.total)}"
            if row.total and row.state == Export.State.WAITING
            else DASH
        )

    @admin.display(description="File")
    def download(self, row: Export) -> Any:
        if row.state != Export.State.READY or row.account_id:
            return DASH  # a customer's file is the customer's
        return format_html('<a href="{}">Download</a>', reverse("admin:invoices_export_file", args=[row.pk]))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("finance/", view(self.finance_view), name="invoices_export_finance"),
            path("returns/", view(self.returns_view), name="invoices_export_returns"),
            path("<int:pk>/file/", view(self.file_view), name="invoices_export_file"),
            *super().get_urls(),
        ]

    def finance_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a register, the ageing or the journal."""
        if not request.user.has_perm(FINANCE):
            raise PermissionDenied(FINANCE)
        form = FinanceForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                return asking.ask(request, data["kind"], token=data["token"], parameters=data["parameters"])
            except exports.NotPossible as error:
                form.add_error(None, str(error))
        return form_page(
            self, request, form, "Finance exports", button="Make the file", template="admin/form_page.html"
        )

    def returns_view(self, request: HttpRequest) -> HttpResponse:
        """A month's GST returns."""
        return returns.view(self, request)

    def file_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The finished file of a finance export."""
        if not request.user.has_perm(FINANCE):
            raise PermissionDenied(FINANCE)
        row = get_object_or_404(Export, pk=pk, account=None, state=Export.State.READY)
        if not storages["documents"].exists(row.name):
            raise Http404
        return FileResponse(
            storages["documents"].open(row.name),
            as_attachment=True,
            filename=row.download_as,
            content_type=row.content_type,
        )

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.retry_notice")

    @admin.action(description="Make parked files again", permissions=["retry"])
    @with_reason(
        "The files are put back into the queue; who asked for them finds them where they asked.",
        to=lambda row: row.state == Export.State.PARKED,
        others="it is not parked",
    )
    def make_again(self, request: HttpRequest, rows: QuerySet[Export], reason: str) -> None:
        parked = rows.filter(state=Export.State.PARKED)
        do_each(request, rows, parked, exports.retry, reason=reason, said="files are in the queue again")
