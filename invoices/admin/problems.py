"""What customers say is wrong with a document: open ones first, and an answer that reaches them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts.models import Conversation
from billing_portal import clock, typed
from billing_portal.staff_pages import ReadOnly, export_csv, form_page, linked, person, tag
from billing_portal.text import plain
from invoices import problems
from invoices.models import ProblemReport

RIGHT = "invoices.answer_problem"


class AnswerForm(forms.Form):
    answer = typed.Lines(
        max_length=problems.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="The customer reads this.",
    )


@admin.register(ProblemReport)
class ProblemAdmin(ReadOnly):
    change_form_template = "admin/invoices/problem.html"
    list_display = ("said", "condition", "document_link", "account_link", "reported_by", "reported_at")
    list_filter = (("answered_at", admin.EmptyFieldListFilter), "reported_at")
    list_select_related = ("document", "account", "reported_by", "conversation")
    search_fields = ("document__number", "account__ban")
    ordering = (F("answered_at").desc(nulls_first=True), "reported_at", "pk")  # open and oldest first
    actions = (export_csv,)
    fields = (
        "document_link",
        "account_link",
        "reported_by",
        "reported_at",
        "conversation_link",
        "text",
        "answer",
        "answered_by",
        "answered_at",
    )
    document_link = linked("invoices_document", "document", "Document", text="number")
    account_link = linked("accounts_account", "account", "Account", text="ban")
    conversation_link = linked("accounts_conversation", "conversation", "Conversation", text="subject")

    @admin.display(description="Said")
    def said(self, row: ProblemReport) -> str:
        return plain(row.text, 80)

    @admin.display(description="State", ordering="answered_at")
    def condition(self, row: ProblemReport) -> Any:
        if row.answered_at:
            return tag("Answered", "good")
        said = row.conversation and row.conversation.state != Conversation.State.OPEN
        return tag("Answered in the conversation", "good") if said else tag("Open", "bad")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/answer/", view(self.answer_view), name="invoices_problem_answer"),
            *super().get_urls(),
        ]

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer once; the customer gets a mail."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied(RIGHT)
        row = get_object_or_404(ProblemReport.objects.select_related("account", "document"), pk=pk)
        form = AnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                problems.answer(pk, form.cleaned_data["answer"], actor=person(request), now=clock.now())
            except problems.NotUsable as error:
                form.add_error("answer", str(error))
            else:
                messages.success(request, "Answered. The customer gets a mail.")
                return HttpResponseRedirect(reverse("admin:invoices_problemreport_change", args=[pk]))
        return form_page(
            self,
            request,
            form,
            f"Answer about {row.document.number}",
            button="Send the answer",
            template="admin/invoices/document/note.html",
            account=row.account,
            lead=row.text,
        )
