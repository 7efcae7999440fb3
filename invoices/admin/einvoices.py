"""E-invoices as staff see them: what the portal said of each document, and sending a refused one again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing_portal import clock, text
from billing_portal.list_acts import do_each, with_reason
from billing_portal.staff_pages import DASH, ReadOnly, export_csv, link, linked, tag
from invoices import einvoices
from invoices.models import EInvoice

TONES = {"registered": "good", "waiting": "warn"}


class Trouble(admin.SimpleListFilter):
    title, parameter_name = "trouble", "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "Refused, or late by a day")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        if self.value() == "any":
            return rows.filter(pk__in=einvoices.in_trouble(now=clock.now()).values("pk"))
        return rows


@admin.register(EInvoice)
class EInvoiceAdmin(ReadOnly):
    list_display = ("name", "document_link", "account_link", "condition", "deadline", "number", "error")
    csv_fields = (
        "document_link",
        "account_link",
        "kind",
        "issued_on",
        "state",
        "irn",
        "ack_number",
        "ack_at",
        "deadline",
        "attempts",
        "error",
    )
    list_filter = (Trouble, "state", "document__issued_on", "document__kind")
    list_select_related = ("document__account",)
    search_fields = ("document__number", "document__account__ban", "irn", "ack_number")
    ordering = ("-pk",)
    fields = (
        "document_link",
        "account_link",
        "condition",
        "error",
        "deadline",
        "irn",
        "ack_number",
        "ack_at",
        "registered_at",
        "sent_at",
        "attempts",
        "failures",
        "next_attempt_at",
        "signed_qr",
    )
    actions = (export_csv, "send_again")
    document_link = linked("invoices_document", "document", "Document", text="number")

    @admin.display(description="E-invoice", ordering="pk")
    def name(self, row: EInvoice) -> str:
        return f"{row.document.get_kind_display()} of {text.day(row.document.issued_on)}"

    @admin.display(description="Account", ordering="document__account")
    def account_link(self, row: EInvoice) -> Any:
        account = row.document.account
        return link("accounts_account", account.pk, account.ban)

    account_link.leads_away = True  # type: ignore[attr-defined]  # never the link to its own row

    @admin.display(description="Kind", ordering="document__kind")
    def kind(self, row: EInvoice) -> str:
        return row.document.get_kind_display()

    @admin.display(description="Issued on", ordering="document__issued_on")
    def issued_on(self, row: EInvoice) -> Any:
        return row.document.issued_on

    @admin.display(description="State", ordering="state")
    def condition(self, row: EInvoice) -> Any:
        return tag(row.get_state_display(), TONES.get(row.state, "bad"))

    @admin.display(description="IRN", ordering="irn")
    def number(self, row: EInvoice) -> str:
        return f"{row.irn[:12]}…" if row.irn else DASH

    @admin.display(description="Register until", ordering="document__issued_on")
    def deadline(self, row: EInvoice) -> Any:
        """The last day on which the portal takes it; in red from ten days before."""
        if row.irn:
            return DASH
        last = text.day(einvoices.last_day(row.document))
        return tag(last, "bad") if einvoices.is_urgent(row, clock.now()) else last

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.retry_notice")

    @admin.action(description="Send refused e-invoices again", permissions=["send"])
    @with_reason(
        "Their documents are sent to the e-invoice portal within a minute, as they were issued. No document changes.",
        to=lambda row: row.state == EInvoice.State.REFUSED,
        others="it was not refused",
    )
    def send_again(self, request: HttpRequest, rows: QuerySet[EInvoice], reason: str) -> None:
        todo = rows.filter(state=EInvoice.State.REFUSED).select_related("document__account")
        do_each(request, rows, todo, einvoices.again, reason=reason, said="e-invoices are sent again")
