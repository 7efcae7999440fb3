"""Payments as staff see them: read-only, with everything that hangs on one, and a question to the gateway."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Entry, Notice
from billing_portal import clock
from billing_portal.list_acts import with_reason
from billing_portal.list_filters import worded
from billing_portal.staff_pages import DASH, amount, export_csv, link, linked, person, rupees, tag
from credit.admin.tools import Tooled
from invoices.models import Allocation, Document
from payments import policy, recharge
from payments.gateways import GatewayError
from payments.models import Payment, WebhookEvent

TONES = {
    "captured": "good",
    "partly_refunded": "good",
    "failed": "bad",
    "created": "",
    "unknown": "warn",
    "authorized": "warn",
}
BREAK = SafeString("<br>")
ASKED_AT_ONCE = 20  # each is a call to the gateway


@admin.register(Payment)
class PaymentAdmin(Tooled):
    list_display = (
        "number",
        "account_link",
        "amount_inr",
        "condition",
        "paid_with",
        "started_at",
        "captured_at",
    )
    list_filter = ("status", ("method", worded(lambda code: policy.METHODS.get(code, code))), "started_at")
    list_select_related = ("account",)
    search_fields = (
        "number", "gateway_payment_id__exact", "gateway_order_id__exact", "account__ban", "account__name",
    )  # fmt: skip
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-pk")
    actions = (export_csv, "ask")
    fieldsets = (
        (None, {"fields": ("number", "account_link", "amount_inr", "condition", "paid_with", "why")}),
        (
            "When",
            {"fields": ("started_at", "started_by", "captured_at", "settled_at", "next_check_at", "checks")},
        ),
        (
            "At the gateway",
            {"fields": ("gateway_order_id", "gateway_payment_id", "events", "reports", "disputes")},
        ),
        ("What it did", {"fields": ("entry", "allocations", "vouchers", "notices")}),
        ("Given back", {"fields": ("refunds",)}),
    )
    account_link = linked("accounts_account", "account", "Account", text="ban")
    amount_inr = amount("amount", "Amount")

    @admin.display(description="State", ordering="status")
    def condition(self, row: Payment) -> Any:
        return tag(row.get_status_display(), TONES.get(row.status, ""))

    @admin.display(description="Method", ordering="method")
    def paid_with(self, row: Payment) -> str:
        return row.paid_with or DASH

    @admin.display(description="Why it failed")
    def why(self, row: Payment) -> str:
        return policy.in_plain_words(row.failure_reason) if row.failure_reason else DASH

    @admin.display(description="Calls of the gateway")
    def events(self, row: Payment) -> Any:
        return _listed(link("payments_webhookevent", event.pk, event) for event in events_of(row))

    @admin.display(description="Parked reports")
    def reports(self, row: Payment) -> Any:
        return _listed(
            link("payments_parkedreport", report.pk, report) for report in row.parked_reports.all()
        )

    @admin.display(description="Disputes")
    def disputes(self, row: Payment) -> Any:
        found = row.disputes.order_by("pk")
        return _listed(
            format_html("{} {}", link("payments_dispute", one.pk, one), one.get_state_display().lower())
            for one in found
        )

    @admin.display(description="Ledger entry")
    def entry(self, row: Payment) -> Any:
        return _listed(
            link("accounts_entry", entry.pk, entry) for entry in Entry.objects.filter(key=row.cause)
        )

    @admin.display(description="Bills it paid")
    def allocations(self, row: Payment) -> Any:
        found = Allocation.objects.filter(cause=row.cause).select_related("document")
        return _listed(
            format_html(
                "{} of {}", rupees(one.amount), link("invoices_document", one.document_id, one.document)
            )
            for one in found
        )

    @admin.display(description="Receipt voucher")
    def vouchers(self, row: Payment) -> Any:
        found = Document.objects.filter(cause=f"advance:{row.number}")
        return _listed(link("invoices_document", one.pk, one.number) for one in found)

    @admin.display(description="Refunds")
    def refunds(self, row: Payment) -> Any:
        return _listed(
            format_html(
                "{} {}, {}",
                link("payments_refund", one.pk, one.number),
                rupees(one.amount),
                one.get_status_display().lower(),
            )
            for one in row.refunds.order_by("pk")
        )

    def tools(self, request: HttpRequest, row: Payment) -> list[tuple[str, str]]:
        if row.is_received and request.user.has_perm("payments.give_refund"):
            return [("Refund", reverse("admin:payments_refund_ask", args=[row.pk]))]
        return []

    @admin.display(description="Messages")
    def notices(self, row: Payment) -> Any:
        found = Notice.objects.filter(event__in=[row.cause, f"failed:{row.number}"]).order_by("pk")
        return _listed(
            format_html("{} to {}", link("accounts_notice", one.pk, one.name), one.recipient) for one in found
        )

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.ask_gateway")

    @admin.action(description="Ask the gateway now", permissions=["ask"])
    @with_reason(
        "The gateway is asked what became of each; what it says is booked, as if its own message had come.",
        to=lambda row: row.channel != Payment.Channel.BANK,
        others="it did not come through the gateway",
    )
    def ask(self, request: HttpRequest, rows: QuerySet[Payment], reason: str) -> None:
        """Settle each chosen payment with what the gateway says of it."""
        rows = rows.exclude(channel=Payment.Channel.BANK)
        for row in rows[:ASKED_AT_ONCE]:
            try:
                settled = recharge.ask_now(row, reason=reason, by=person(request), now=clock.now())
            except GatewayError as error:
                messages.error(request, f"{row.number}: {error}")
            else:
                messages.success(request, f"{row.number}: {settled.get_status_display()}.")
        if rows.count() > ASKED_AT_ONCE:
            messages.warning(request, f"The first {ASKED_AT_ONCE} were asked about; choose fewer at a time.")


def events_of(payment: Payment) -> QuerySet[WebhookEvent]:
    """Return the stored calls that name a payment's order, from the days in which it could be paid."""
    if not payment.gateway_order_id:
        return WebhookEvent.objects.none()
    days = (payment.started_at, payment.started_at + policy.GIVE_UP + timedelta(days=25))
    near = WebhookEvent.objects.filter(received_at__range=days)
    named = RawSQL("position(%s::bytea in body) > 0", [payment.gateway_order_id.encode()])  # nosec B611 - bound
    return near.annotate(named=named).filter(named=True).order_by("pk").defer("body")


def _listed(links: Iterable[Any]) -> Any:
    return format_html_join(BREAK, "{}", ((one,) for one in links)) or DASH
