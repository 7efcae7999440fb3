"""What customers say is wrong with a document: open ones first, and the page that answers one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from billing_portal import clock
from billing_portal.staff_pages import ReadOnly, export_csv, form_page, link, linked, person, tag
from billing_portal.text import plain
from invoices import problems
from invoices.models import ProblemReport

RIGHT = "invoices.answer_problem"


class AnswerForm(forms.Form):
    """What the customer will read."""

    answer = forms.CharField(
        max_length=problems.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="The customer reads it on the document's page and gets it by e-mail. It is never changed.",
    )


class Answered(admin.SimpleListFilter):
    """Whether somebody has answered."""

    title = "state"
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", "Open"), ("yes", "Answered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = self.value()
        return queryset.filter(answered_at__isnull=wanted == "no") if wanted in ("no", "yes") else queryset


@admin.register(ProblemReport)
class ProblemReportAdmin(ReadOnly):
    change_form_template = "admin/invoices/problemreport/change_form.html"
    list_display = ("said", "condition", "document_link", "account_link", "reported_at", "answered_by")
    list_filter = (Answered, "reported_at")
    list_select_related = ("document", "account", "answered_by")
    search_fields = ("document__number", "account__ban", "account__name", "text")
    ordering = (F("answered_at").desc(nulls_first=True), "reported_at", "pk")  # open and oldest first
    actions = (export_csv,)
    fieldsets = (
        (None, {"fields": ("condition", "document_link", "account_link")}),
        ("What the customer says", {"fields": ("text", "reported_by", "reported_at")}),
        ("Our answer", {"fields": ("answer", "answered_by", "answered_at")}),
    )
    document_link = linked("invoices_document", "document", "Document", text="number")
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="Problem", ordering="text")
    def said(self, row: ProblemReport) -> str:
        return plain(row.text, 80)

    @admin.display(description="State", ordering="answered_at")
    def condition(self, row: ProblemReport) -> Any:
        return tag("Answered", "good") if row.answered_at else tag("Open", "bad")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.answer_view)
        return [path("<int:pk>/answer/", view, name="invoices_problemreport_answer"), *super().get_urls()]

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what is said to be wrong, and answer it once."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        row = get_object_or_404(ProblemReport.objects.select_related("document", "account"), pk=pk)
        if row.answered_at:
            messages.info(request, "Somebody has answered this already.")
            return _back(pk)
        form = AnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                problems.answer(pk, form.cleaned_data["answer"], actor=person(request), now=clock.now())
            except problems.NotUsable as error:
                form.add_error("answer", str(error))
            else:
                messages.success(request, "Answered. The customer gets it by e-mail.")
                return _back(pk)
        words: dict[str, Any] = {
            "row": row,
            "document": link("invoices_document", row.document_id, row.document.number),
            "template": "admin/invoices/problemreport/answer.html",
        }
        return form_page(self, request, form, "Answer a problem", button="Send the answer", **words)


def _back(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:invoices_problemreport_change", args=[pk]))
