"""Staff pages of being overdue: the stopwatch of each way back, and an account's case with its steps and waits."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path

from accounts import restrictions
from accounts.models import Account
from billing_portal import clock
from billing_portal.staff_pages import DASH, ReadOnly, linked, tag
from credit import case_page, consequences, restorations
from credit.models import Restoration

VIEW = "credit.view_restoration"


class SpeedFilter(admin.SimpleListFilter):
    """Those that took, or take, more than 15 minutes."""

    title, parameter_name = "speed", "speed"

    def lookups(self, _request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        return [("late", "More than 15 minutes"), ("open", "Not confirmed yet")]

    def queryset(self, _request: HttpRequest, rows: QuerySet) -> QuerySet:
        if self.value() == "late":
            return rows.filter(pk__in=restorations.late(now=clock.now()).values("pk"))
        return rows.filter(confirmed_at=None) if self.value() == "open" else rows


@admin.register(Restoration)
class RestorationAdmin(ReadOnly):
    list_display = ("lifted_at", "account_link", "speed", "took", "captured_at", "confirmed_at")
    csv_fields = (
        "account_link", "speed", "took", "captured_at", "known_at", "paid_at", "lifted_at", "confirmed_at", "cause",
    )  # fmt: skip
    list_filter = (SpeedFilter,)
    list_select_related = ("account",)
    search_fields = ("account__ban", "account__name", "cause")
    date_hierarchy = "lifted_at"
    ordering = ("-lifted_at", "-pk")
    fields = csv_fields
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="In time")
    def speed(self, row: Restoration) -> Any:
        if restorations.is_late(row, now=clock.now()):
            return tag("more than 15 minutes", "bad")
        return tag("in time", "good") if row.confirmed_at else tag("not confirmed yet", "warn")

    @admin.display(description="Known to confirmed")
    def took(self, row: Restoration) -> str:
        return _spent(row.known_at or row.lifted_at, row.confirmed_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("of/<int:pk>/", view(self.case_view), name="credit_account_case"),
            *super().get_urls(),
        ]

    def case_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show why an account is lowered: what stands, its overdue case, each step with its message, the way back."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied(VIEW)
        account = get_object_or_404(Account, pk=pk)
        now = clock.now()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Overdue case of {account.ban}",
            "account": account,
            "standing": restrictions.standing(account),
            "page": case_page.of(account, today=clock.business_date(now)),
            "coming": [
                one
                for one in consequences.of(account, today=clock.business_date(now))
                if not one.has_happened
            ],
            "restorations": [
                (
                    row,
                    _spent(row.known_at or row.lifted_at, row.confirmed_at),
                    restorations.is_late(row, now=now),
                )
                for row in account.restorations.order_by("-lifted_at")[:10]
            ],
        }
        return TemplateResponse(request, "admin/credit/case.html", context)


def _spent(since: datetime, until: datetime | None) -> str:
    """Return a span in seconds, or in minutes from two on."""
    if until is None:
        return DASH
    spent = max(until - since, timedelta())
    seconds = round(spent.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
