"""Signed calls of the gateway, as stored."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from billing_portal.list_acts import do_each, with_reason
from billing_portal.staff_pages import ReadOnly, export_csv, tag
from payments import webhooks
from payments.models import WebhookEvent


class Outcome(admin.SimpleListFilter):
    title, parameter_name = "outcome", "outcome"
    states: dict[str, dict[str, Any]] = {
        "handled": {"handled_at__isnull": False},
        "waiting": {"handled_at": None, "parked_at": None},
        "parked": {"handled_at": None, "parked_at__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in self.states]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        return rows.filter(**self.states.get(self.value() or "", {}))


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnly):
    list_display = ("name", "event_id", "outcome", "received_at", "handled_at", "attempts", "error")
    list_filter = (Outcome, "name", "received_at")
    search_fields = ("event_id", "body_hash")
    ordering = ("-pk",)
    actions = (export_csv, "retry")
    fields = (
        "name", "event_id", "outcome", "received_at", "handled_at", "parked_at", "attempts", "next_attempt_at",
        "error", "body_hash", "said",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        match = request.resolver_match
        rows = super().get_queryset(request)
        return rows.defer("body") if match and match.url_name == "payments_webhookevent_changelist" else rows

    @admin.display(description="Outcome")
    def outcome(self, row: WebhookEvent) -> Any:
        if row.handled_at:
            return tag("Handled", "good")
        return tag("Needs a person", "bad") if row.parked_at else tag("Waiting", "warn")

    @admin.display(description="Body")
    def said(self, row: WebhookEvent) -> Any:
        try:
            text = json.dumps(json.loads(bytes(row.body)), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = bytes(row.body).decode("utf-8", "replace")
        return format_html('<pre class="report" tabindex="0">{}</pre>', text)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.retry_event")

    @admin.action(description="Handle parked calls again", permissions=["retry"])
    @with_reason(
        "The calls are put back into the queue and handled within a minute; money that is booked is not booked twice.",
        to=lambda row: row.parked_at is not None and row.handled_at is None,
        others="it is not parked",
    )
    def retry(self, request: HttpRequest, rows: QuerySet[WebhookEvent], reason: str) -> None:
        parked = rows.filter(handled_at=None, parked_at__isnull=False)
        do_each(request, rows, parked, webhooks.retry, reason=reason, said="calls are in the queue again")
