"""Staff pages of bad debt: asking to write off past-due bills, what was written off, and money that came in for it."""

import functools
import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts import approvals
from accounts.models import Account
from billing_portal import clock, text, typed
from billing_portal.money import inr
from billing_portal.staff_pages import (
    PlainForm,
    ReasonField,
    RupeesField,
    amount,
    linked,
)
from credit import write_offs
from credit.admin.tools import Tooled, act_page, asked, of_future
from invoices import write_offs as bad_debt
from invoices.admin import approval_queue
from invoices.models import Document, WriteOff

RIGHT = "accounts.request_approval"


class WriteOffForm(forms.Form):
    """Which of the past-due bills, and why."""

    documents = forms.MultipleChoiceField(label="Bills", widget=forms.CheckboxSelectMultiple)
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, bills: list[Document], **words: Any) -> None:
        super().__init__(*args, **words)
        field = self.fields["documents"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (one.pk, f"{one.number}, due {text.day(one.due_on)}: {inr(one.open_amount)}")
            for one in bills
            if one.due_on
        ]
        field.initial = [one.pk for one in bills]

    def clean_documents(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["documents"]]


class RecoveryForm(PlainForm):
    """Bank money that names the bill."""

    amount = RupeesField(label="Amount", max_length=24, help_text="In rupees, like 1,500.50.")
    reference = typed.Line(label="Bank reference", max_length=40, help_text="UTR of the transfer.")
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


@admin.register(WriteOff)
class WriteOffAdmin(Tooled):
    list_display = (
        "written_off_at", "document_link", "account_link", "amount_inr", "recovered_inr", "approval_link",
    )  # fmt: skip
    list_filter = ("written_off_at",)
    list_select_related = ("document", "account", "approval")
    search_fields = ("document__number", "account__ban", "account__name")
    ordering = ("-written_off_at", "-pk")
    fields = list_display
    document_link = linked("invoices_document", "document", "Bill", text="number")
    account_link = linked("accounts_account", "account", "Account", text="ban")
    approval_link = linked("accounts_approval", "approval", "Approved", text="summary")
    amount_inr, recovered_inr = amount("amount", "Written off"), amount("recovered", "Came in later")

    def tools(self, request: HttpRequest, row: WriteOff) -> list[tuple[str, str]]:
        tools = []
        if row.left and request.user.has_perm(RIGHT):
            tools.append(("Money came in for it", reverse("admin:credit_recovery_ask", args=[row.pk])))
        return tools

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("ask/<int:pk>/", view(self.ask_view), name="credit_write_off_ask"),
            path("<int:pk>/recovery/", view(self.recovery_view), name="credit_recovery_ask"),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a second person to write off bills of an account."""
        account = get_object_or_404(Account, pk=pk)
        form = WriteOffForm(request.POST or None, bills=bad_debt.past_due(account, clock.today()))
        return self._ask(
            request, form, f"Write off bills of {account.ban}", write_offs.ask, pk,
            preview=of_future(account, functools.partial(write_offs.try_out, pk)),
            lead="No credit note: the tax stays paid. When nothing is past due any more the overdue case closes and "
            "its restriction is lifted at once. Where lines should stay shut, stop the account first.",
        )  # fmt: skip

    def recovery_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a second person to book bank money for a written-off bill."""
        row = get_object_or_404(WriteOff.objects.select_related("document"), pk=pk)
        return self._ask(
            request, RecoveryForm(request.POST or None), f"Money for {row.document.number}",
            write_offs.ask_recovery, pk,
            lead=f"{inr(row.left)} has not come in. It is booked as recovered, without new GST; the customer's prepaid "
            "money does not move.",
        )  # fmt: skip

    def _ask(
        self, request: HttpRequest, form: forms.Form, title: str, ask: Any, pk: int, *, lead: str, **more: Any
    ) -> HttpResponse:
        return act_page(
            self, request, form, functools.partial(ask, pk), right=RIGHT, title=title,
            button="Ask a second person", failures=approvals.NotAllowed, done=asked,
            template="admin/credit/extend.html", lead=lead, **more,
        )  # fmt: skip


approval_queue.ACTIONS[write_offs.ACTION] = write_offs.carry_out
approval_queue.ACTIONS[write_offs.RECOVERY] = write_offs.book_recovery
