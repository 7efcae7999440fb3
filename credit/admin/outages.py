"""Staff pages of outages: days on which customers could not pay because of us."""

import functools
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from billing_portal import clock
from billing_portal.staff_pages import ReasonField, tag
from credit import outage_preview, outages
from credit.admin.tools import ReasonForm, Tooled, act_page
from credit.models import OutageCredit

RIGHT = "credit.declare_outage"
LISTED = 200  # accounts that a preview names


class OutageForm(forms.Form):
    from_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    reason = ReasonField()


@admin.register(OutageCredit)
class OutageCreditAdmin(Tooled):
    change_list_template = "admin/credit/outages.html"
    list_display = ("from_on", "until_on", "condition", "reason", "declared_by", "declared_at")
    list_select_related = ("declared_by", "withdrawn_by")
    ordering = ("-from_on",)
    fields = (*list_display, "withdrawn_by", "withdrawn_at")

    @admin.display(description="State", ordering="withdrawn_at")
    def condition(self, row: OutageCredit) -> Any:
        return tag("withdrawn") if row.withdrawn_at else tag("stands", "warn")

    def tools(self, request: HttpRequest, row: OutageCredit) -> list[tuple[str, str]]:
        tools = []
        if row.withdrawn_at is None and request.user.has_perm(RIGHT):
            tools.append(("Withdraw", reverse("admin:credit_outage_withdraw", args=[row.pk])))
        return tools

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("declare/", view(self.declare_view), name="credit_outage_declare"),
            path("<int:pk>/withdraw/", view(self.withdraw_view), name="credit_outage_withdraw"),
            *super().get_urls(),
        ]

    def declare_view(self, request: HttpRequest) -> HttpResponse:
        """Declare days; every standing case is planned anew."""
        return self._act(
            request, OutageForm(request.POST or None), "Declare days", outages.declare, _declared
        )

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(OutageCredit, pk=pk)
        act = functools.partial(outages.withdraw, pk)
        preview = functools.partial(_withdrawn, row)
        return self._act(request, ReasonForm(request.POST or None), "Withdraw", act, preview)

    def _act(
        self, request: HttpRequest, form: forms.Form, title: str, act: Any, preview: Any
    ) -> HttpResponse:
        def done(_made: OutageCredit) -> tuple[str, str]:
            text = f"{title}: done. {outages.replan(now=clock.now())} cases were planned anew."
            return text, reverse("admin:credit_outagecredit_changelist")

        return act_page(
            self, request, form, act, right=RIGHT, title=title, failures=outages.NotPossible, done=done,
            template="admin/credit/outage.html", preview=preview,
            lead=f"{outages.touched()} cases stand now; each is planned anew. Due dates stay.",
        )  # fmt: skip


def _declared(*, from_on: date, until_on: date, now: datetime, **_words: Any) -> dict[str, Any]:
    outages.refuse(from_on, until_on, today=clock.business_date(now))
    return _moves(outage_preview.declared(from_on, until_on), now)


def _withdrawn(row: OutageCredit, *, now: datetime, **_words: Any) -> dict[str, Any]:
    return _moves(outage_preview.withdrawn(row.from_on, row.until_on), now)


def _moves(change: Any, now: datetime) -> dict[str, Any]:
    moved = outage_preview.of(change, today=clock.business_date(now))
    return {"moved": moved[:LISTED], "count": len(moved)}
