"""Staff pages of credit limits: the sum with its history, and temporary ones, which a second person approves."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts import approvals
from accounts.models import Account, Approval
from billing_portal import clock, text
from billing_portal.money import inr
from billing_portal.staff_pages import (
    ReadOnly,
    ReasonField,
    RupeesField,
    amount,
    form_page,
    linked,
    person,
)
from credit import limit_outlook, temporary_limits
from credit.models import CreditLimit, LimitChange, TemporaryLimit
from invoices.admin import approval_queue

RIGHT, VIEW = "credit.set_temporary_limit", "credit.view_creditlimit"
account_link = linked("accounts_account", "account", "Account", text="ban")


class TemporaryForm(forms.Form):
    """How far, until when, and why."""

    amount = RupeesField(label="Limit", max_length=24, help_text="In whole rupees, like 5,000.")
    until_on = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}), help_text="It ends by itself."
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


@admin.register(CreditLimit)
class CreditLimitAdmin(ReadOnly):
    list_display = (
        "account_link", "amount_inr", "base_inr", "factor", "sibling_link", "effective_until", "reviewed_at",
    )  # fmt: skip
    list_display_links = ("amount_inr",)
    list_filter = ("effective_until",)
    list_select_related = ("account", "sibling")
    search_fields = ("account__ban", "account__name")
    ordering = ("-amount", "pk")
    fields = (
        "account_link",
        "amount_inr",
        "earned_inr",
        "base_inr",
        "received_inr",
        "factor",
        "sibling_link",
        "sibling_points",
        "effective_until",
        "reviewed_at",
    )
    account_link = account_link
    sibling_link = linked("accounts_account", "sibling", "Lowered for", text="ban")
    amount_inr, earned_inr = amount("amount", "Limit"), amount("earned", "Without a temporary limit")
    base_inr, received_inr = amount("base", "Base"), amount("received", "Money received")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("of/<int:pk>/", view(self.limit_view), name="credit_account_limit"),
            path("of/<int:pk>/temporary/", view(self.temporary_view), name="credit_account_temporary_limit"),
            *super().get_urls(),
        ]

    def limit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the sum of an account's limit: base, each step with its cause, the result, and what lies ahead."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied(VIEW)
        account = get_object_or_404(Account, pk=pk)
        page = limit_outlook.explain(account, today=clock.today())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Credit limit of {account.ban}",
            "account": account,
            "limit": page.limit,
            "steps": page.limit.steps[::-1],
            "ahead": page.ahead,
            "temporary": account.temporary_limits.order_by("-pk").select_related(
                "requested_by", "approved_by"
            ),
        }
        return TemplateResponse(request, "admin/credit/limit.html", context)

    def temporary_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a temporary limit; the preview is what a second person will approve."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied(RIGHT)
        account = get_object_or_404(Account.objects.select_related("customer"), pk=pk)
        form = TemporaryForm(request.POST or None)
        planned = None
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                planned = temporary_limits.plan(account, data["amount"], data["until_on"], now=clock.now())
            except temporary_limits.NotPossible as error:
                form.add_error(None, str(error))
            else:
                if "confirm" in request.POST:
                    return _asked(request, account, data)
        return form_page(
            self,
            request,
            form,
            f"Temporary limit of {account.ban}",
            button="Show what it will do",
            template="admin/credit/temporary.html",
            account=account,
            planned=planned,
        )


@admin.register(LimitChange)
class LimitChangeAdmin(ReadOnly):
    list_display = ("on", "account_link", "kind", "points", "about", "sibling_link", "recorded_at")
    list_filter = ("kind", "on")
    list_select_related = ("account", "sibling")
    search_fields = ("account__ban", "key")
    date_hierarchy = "on"
    ordering = ("-on", "-pk")
    fields = (
        "account_link",
        "kind",
        "on",
        "cycle_on",
        "points",
        "about",
        "sibling_link",
        "key",
        "recorded_at",
    )
    account_link = account_link
    sibling_link = linked("accounts_account", "sibling", "Sibling", text="ban")

    @admin.display(description="About")
    def about(self, row: LimitChange) -> str:
        if row.kind == LimitChange.Kind.BASE:
            return f"{inr(row.details['before'])} → {inr(row.details['after'])}"
        return str(row.details.get("about", ""))


@admin.register(TemporaryLimit)
class TemporaryLimitAdmin(ReadOnly):
    list_display = (
        "account_link", "amount_inr", "from_on", "until_on", "reason", "requested_by", "approved_by",
    )  # fmt: skip
    list_display_links = ("amount_inr",)
    list_filter = ("until_on",)
    list_select_related = ("account", "requested_by", "approved_by")
    search_fields = ("account__ban", "reason")
    ordering = ("-pk",)
    fields = (*list_display, "approved_at", "approval_link")
    account_link = account_link
    approval_link = linked("accounts_approval", "approval", "Request", text="summary")
    amount_inr = amount("amount", "Limit")


def _asked(request: HttpRequest, account: Account, data: dict[str, Any]) -> HttpResponse:
    until_on: date = data["until_on"]
    row = approvals.ask(
        temporary_limits.ACTION,
        account,
        token=data["token"],
        payload=temporary_limits.payload(data["amount"], until_on),
        summary=f"Temporary credit limit of {inr(data['amount'])} for {account.ban} until {text.day(until_on)}",
        reason=data["reason"],
        by=person(request),
        now=clock.now(),
    )
    messages.success(request, "Asked for. A second person finds it in the queue of approvals.")
    return HttpResponseRedirect(reverse("admin:accounts_approval_change", args=[row.pk]))


def _carry_out(row: Approval) -> str:
    try:
        return f"limit {inr(temporary_limits.set_temporary(row, now=clock.now()).amount)}"
    except temporary_limits.NotPossible as error:
        raise approvals.NotAllowed(str(error)) from error


approval_queue.ACTIONS[temporary_limits.ACTION] = _carry_out  # the queue stands a floor below
