"""What all staff pages share: lists that nobody edits, money and time in columns, links, safe CSV, one form page."""

import html
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field, lookup_field, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from billing_portal import cells, money, staff_traces, text, typed

DASH = "–"
EXPORT = "accounts.export_list"
EXPORT_PART = 500  # rows read at a time
PAGES = {"accounts_account": "account_page"}  # lists whose rows have a page of their own


def amount(field: str, label: str) -> Callable[..., SafeString]:
    """Make a column of a field's paise in rupees, to the right. Its name should end in `_inr`."""

    @admin.display(description=label, ordering=field)
    def column(_admin: admin.ModelAdmin, row: Model) -> SafeString:
        return rupees(getattr(row, field))

    column.field = field  # type: ignore[attr-defined]  # the CSV writes plain rupees
    return column


def rupees(value: int | None) -> SafeString:
    """Paise as ₹ for a page."""
    return format_html(
        '<span class="money">{}</span>', DASH if value is None else money.inr(value).replace("-", "−")
    )


def file_size(field: str, label: str = "Size") -> Callable[..., str]:
    """Make a column of a field's bytes, as people read the size of a file."""

    @admin.display(description=label, ordering=field)
    def column(_admin: admin.ModelAdmin, row: Model) -> str:
        size = getattr(row, field)
        return f"{max(1, round(size / 1000)):,} kB" if size else DASH

    return column


def tag(text: str, tone: str = "") -> SafeString:
    """A state as a word in a coloured tag; the tone is good, warn, bad or nothing."""
    return format_html('<span class="tag {}">{}</span>', tone, text)


def link(name: str, pk: Any, text: object) -> SafeString:
    """A link to a row's page, e.g. link("accounts_account", 7, "BA-100042")."""
    return format_html('<a href="{}">{}</a>', page_of(name, pk), text)


def page_of(name: str, pk: Any) -> str:
    """The address of a row's page; an account's is its whole story, not the form of its particulars."""
    return reverse(f"admin:{PAGES.get(name, f'{name}_change')}", args=[pk])


def linked(name: str, field: str, label: str, *, text: str = "") -> Callable[..., SafeString | str]:
    """Make a column that leads to the row a foreign key names; `text` is that row's field to show."""

    @admin.display(description=label, ordering=field)
    def column(_admin: admin.ModelAdmin, row: Model) -> SafeString | str:
        other = getattr(row, field)
        return link(name, other.pk, getattr(other, text) if text else other) if other else DASH

    column.leads_away = True  # type: ignore[attr-defined]  # so it is never the link to its own row
    return column


def person(request: HttpRequest) -> Any:
    """Return the member of staff who asks; the admin lets nobody else in."""
    return request.user


def asked_for(request: HttpRequest) -> str:
    """The account's number that a link from its page carries for a form."""
    return request.GET.get("account", "")[:16]


def refuse_hidden(form: forms.BaseForm) -> None:
    """Hold the words of a row's form to the rule of text.py, as the fields of typed.py hold all others."""
    for name, value in list(form.cleaned_data.items()):
        if name not in form.fields or not isinstance(value, str):
            continue
        is_long = isinstance(form.fields[name].widget, forms.Textarea)
        form.cleaned_data[name] = text.lines(value) if is_long else " ".join(value.split())
        if not is_long and text.has_hidden(value):
            form.add_error(name, text.HIDDEN)


class PlainForm(forms.Form):
    """A form whose words will be printed."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_hidden(self)
        return data


class RupeesField(forms.CharField):
    """An amount in paise that people read and type in rupees."""

    def prepare_value(self, value: Any) -> Any:
        return money.rupees(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return money.typed(text)
        except money.NotAnAmount as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ReasonField(typed.Lines):
    """Why, in the staff's words, for the audit chain."""

    def __init__(self, **more: Any) -> None:
        words: dict[str, Any] = {
            "max_length": 500,
            "widget": forms.Textarea(attrs={"rows": 2}),
            "help_text": "For the audit chain; not printed.",
        }
        super().__init__(**words | more)


@admin.action(description="Export as CSV", permissions=["export"])
def export_csv(this: admin.ModelAdmin, request: HttpRequest, rows: QuerySet) -> StreamingHttpResponse:
    """Stream the chosen rows with the columns of the list, or its `csv_fields`; no cell can be taken for a formula.

    Row by row, so that a list of any length needs no memory. Joins the audit chain.
    """
    columns = [str(name) for name in getattr(this, "csv_fields", ()) or this.get_list_display(request)]
    site: Any = this.admin_site
    site.note_export(request, this.opts, rows.count())
    head = [capfirst(str(label_for_field(name, this.model, this))) for name in columns]
    table = ([cell(this, row, name) for name in columns] for row in rows.iterator(chunk_size=EXPORT_PART))
    response = StreamingHttpResponse(
        cells.lines(chain([head], table)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{this.opts.model_name}.csv"'
    return response


def cell(this: admin.ModelAdmin, row: Model, name: str) -> str:
    """Return a row's value of a list's column as text; money as plain rupees, moments in Indian time."""
    field = getattr(getattr(this, name, None), "field", None)
    if field:
        value = getattr(row, field)
        return "" if value is None else money.rupees(value)
    model_field, _attribute, value = lookup_field(name, row, this)
    if model_field is not None and model_field.flatchoices:
        value = getattr(row, f"get_{name}_display")()
    text = _plain(value)
    return "" if text == DASH else text


def _plain(value: Any) -> str:
    """A cell's value as text: a moment in Indian time, markup as its words with a sign between its parts."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S} IST"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, SafeString):
        apart = value.replace("</div><div>", "; ").replace("<span", " <span").replace("<small", " <small")
        return " ".join(html.unescape(strip_tags(apart)).split())
    return "" if value is None else str(value)


class Listed(admin.ModelAdmin):
    """A list with the house's habits: counted once, exported safely, never deleted from."""

    list_per_page = list_max_show_all = 50  # rows that are chosen are shown before an act
    show_full_result_count = False
    actions: Sequence[Any] = (export_csv,)
    csv_fields: tuple[str, ...] = ()  # columns of the CSV, where the list shows fewer or merges them

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        words = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, words)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to what the audit chain has of a row, for who may read the chain."""
        if not (person(request).has_perm(staff_traces.READ) and self.has_view_permission(request)):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        return HttpResponseRedirect(staff_traces.address(row) if row else reverse("admin:index"))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(EXPORT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Listed):
    """What staff look at and nobody edits here, not even a superuser."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyRows(admin.TabularInline):
    """Rows that belong to the page's row and are only shown."""

    template = "admin/rows.html"
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def instead(request: HttpRequest, why: str, address: str) -> HttpResponseRedirect:
    """Lead elsewhere and say why: what was asked for is not possible, or not any more."""
    messages.info(request, why)
    return HttpResponseRedirect(address)


def form_page(
    this: admin.ModelAdmin,
    request: HttpRequest,
    form: forms.Form,
    title: str,
    *,
    button: str,
    template: str,
    **more: Any,
) -> TemplateResponse:
    """Show one form as a page of its own: what it will do first, the fields, one button."""
    context = {
        **this.admin_site.each_context(request),
        "opts": this.opts,
        "title": title,
        "form": form,
        "button": button,
        **more,
    }
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, template, context, status=status)
