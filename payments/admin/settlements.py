"""Staff pages of settlements, closed days, what the gateway listed, and ways to pay that fail."""

import functools
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.models import Entry
from billing_portal.money import inr
from billing_portal.staff_pages import DASH, ReadOnly, amount, export_csv, link, rupees, tag
from credit.admin.tools import ReasonForm, Tooled, act_page
from payments import day_close
from payments.models import BankUse, DayClose, Difference, Downtime, GatewayRecord, Settlement

CLOSE = "payments.close_day"
TONES = {"processed": "good", "failed": "bad", "agreed": "good", "explained": "warn", "differs": "bad"}


@admin.register(Settlement)
class SettlementAdmin(Tooled):
    list_display = ("gateway_id", "settled_on", "condition", "amount_inr", "utr", "posted_at")
    list_filter = ("status", "settled_on")
    search_fields = ("gateway_id__exact", "utr__exact", "lines__entity_id__exact")
    date_hierarchy = "settled_on"
    ordering = ("-created_at", "-pk")
    actions = (export_csv,)
    fields = (
        "gateway_id", "condition", "amount_inr", "told", "fees", "utr", "at_bank", "created_at", "seen_at", "posted_at",
        "withdrawn_at", "entry",
    )  # fmt: skip
    amount_inr = amount("amount", "Paid out")

    @admin.display(description="State", ordering="status")
    def condition(self, row: Settlement) -> Any:
        return tag(row.get_status_display(), TONES.get(row.status, ""))

    @admin.display(description="Its rows")
    def told(self, row: Settlement) -> Any:
        sums = row.lines.aggregate(n=Count("pk"), net=Sum(F("credit") - F("debit"), default=0))
        text = f"{sums['n']} rows come to {inr(sums['net'])}"
        address = f"{reverse('admin:payments_settlementline_changelist')}?q={row.gateway_id}"
        state = tag("complete", "good") if sums["net"] == row.amount else tag("not its sum", "bad")
        return format_html('<a href="{}">{}</a> {}', address, text, state)

    @admin.display(description="Fees in it")
    def fees(self, row: Settlement) -> Any:
        sums = row.lines.aggregate(fee=Sum("fee", default=0), tax=Sum("tax", default=0))
        return format_html("{} and {} GST", rupees(sums["fee"] - sums["tax"]), rupees(sums["tax"]))

    @admin.display(description="At the bank")
    def at_bank(self, row: Settlement) -> Any:
        use = BankUse.objects.select_related("line").filter(cause=row.cause).first()
        return f"{use.line.value_on:%d %b %Y}, {use.line.narration}" if use else DASH

    @admin.display(description="Ledger entry")
    def entry(self, row: Settlement) -> Any:
        found = Entry.objects.filter(key=row.cause).first()
        return link("accounts_entry", found.pk, found) if found else DASH

    def tools(self, request: HttpRequest, row: Settlement) -> list[tuple[str, str]]:
        found = Difference.objects.filter(subject=row.gateway_id)
        return [(str(one), reverse("admin:payments_difference_change", args=[one.pk])) for one in found]


@admin.register(DayClose)
class DayCloseAdmin(Tooled):
    list_display = (
        "day", "condition", "received_gateway_inr", "received_ledger_inr", "received_documents_inr",
        "settled_gateway_inr", "differences", "rest_inr",
    )  # fmt: skip
    csv_fields = (*list_display, "closed_at", "closed_by")
    list_filter = ("state", "day")
    list_select_related = ("closed_by",)
    date_hierarchy = "day"
    ordering = ("-day",)
    actions = (export_csv,)
    fieldsets = (
        (None, {"fields": ("day", "condition", "rest_inr", "differences_link", "computed_at")}),
        ("Received", {"fields": ("received_gateway_inr", "received_ledger_inr", "received_documents_inr", "payments")}),
        ("Given back", {"fields": ("refunded_gateway_inr", "refunded_ledger_inr", "refunded_documents_inr",
                                   "refunds")}),
        ("Paid out", {"fields": ("settled_gateway_inr", "settled_ledger_inr", "settled_bank_inr", "settlements")}),
        ("Closed", {"fields": ("closed_at", "closed_by", "note")}),
    )  # fmt: skip
    received_gateway_inr = amount("received_gateway", "Gateway")
    received_ledger_inr = amount("received_ledger", "Ledger")
    received_documents_inr = amount("received_documents", "Documents")
    refunded_gateway_inr = amount("refunded_gateway", "Gateway")
    refunded_ledger_inr = amount("refunded_ledger", "Ledger")
    refunded_documents_inr = amount("refunded_documents", "Documents")
    settled_gateway_inr = amount("settled_gateway", "Paid out")
    settled_ledger_inr, settled_bank_inr = (
        amount("settled_ledger", "Ledger"),
        amount("settled_bank", "Bank so far"),
    )
    rest_inr = amount("rest", "Nobody knows")

    @admin.display(description="State", ordering="state")
    def condition(self, row: DayClose) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Differences of the day")
    def differences_link(self, row: DayClose) -> Any:
        address = f"{reverse('admin:payments_difference_changelist')}?day__exact={row.day}"
        return format_html('<a href="{}">{}</a>', address, row.differences)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayClose]:
        return super().get_queryset(request).select_related("closed_by")

    def tools(self, request: HttpRequest, row: DayClose) -> list[tuple[str, str]]:
        if row.closed_at or not request.user.has_perm(CLOSE):
            return []
        return [("Close the day", reverse("admin:payments_dayclose_close", args=[row.pk]))]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/close/", view(self.close_view), name="payments_dayclose_close"),
            *super().get_urls(),
        ]

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(DayClose, pk=pk)
        return act_page(
            self, request, ReasonForm(request.POST or None), functools.partial(day_close.close, pk), right=CLOSE,
            title=f"Close {row.day:%d %b %Y}", failures=day_close.NotPossible,
            done=lambda made: ("Closed.", reverse("admin:payments_dayclose_change", args=[made.pk])),
            template="admin/credit/extend.html",
            lead=f"The gateway lists {inr(row.received_gateway)}, the ledger has {inr(row.received_ledger)}, the "
            f"documents say {inr(row.received_documents)}. {row.differences} differences name the rest.",
        )  # fmt: skip


@admin.register(GatewayRecord)
class GatewayRecordAdmin(ReadOnly):
    list_display = (
        "gateway_id",
        "kind",
        "status",
        "amount_inr",
        "fee_inr",
        "method",
        "created_at",
    )
    csv_fields = (*list_display, "seen_at")
    list_filter = ("kind", "status", "method", "created_at")
    search_fields = ("gateway_id__exact", "order_id__exact", "payment_id__exact", "receipt__exact")
    ordering = ("-created_at", "-pk")
    fields = (*csv_fields, "currency", "tax", "order_id", "payment_id", "receipt", "was_captured")
    amount_inr, fee_inr = amount("amount", "Amount"), amount("fee", "Fee with GST")


@admin.register(Downtime)
class DowntimeAdmin(ReadOnly):
    list_display = ("method", "what", "condition", "severity", "begins_at", "ends_at", "resolved_at")
    list_filter = ("method", "status", "severity")
    ordering = ("-begins_at", "-pk")
    fields = ("gateway_id", *list_display, "is_scheduled", "seen_at")

    @admin.display(description="Of it")
    def what(self, row: Downtime) -> str:
        return ", ".join(row.instrument.values()) or "all"

    @admin.display(description="State", ordering="status")
    def condition(self, row: Downtime) -> Any:
        return tag("Over", "good") if row.resolved_at else tag("Failing", "bad")
