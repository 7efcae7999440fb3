"""Mandates as staff see them: read-only, with the evidence of consent; cancelling one for a customer, with a reason."""

import functools
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from billing_portal import clock, text
from billing_portal.money import inr
from billing_portal.staff_pages import DASH, amount, export_csv, linked, tag
from credit.admin.tools import ReasonForm, Tooled, act_page
from payments import debit_page, mandate_policy, mandates
from payments.models import Mandate

RIGHT = "payments.cancel_for_customer"
TONES = {
    "awaiting": "warn",
    "active": "good",
    "paused": "warn",
    "failed": "bad",
    "expired": "",
    "cancelled": "",
}


@admin.register(Mandate)
class MandateAdmin(Tooled):
    list_display = (
        "number", "account_link", "method", "paid_from", "condition", "ceiling_inr", "valid_until", "started_at",
    )  # fmt: skip
    list_filter = ("state", "method", "started_at")
    list_select_related = ("account",)
    search_fields = (
        "number", "gateway_token_id__exact", "gateway_order_id__exact", "account__ban", "account__name",
    )  # fmt: skip
    ordering = ("-started_at", "-pk")
    actions = (export_csv,)
    fieldsets = (
        (None, {"fields": (*list_display[:7], "expires_on", "paused_by", "why")}),
        ("Consent", {"fields": ("started_by", "started_at", "consent_address", "consent_text")}),
        (
            "At the gateway",
            {"fields": ("gateway_customer_id", "gateway_order_id", "gateway_token_id", "first_payment_link")},
        ),
        ("When", {"fields": ("active_at", "ended_at", "cancel_asked_at", "next_check_at", "checks")}),
    )
    account_link = linked("accounts_account", "account", "Account", text="ban")
    first_payment_link = linked(
        "payments_payment", "first_payment", "Payment that approved it", text="number"
    )
    ceiling_inr = amount("ceiling", "Highest amount")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Mandate) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="From", ordering="instrument")
    def paid_from(self, row: Mandate) -> str:
        return row.instrument or DASH

    @admin.display(description="Why it failed or ended")
    def why(self, row: Mandate) -> str:
        return mandate_policy.in_plain_words(row.reason) or DASH

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mandate]:
        return super().get_queryset(request).select_related("account", "first_payment", "started_by")

    def tools(self, request: HttpRequest, row: Mandate) -> list[tuple[str, str]]:
        if row.is_over or not request.user.has_perm(RIGHT):
            return []
        return [("Cancel it", reverse("admin:payments_mandate_cancel", args=[row.pk]))]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/cancel/", view(self.cancel_view), name="payments_mandate_cancel"),
            *super().get_urls(),
        ]

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a mandate for a customer who cannot do it on the page."""
        row = get_object_or_404(Mandate.objects.select_related("account"), pk=pk)
        return act_page(
            self, request, ReasonForm(request.POST or None), functools.partial(mandates.cancel_by_staff, pk),
            right=RIGHT, title=f"Cancel auto-pay {row.number} of {row.account.ban}", failures=mandates.NotPossible,
            done=lambda made: ("Cancelled.", reverse("admin:payments_mandate_change", args=[made.pk])),
            template="admin/credit/extend.html",
            lead=f"It is over for us at once: no further debit is made. {_falls_away(row)}The bank is told until it "
            "confirms, and the customer gets a message.",
        )  # fmt: skip


def _falls_away(row: Mandate) -> str:
    """Return what of a coming debit the customer has to pay then, as a sentence; nothing without one."""
    coming = debit_page.coming(row.account)
    if coming is None or coming.debit.mandate_id != row.pk or not coming.can_stop:
        return ""
    bills = f" for {', '.join(coming.bills)}" if coming.bills else ""
    day = text.day(clock.business_date(coming.debit.debit_at))
    return f"The debit of {inr(coming.will_take)} on {day}{bills} falls away, and is theirs to pay. "
