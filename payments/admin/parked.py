"""Parked money: both sides on one page, and two ways out, each a page with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.models import Account
from billing_portal import clock, typed
from billing_portal.staff_pages import (
    DASH,
    ReadOnly,
    amount,
    export_csv,
    form_page,
    link,
    person,
    rupees,
    tag,
)
from invoices import settlement
from payments import adopt, options
from payments import parked as parked_use_case
from payments.gateways import GatewayError, GatewayPayment, gateway
from payments.models import ParkedReport

RIGHT = "payments.resolve_parked"


class ReasonForm(forms.Form):
    """Why, in a sentence that a colleague understands next year."""

    reason = typed.Lines(max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


class CreditForm(ReasonForm):
    """Whose money it is."""

    ban = typed.Line(label="Account number", max_length=16, help_text="Like BA-100042.")
    field_order = ("ban", "reason")

    def clean_ban(self) -> Account:
        account = Account.objects.filter(ban=self.cleaned_data["ban"].strip().upper()).first()
        if account is None:
            raise forms.ValidationError("No account has this number.")
        return account


@admin.register(ParkedReport)
class ParkedReportAdmin(ReadOnly):
    change_form_template = "admin/payments/parkedreport/change_form.html"
    list_display = (
        "gateway_payment_id",
        "kind",
        "condition",
        "account_link",
        "asked_inr",
        "came_inr",
        "parked_at",
    )
    list_filter = ("state", "kind", "parked_at")
    list_select_related = ("payment__account", "account")
    search_fields = (
        "gateway_payment_id", "gateway_order_id", "payment__number", "payment__account__ban", "account__ban",
        "reference__exact", "detail",
    )  # fmt: skip
    ordering = ("state", "-parked_at", "-pk")  # open ones first
    actions = (export_csv,)
    fieldsets = (
        (None, {"fields": ("kind", "condition", "detail", "parked_at")}),
        ("What we asked for", {"fields": ("payment_link", "account_link", "asked_inr", "asked_order")}),
        (
            "What came",
            {"fields": ("gateway_payment_id", "gateway_order_id", "reference", "came_inr", "currency")},
        ),
        ("What was done", {"fields": ("resolved_at", "resolved_by", "resolution")}),
    )
    came_inr = amount("amount", "Came")

    @admin.display(description="State", ordering="state")
    def condition(self, row: ParkedReport) -> Any:
        return tag("Resolved", "good") if row.state == ParkedReport.State.RESOLVED else tag("Open", "bad")

    @admin.display(description="Account")
    def account_link(self, row: ParkedReport) -> Any:
        account = _account(row)
        return link("accounts_account", account.pk, account.ban) if account else DASH

    @admin.display(description="Payment")
    def payment_link(self, row: ParkedReport) -> Any:
        return (
            link("payments_payment", row.payment_id, row.payment.number)
            if row.payment
            else "Nothing was asked."
        )

    @admin.display(description="Asked")
    def asked_inr(self, row: ParkedReport) -> Any:
        return rupees(row.payment.amount if row.payment else None)

    @admin.display(description="Order")
    def asked_order(self, row: ParkedReport) -> str:
        return (row.payment.gateway_order_id if row.payment else None) or DASH

    def get_queryset(self, request: HttpRequest) -> QuerySet[ParkedReport]:
        return super().get_queryset(request).select_related("payment__account", "account", "resolved_by")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/credit/", view(self.credit_view), name="payments_parkedreport_credit"),
            path("<int:pk>/close/", view(self.close_view), name="payments_parkedreport_close"),
            *super().get_urls(),
        ]

    def credit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the gateway holds, and credit just that to an account."""
        row = _open_row(request, pk)
        if row is None:
            return _back(pk)
        account = _account(row)
        suggested = account.ban if account else ""
        form = CreditForm(request.POST or None, initial={"ban": suggested})
        held, problem = _ask(row)
        if request.method == "POST" and form.is_valid():
            try:
                payment = adopt.adopt(
                    row,
                    form.cleaned_data["ban"],
                    actor=person(request),
                    reason=form.cleaned_data["reason"],
                    now=clock.now(),
                )
            except (GatewayError, adopt.NotAdoptable) as error:
                form.add_error(None, str(error))
            else:
                shown = link("payments_payment", payment.pk, payment.number)
                messages.success(
                    request, format_html("Credited to {} as {}.", form.cleaned_data["ban"].ban, shown)
                )
                return _back(pk)
        words: dict[str, Any] = {
            "row": row,
            "does": _does(form, row, held),
            "held": held,
            "problem": problem,
            "template": "admin/payments/parkedreport/credit.html",
        }
        return form_page(self, request, form, "Credit to an account", button="Credit this money", **words)

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close a report with what was done about it; no money moves."""
        row = _open_row(request, pk)
        if row is None:
            return _back(pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            parked_use_case.resolve(
                row.pk,
                actor=person(request),
                resolution=form.cleaned_data["reason"],
                now=clock.now(),
            )
            messages.success(request, "Closed. No money was moved.")
            return _back(pk)
        words: dict[str, Any] = {"row": row, "template": "admin/payments/parkedreport/credit.html"}
        return form_page(self, request, form, "Close with a note", button="Close this report", **words)


def _open_row(request: HttpRequest, pk: int) -> ParkedReport | None:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)
    row = get_object_or_404(ParkedReport.objects.select_related("payment__account", "account"), pk=pk)
    if row.state == ParkedReport.State.RESOLVED:
        messages.info(request, "This report has been resolved already.")
        return None
    return row


def _account(row: ParkedReport) -> Account | None:
    """Return the account that was asked, or whose own account at the gateway the money came to."""
    return row.payment.account if row.payment else row.account


def _does(form: forms.Form, row: ParkedReport, held: GatewayPayment | None) -> options.Preview | None:
    """Return what crediting it does to the account that is named, or to the one that was asked."""
    named = form.cleaned_data.get("ban") if form.is_bound and form.is_valid() else None
    account = named or _account(row)
    if held is None or account is None or not held.amount:
        return None
    return options.preview(account, held.amount, settlement.unpaid(account), on=clock.today())


def _ask(row: ParkedReport) -> tuple[GatewayPayment | None, str]:
    """Return what the gateway holds, or why it does not say."""
    try:
        return gateway().fetch(row.gateway_payment_id), ""
    except GatewayError as error:
        return None, str(error)


def _back(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:payments_parkedreport_change", args=[pk]))
