"""Staff pages of claims: what customers declared, settled with the bank's line or rejected with a reason."""

import functools
import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from billing_portal.staff_pages import ReadOnlyRows, amount, export_csv, instead, linked, tag
from credit.admin.tools import ReasonForm, Tooled, act_page
from payments import bank, claims
from payments.admin.exact import settle_page
from payments.models import Claim, TaxDeducted
from payments.proposals import Proposal

RIGHT = "payments.decide_claim"
TONES = {"declared": "warn", "matched": "warn", "settled": "good", "rejected": "bad", "withdrawn": ""}


class Taxes(ReadOnlyRows):
    model = TaxDeducted
    fields = ("kind", "document", "deductor", "rate", "base_inr", "amount_inr", "state")
    readonly_fields = ("base_inr", "amount_inr")
    verbose_name_plural = "Tax deducted"
    base_inr, amount_inr = amount("base", "Without GST"), amount("amount", "Deducted")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxDeducted]:
        return super().get_queryset(request).select_related("document")


@admin.register(Claim)
class ClaimAdmin(Tooled):
    list_display = ("declared_at", "account_link", "kind", "named", "condition", "amount_inr", "line_link")
    csv_fields = (*list_display, "tds_inr", "sent_on", "payment_link")
    list_filter = ("state", "kind", "declared_at")
    list_select_related = ("account", "line", "payment")
    search_fields = ("utr", "cheque_number", "account__ban", "account__name")
    ordering = ("-declared_at", "-pk")
    actions = (export_csv,)
    inlines = (Taxes,)
    fields = (
        "account_link", "kind", "named", "condition", "amount_inr", "tds_inr", "gst_tds_inr", "sent_on", "bank",
        "declared_by", "declared_at", "rivals", "line_link", "payment_link", "decided_by", "decided_at", "reason",
    )  # fmt: skip
    account_link = linked("accounts_account", "account", "Account", text="ban")
    line_link = linked("payments_bankline", "line", "Bank line")
    payment_link = linked("payments_payment", "payment", "Payment", text="number")
    amount_inr, tds_inr = amount("amount", "Money"), amount("tds", "TDS")
    gst_tds_inr = amount("gst_tds", "GST-TDS")

    @admin.display(description="UTR or cheque", ordering="utr")
    def named(self, row: Claim) -> str:
        return row.reference

    @admin.display(description="State", ordering="state")
    def condition(self, row: Claim) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Also declared by others")
    def rivals(self, row: Claim) -> Any:
        return tag("Yes: look at both", "bad") if claims.rivals([row]) else "No"

    def tools(self, request: HttpRequest, row: Claim) -> list[tuple[str, str]]:
        if row.state not in Claim.WAITING or not request.user.has_perm(RIGHT):
            return []
        return [("Reject", reverse("admin:payments_claim_reject", args=[row.pk]))]

    change_form_template = "admin/payments/claim.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/settle/", view(self.settle_view), name="payments_claim_settle"),
            path("<int:pk>/reject/", view(self.reject_view), name="payments_claim_reject"),
            *super().get_urls(),
        ]

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Settle a claim that the bank shows: what it does stands there, and a reason to be changed."""
        if not request.user.has_perm("payments.settle_line"):
            raise PermissionDenied("payments.settle_line")
        row = get_object_or_404(Claim.objects.select_related("line", "account"), pk=pk)
        page = reverse("admin:payments_claim_change", args=[pk])
        if row.line is None:
            return instead(request, "The bank shows no such transfer yet.", page)
        if row.state not in Claim.WAITING:
            return instead(request, f"Nothing to do: it is {row.get_state_display().lower()}.", page)
        if claims.rivals([row]):
            return instead(
                request, "Another account declared this UTR too: settle the line by its form.", page
            )
        token = uuid.uuid5(uuid.NAMESPACE_URL, f"claim:{pk}")
        sure = Proposal(row.account, "declared, and found at the bank", claim=row)
        return settle_page(
            self, request, row.line, sure, functools.partial(bank.settle_claim, pk, token=token), page
        )

    def reject_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return act_page(
            self, request, ReasonForm(request.POST or None), functools.partial(claims.reject, pk), right=RIGHT,
            title="Reject this claim", failures=claims.NotPossible, template="admin/credit/extend.html",
            lead="The customer gets a mail with your reason, word by word. No money moves.", button="Reject it",
            done=lambda row: ("Rejected. The customer is told.", reverse("admin:payments_claim_change", args=[row.pk])),
        )  # fmt: skip
