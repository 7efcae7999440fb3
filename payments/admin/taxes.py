"""Staff pages of tax that customers deducted: the register, and the certificates that prove it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from billing_portal import typed
from billing_portal.money import inr
from billing_portal.staff_pages import DASH, PlainForm, ReasonField, amount, export_csv, linked, tag
from credit.admin.tools import Tooled, act_page
from invoices.export_forms import Day
from payments import certificates, tds
from payments.certificates import Certificate, NotPossible
from payments.models import TaxDeducted

RIGHT = "payments.certify_tax"
TONES = {"declared": "", "open": "warn", "certified": "good", "lapsed": "bad", "dropped": ""}


class CertificateForm(PlainForm):
    """A certificate and the deductions of its quarter that it proves."""

    rows = forms.MultipleChoiceField(label="Deductions", widget=forms.CheckboxSelectMultiple)
    number = typed.Line(label="Certificate number", max_length=40)
    on = Day(label="Dated")
    file = forms.FileField(label="PDF", help_text="At most 5 MB.")
    reason = ReasonField()

    def __init__(self, *args: Any, open_rows: list[TaxDeducted], **words: Any) -> None:
        super().__init__(*args, **words)
        field = self.fields["rows"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (one.pk, f"{one.document or 'Advance'}: {inr(one.amount)} on {one.deducted_on:%d %b %Y}")
            for one in open_rows
        ]
        field.initial = [one.pk for one in open_rows]

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > certificates.LARGEST:
            raise forms.ValidationError("The file is larger than 5 MB.")
        return self.cleaned_data["file"]


@admin.register(TaxDeducted)
class TaxDeductedAdmin(Tooled):
    list_display = (
        "deducted_on", "account_link", "document_link", "kind", "deductor", "percent", "amount_inr", "period",
        "condition",
    )  # fmt: skip
    csv_fields = (
        "deducted_on", "account_link", "document_link", "kind", "deductor", "section", "percent", "base_inr",
        "amount_inr", "quarter", "tax_year", "condition", "certificate",
    )  # fmt: skip
    list_filter = ("state", "kind", "tax_year", "quarter")
    list_select_related = ("account", "document", "payment")
    search_fields = (
        "account__ban",
        "account__name",
        "deductor",
        "certificate",
        "document__number",
        "payment__number",
    )
    ordering = ("-deducted_on", "-pk")
    actions = (export_csv,)
    fields = (*csv_fields, "payment_link", "claim_link", "certified_on", "sha256", "lapses")
    account_link = linked("accounts_account", "account", "Account", text="ban")
    document_link = linked("invoices_document", "document", "Invoice", text="number")
    payment_link = linked("payments_payment", "payment", "Payment", text="number")
    claim_link = linked("payments_claim", "claim", "Claim")
    base_inr, amount_inr = amount("base", "Without GST"), amount("amount", "Deducted")

    @admin.display(description="Rate", ordering="rate")
    def percent(self, row: TaxDeducted) -> str:
        return tds.percent(row.rate)

    @admin.display(description="Quarter", ordering="quarter")
    def period(self, row: TaxDeducted) -> str:
        return f"{row.quarter} {row.tax_year}"

    @admin.display(description="State", ordering="state")
    def condition(self, row: TaxDeducted) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Certificate until")
    def lapses(self, row: TaxDeducted) -> str:
        return (
            f"{tds.lapses_after(row.deducted_on):%d %b %Y}" if row.state == TaxDeducted.State.OPEN else DASH
        )

    def tools(self, request: HttpRequest, row: TaxDeducted) -> list[tuple[str, str]]:
        found = []
        if row.state == TaxDeducted.State.OPEN and request.user.has_perm(RIGHT):
            found.append(("Take in the certificate", reverse("admin:payments_tax_certify", args=[row.pk])))
        if row.file:
            found.append(("Certificate (PDF)", reverse("admin:payments_tax_file", args=[row.pk])))
        return found

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/certify/", view(self.certify_view), name="payments_tax_certify"),
            path("<int:pk>/file/", view(self.file_view), name="payments_tax_file"),
            *super().get_urls(),
        ]

    def certify_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take in a certificate for this deduction and the others of its deductor and quarter."""
        row = get_object_or_404(TaxDeducted.objects.select_related("account"), pk=pk)
        same = {"account": row.account, "kind": row.kind, "deductor": row.deductor, "quarter": row.quarter}
        rows = TaxDeducted.objects.filter(**same, tax_year=row.tax_year, state=TaxDeducted.State.OPEN)
        form = CertificateForm(
            request.POST or None, request.FILES or None, open_rows=list(rows.select_related("document"))
        )

        def act(*, rows: list[str], number: str, on: Any, file: Any, **words: Any) -> Any:
            name, sha256 = certificates.store(file.read())
            certificate = Certificate(number, on, name, sha256)
            return certificates.certify(row.account_id, [int(one) for one in rows], certificate, **words)

        return act_page(
            self, request, form, act, right=RIGHT, title=f"Certificate of {row.deductor}", failures=NotPossible,
            done=lambda rows: (_proven(rows), reverse("admin:payments_taxdeducted_change", args=[pk])),
            template="admin/credit/extend.html", button="Take it in",
            lead=f"{row.account.ban}, {row.quarter} {row.tax_year}. Form 131 (formerly 16A), or GSTR-7A.",
        )  # fmt: skip

    def file_view(self, request: HttpRequest, pk: int) -> FileResponse:
        row = get_object_or_404(TaxDeducted, pk=pk)
        if not row.file or not self.has_view_permission(request, row):
            raise Http404
        name = f"tds-certificate-{row.quarter}-{row.tax_year}.pdf"
        return FileResponse(storages["documents"].open(row.file), as_attachment=True, filename=name)


def _proven(rows: list[TaxDeducted]) -> str:
    return f"Proven: {inr(sum(row.amount for row in rows))}."
