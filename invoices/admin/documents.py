"""Documents as staff see them: read-only with lines and settlement, the kept PDF, and the one-time charge."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.models import Account
from accounts.states import STATES
from billing_portal import clock
from billing_portal.list_acts import do_each, with_reason
from billing_portal.staff_pages import (
    DASH,
    ReadOnly,
    ReadOnlyRows,
    amount,
    export_csv,
    file_size,
    form_page,
    link,
    linked,
    person,
    tag,
)
from invoices import charges, render
from invoices.admin import allocations, notes
from invoices.admin.forms import ChargeForm
from invoices.models import Document, DocumentFile, DocumentLine, NumberSeries, VoucherUse


class LineRows(ReadOnlyRows):
    model = DocumentLine
    fields = readonly_fields = (
        "position",
        "sac",
        "description",
        "taxable_inr",
        "cgst_inr",
        "sgst_inr",
        "igst_inr",
    )
    taxable_inr, cgst_inr = amount("taxable", "Taxable"), amount("cgst", "CGST")
    sgst_inr, igst_inr = amount("sgst", "SGST"), amount("igst", "IGST")


class VouchersUsed(ReadOnlyRows):
    """The advances that this invoice used."""

    model = VoucherUse
    fk_name = "invoice"
    verbose_name_plural = "advances used"
    fields = readonly_fields = ("other", "taxable_inr", "total_inr")
    other = linked("invoices_document", "voucher", "Voucher", text="number")
    taxable_inr, total_inr = amount("taxable", "Taxable"), amount("total", "With tax")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("voucher", "invoice")


class UsedBy(VouchersUsed):
    """The invoices that used this voucher."""

    fk_name = "voucher"
    verbose_name_plural = "used by invoices"
    other = linked("invoices_document", "invoice", "Invoice", text="number")


class Open(admin.SimpleListFilter):
    title, parameter_name = "payment", "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Something to pay"), ("overdue", "Due today or overdue")]

    def queryset(self, request: HttpRequest, rows: Any) -> QuerySet | None:
        if self.value() == "open":
            return rows.filter(pk__in=Document.objects.unpaid().values("pk"))
        if self.value() == "overdue":
            return rows.filter(pk__in=Document.objects.overdue(clock.today()).values("pk"))
        return rows


@admin.register(Document)
class DocumentAdmin(ReadOnly):
    change_form_template = "admin/invoices/document/change_form.html"
    list_display = (
        "number", "kind", "account_link", "issued_on", "total_inr", "open_inr", "due_on", "standing", "pdf",
    )  # fmt: skip
    csv_fields = list_display[:-1]  # a link is nothing in a file
    list_filter = (Open, "kind", "issued_on")
    list_select_related = ("account", "file", "write_off")
    search_fields = (
        "number",
        "account__ban",
        "account__name",
        "recipient__name",
        "recipient__gstin",
        "cause",
    )
    date_hierarchy = "issued_on"
    ordering = ("-issued_on", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "number",
                    "kind",
                    "account_link",
                    "issued_on",
                    "due_on",
                    "received_on",
                    "standing",
                    "pdf",
                )
            },
        ),
        (
            "Amounts",
            {
                "fields": (
                    "taxable_inr",
                    "cgst_inr",
                    "sgst_inr",
                    "igst_inr",
                    "rounding_inr",
                    "total_inr",
                    "open_inr",
                )
            },
        ),
        ("To whom, as printed", {"fields": ("bill_to", "supplied_to", "supply")}),
        ("Proof", {"fields": ("caused", "issued_at", "hash")}),
    )
    account_link, caused = linked("accounts_account", "account", "Account", text="ban"), allocations.caused
    taxable_inr, cgst_inr = amount("taxable", "Taxable"), amount("cgst", "CGST")
    sgst_inr, igst_inr = amount("sgst", "SGST"), amount("igst", "IGST")
    rounding_inr, total_inr = amount("rounding", "Rounding"), amount("total", "Total")
    open_inr = amount("open_amount", "Open")

    def get_inlines(self, request: HttpRequest, obj: Document | None) -> list[Any]:
        if obj and obj.kind == Document.Kind.RECEIPT_VOUCHER:
            return [LineRows, UsedBy]
        return [LineRows, allocations.AllocationRows, VouchersUsed]

    @admin.display(description="State")
    def standing(self, row: Document) -> Any:
        if not row.is_bill:
            return DASH
        if not row.open_amount:
            return tag("Written off") if hasattr(row, "write_off") else tag("Paid", "good")
        if row.due_on and row.due_on <= clock.today():
            return tag("Overdue", "bad")
        return tag("Part paid", "warn") if row.open_amount < row.total else tag("Due", "warn")

    @admin.display(description="PDF")
    def pdf(self, row: Document) -> Any:
        if row.file.state != DocumentFile.State.READY:
            return row.file.get_state_display()
        return format_html('<a href="{}">PDF</a>', reverse("admin:invoices_document_pdf", args=[row.pk]))

    @admin.display(description="Place of supply")
    def supplied_to(self, row: Document) -> str:
        return f"{row.place_of_supply} {dict(STATES).get(row.place_of_supply, '')}".strip() or DASH

    @admin.display(description="Recipient")
    def bill_to(self, row: Document) -> str:
        to = row.recipient
        place = to.get("country_name") or to["state_name"]
        parts = (to["name"], to["address"], f"{to['city']} {to['pin']}", place, to["gstin"])
        return ", ".join(part for part in parts if part)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", view(self.pdf_view), name="invoices_document_pdf"),
            path("charge/<int:account_id>/", view(self.charge_view), name="invoices_document_charge"),
            *notes.urls(view, self),
            *super().get_urls(),
        ]

    def pdf_view(self, request: HttpRequest, pk: int) -> Any:
        """The kept bytes of a document."""
        return _pdf(self, request, pk)

    def charge_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """A form, a preview, and on confirmation the invoice."""
        if not request.user.has_perm("accounts.issue_charge"):
            raise PermissionDenied("accounts.issue_charge")
        account = get_object_or_404(Account.objects.select_related("customer"), pk=account_id)
        form = ChargeForm(request.POST or None)
        if not (request.method == "POST" and form.is_valid()):
            return _charge_page(self, request, account, form)
        if "confirm" not in request.POST:
            planned = charges.plan(account, form.cleaned_data["amount"], on=clock.today())
            return _charge_page(self, request, account, form, planned)
        return _issue(self, request, account, form)


def _pdf(this: DocumentAdmin, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    if not this.has_view_permission(request):
        raise PermissionDenied
    document = get_object_or_404(Document.objects.select_related("file"), pk=pk)
    if document.file.state != DocumentFile.State.READY:
        messages.info(request, "The PDF is being prepared. Try again in a moment.")
        return HttpResponseRedirect(reverse("admin:invoices_document_change", args=[pk]))
    return FileResponse(storages["documents"].open(document.file.name), filename=f"{document.slug}.pdf")


def _charge_page(
    this: DocumentAdmin, request: HttpRequest, account: Account, form: ChargeForm, planned: Any = None
) -> HttpResponse:
    return form_page(
        this,
        request,
        form,
        f"One-time charge to {account.ban}",
        button="Show what it will do",
        template="admin/invoices/document/charge.html",
        account=account,
        planned=planned,
    )


def _issue(this: DocumentAdmin, request: HttpRequest, account: Account, form: ChargeForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        invoice = charges.charge(
            account.pk,
            data["amount"],
            data["description"],
            token=data["token"].hex,
            actor=person(request),
            reason=data["reason"],
            due_days=data["due_days"],
            now=clock.now(),
        )
    except charges.ChargeNotPossible as error:
        form.add_error(None, str(error))
        return _charge_page(this, request, account, form)
    messages.success(
        request, format_html("{} is issued.", link("invoices_document", invoice.pk, invoice.number))
    )
    return HttpResponseRedirect(reverse("admin:invoices_document_change", args=[invoice.pk]))


@admin.register(DocumentFile)
class DocumentFileAdmin(ReadOnly):
    list_display = ("name", "document_link", "condition", "weight", "attempts", "made_at", "error")
    list_filter = ("state",)
    list_select_related = ("document",)
    search_fields = ("name", "document__number")
    ordering = ("-pk",)
    fields = (
        "name",
        "document_link",
        "condition",
        "weight",
        "sha256",
        "made_at",
        "attempts",
        "next_attempt_at",
        "error",
    )
    actions = (export_csv, "retry")
    document_link = linked("invoices_document", "document", "Document", text="number")
    weight = file_size("size")

    @admin.display(description="State", ordering="state")
    def condition(self, row: DocumentFile) -> Any:
        return tag(row.get_state_display(), {"ready": "good", "parked": "bad"}.get(row.state, "warn"))

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.retry_notice")

    @admin.action(description="Make parked PDFs again", permissions=["retry"])
    @with_reason(
        "Their PDFs are put back into the queue, to be made within a minute. No document changes.",
        to=lambda row: row.state == DocumentFile.State.PARKED,
        others="it is not parked",
    )
    def retry(self, request: HttpRequest, rows: QuerySet[DocumentFile], reason: str) -> None:
        todo = rows.filter(state=DocumentFile.State.PARKED).select_related("document__account")
        do_each(request, rows, todo, render.retry, reason=reason, said="files are in the queue again")


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnly):
    list_display = ("series", "year", "last", "last_on")
    list_display_links = None
    ordering = ("-year", "series")
