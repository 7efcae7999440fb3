"""Staff pages of bank statements: upload, name unknown columns, look, take in; what was left out, row by row."""

import functools
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import pluralize
from django.urls import path, reverse
from django.utils.html import format_html

from billing_portal import clock, typed
from billing_portal.staff_pages import PlainForm, ReadOnly, ReadOnlyRows, export_csv, form_page, person, tag
from credit.admin.tools import Tooled, act_page
from payments import statement_cells, statements
from payments.admin import our_banks
from payments.models import BankImport, ImportRow, StatementFormat
from payments.statement_cells import NotAStatement, NotMapped
from payments.statements import NotTaken

RIGHT = "payments.import_statement"
TONES = {"draft": "warn", "taken": "good", "dropped": ""}
SHOWN = 20  # rows of a preview


class UploadForm(forms.Form):
    """A file, and whose statement it is."""

    bank = forms.ChoiceField(label="Bank account", choices=our_banks.choices)
    file = forms.FileField(label="Statement", help_text="CSV as the bank gives it, at most 10 MB.")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > statement_cells.LARGEST_FILE:
            raise forms.ValidationError("The file is larger than 10 MB: split it.")
        return file


class MapForm(PlainForm):
    """What each column means; one that says nothing to us stays out."""

    name = typed.Line(label="Name of this layout", max_length=60, help_text="The bank's name, say.")

    def __init__(self, *args: Any, header: tuple[str, ...], known: dict[str, int], **words: Any) -> None:
        super().__init__(*args, **words)
        choices = [("", "–"), *((str(n), cell or f"Column {n + 1}") for n, cell in enumerate(header))]
        for code, label, _meanings in statement_cells.NAMES:
            self.fields[f"is_{code}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=str(known.get(code, ""))
            )

    def columns(self) -> dict[str, int]:
        found = {
            code: self.cleaned_data.get(f"is_{code}") for code, _label, _meanings in statement_cells.NAMES
        }
        return {code: int(place) for code, place in found.items() if place}


class LeftRows(ReadOnlyRows):
    """Rows that made no line."""

    model = ImportRow
    fields = ("number", "outcome", "reason", "text")
    verbose_name_plural = "Rows that made no new line, as they came"
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRow]:
        return super().get_queryset(request).order_by("number")


@admin.register(BankImport)
class BankImportAdmin(Tooled):
    list_display = ("file_name", "condition", "bank", "format", "counted", "uploaded_by", "uploaded_at")
    csv_fields = (
        "file_name", "condition", "bank", "format", "rows", "accepted", "confirmed", "duplicate", "refused",
        "uploaded_by", "uploaded_at",
    )  # fmt: skip
    list_filter = ("state", "uploaded_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("file_name",)
    ordering = ("-pk",)
    actions = (export_csv,)
    change_list_template = "admin/payments/statements.html"
    inlines = (LeftRows,)
    fields = (*csv_fields, "taken_by", "taken_at", "balance_note", "sha256")

    @admin.display(description="State", ordering="state")
    def condition(self, row: BankImport) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Rows", ordering="rows")
    def counted(self, row: BankImport) -> Any:
        """How many rows, and what became of them where it was something."""
        parts = (
            (row.accepted, "new"),
            (row.confirmed, "confirmed"),
            (row.duplicate, "known"),
            (row.refused, "refused"),
        )
        became = ", ".join(f"{count} {word}" for count, word in parts if count)
        return format_html("{}<small>{}</small>", row.rows, became)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankImport]:
        return super().get_queryset(request).defer("content")

    def tools(self, request: HttpRequest, row: BankImport) -> list[tuple[str, str]]:
        if row.state != BankImport.State.DRAFT or not request.user.has_perm(RIGHT):
            return []
        names = (("Look and take in", "take"), ("Columns", "map"), ("Drop", "drop"))
        return [(label, reverse(f"admin:payments_statement_{act}", args=[row.pk])) for label, act in names]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload_view), name="payments_statement_upload"),
            path("<int:pk>/map/", view(self.map_view), name="payments_statement_map"),
            path("<int:pk>/take/", view(self.take_view), name="payments_statement_take"),
            path("<int:pk>/drop/", view(self.drop_view), name="payments_statement_drop"),
            *super().get_urls(),
        ]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Keep a file as a draft and go on to look at it."""
        _permitted(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                row = statements.upload(
                    file.read(), file.name, form.cleaned_data["bank"], by=person(request), now=clock.now()
                )
            except NotAStatement as error:
                form.add_error("file", str(error))
            else:
                act = "take" if row.format else "map"
                return HttpResponseRedirect(reverse(f"admin:payments_statement_{act}", args=[row.pk]))
        return form_page(
            self, request, form, "Upload a bank statement", button="Upload and look",
            template="admin/credit/extend.html", lead="Nothing is booked yet: you see first what it will do.",
        )  # fmt: skip

    def map_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what the columns of an unknown layout mean."""
        row = _row(request, pk)
        if row.state != BankImport.State.DRAFT:
            return _decided(request, row)
        found = statements.header(row)
        form = MapForm(
            request.POST or None, header=found.header, known=row.columns, initial={"name": row.format}
        )
        if request.method == "POST" and form.is_valid():
            words = {"by": person(request), "now": clock.now()}
            try:
                statements.map_columns(pk, form.columns(), form.cleaned_data["name"], **words)
            except (NotMapped, NotTaken) as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(reverse("admin:payments_statement_take", args=[pk]))
        return form_page(
            self, request, form, f"Columns of {row.file_name}", button="Keep and look",
            template="admin/payments/map.html", header=found.header, sample=[cells for _n, cells in found.rows[:5]],
        )  # fmt: skip

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a draft would do, and take it in."""
        row = _row(request, pk)
        if row.state != BankImport.State.DRAFT:
            return _decided(request, row)
        try:
            plan = statements.preview(row, now=clock.now())
        except NotMapped:
            return HttpResponseRedirect(reverse("admin:payments_statement_map", args=[pk]))
        return act_page(
            self, request, _bare(request), functools.partial(statements.take, pk), right=RIGHT,
            title=f"Take in {row.file_name}", failures=(NotTaken, NotAStatement, NotMapped), done=_taken,
            button=f"Take in {len(plan.lines)} line{pluralize(len(plan.lines))}",
            template="admin/payments/take.html", row=row, plan=plan,
            lines=plan.lines[:SHOWN], left=plan.left[:SHOWN],
            counts={name: plan.count(name) for name in ("confirmed", "duplicate", "refused")},
        )  # fmt: skip

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = _row(request, pk)
        if row.state != BankImport.State.DRAFT:
            return _decided(request, row)
        return act_page(
            self, request, _bare(request), functools.partial(statements.drop, pk), right=RIGHT,
            title=f"Drop {row.file_name}", failures=NotTaken, template="admin/credit/extend.html",
            done=lambda _none: ("Dropped. Nothing was booked.", reverse("admin:payments_bankimport_changelist")),
            button="Drop this draft", lead="Nothing of it was booked. The file itself stays on record.",
        )  # fmt: skip


@admin.register(StatementFormat)
class StatementFormatAdmin(ReadOnly):
    list_display = ("name", "header", "made_by", "made_at")
    list_select_related = ("made_by",)
    ordering = ("name",)


def _permitted(request: HttpRequest) -> None:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)


def _row(request: HttpRequest, pk: int) -> BankImport:
    _permitted(request)
    return get_object_or_404(BankImport, pk=pk)


def _decided(request: HttpRequest, row: BankImport) -> HttpResponse:
    """Lead to what became of a file that is no draft any more."""
    messages.info(request, f"This file is no draft any more: {row.get_state_display().lower()}.")
    return HttpResponseRedirect(reverse("admin:payments_bankimport_change", args=[row.pk]))


def _taken(row: BankImport) -> tuple[str, str]:
    text = f"{row.accepted} new lines, {row.confirmed} confirmed, {row.duplicate} there already, {row.refused} refused."
    return text, reverse("admin:payments_bankimport_change", args=[row.pk])


def _bare(request: HttpRequest) -> forms.Form:
    """A form without fields: its button is all that it asks."""
    return forms.Form(request.POST if request.method == "POST" else None)
