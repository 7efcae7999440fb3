"""Staff pages of outages: days on which customers could not pay because of us."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from billing_portal import clock
from billing_portal.staff_pages import ReadOnly, ReasonField, form_page, person, tag
from credit import outages
from credit.admin.overdue import ReasonForm
from credit.models import OutageCredit

RIGHT = "credit.declare_outage"


class OutageForm(forms.Form):
    from_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    reason = ReasonField()


@admin.register(OutageCredit)
class OutageCreditAdmin(ReadOnly):
    change_form_template = "admin/credit/tools.html"
    change_list_template = "admin/credit/outages.html"
    list_display = ("from_on", "until_on", "condition", "reason", "declared_by", "declared_at")
    list_select_related = ("declared_by", "withdrawn_by")
    ordering = ("-from_on",)
    fields = (*list_display, "withdrawn_by", "withdrawn_at")

    @admin.display(description="State", ordering="withdrawn_at")
    def condition(self, row: OutageCredit) -> Any:
        return tag("withdrawn") if row.withdrawn_at else tag("stands", "warn")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = get_object_or_404(OutageCredit, pk=object_id)
        tools = []
        if row.withdrawn_at is None and request.user.has_perm(RIGHT):
            tools.append(("Withdraw", reverse("admin:credit_outage_withdraw", args=[row.pk])))
        return super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("declare/", view(self.declare_view), name="credit_outage_declare"),
            path("<int:pk>/withdraw/", view(self.withdraw_view), name="credit_outage_withdraw"),
            *super().get_urls(),
        ]

    def declare_view(self, request: HttpRequest) -> HttpResponse:
        """Declare days; every standing case is planned anew."""
        return self._act(request, OutageForm(request.POST or None), "Declare days", outages.declare)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(
            request, ReasonForm(request.POST or None), "Withdraw", outages.withdraw, outage_id=pk
        )

    def _act(self, request: HttpRequest, form: forms.Form, title: str, act: Any, **more: Any) -> HttpResponse:
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            now = clock.now()
            try:
                act(by=person(request), now=now, **form.cleaned_data, **more)
            except outages.NotPossible as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request, f"{title}: done. {outages.replan(now=now)} cases were planned anew."
                )
                return HttpResponseRedirect(reverse("admin:credit_outagecredit_changelist"))
        return form_page(
            self, request, form, title, button=title, template="admin/credit/extend.html",
            lead=f"{outages.touched()} cases stand now; each is planned anew. Due dates stay.",
        )  # fmt: skip
