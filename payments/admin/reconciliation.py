"""Staff pages of the comparison with the gateway: the overview, and each difference with what may be done about it."""

import functools
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from billing_portal import clock, nudge
from billing_portal.money import inr
from billing_portal.staff_pages import (
    DASH,
    ReasonField,
    RupeesField,
    amount,
    export_csv,
    link,
    linked,
    rupees,
    tag,
)
from credit.admin.tools import ReasonForm, Tooled, act_page
from payments import adjustments, differences, reconcile, reconciliation_page
from payments.models import Difference, ParkedReport, Payment, Settlement, SettlementLine

SEE, SETTLE, CLOSE = "payments.view_difference", "payments.settle_difference", "payments.close_day"
TONES = {"open": "bad", "explained": "warn", "resolved": "good"}
TASK = "payments.tasks.reconcile"
BREAK = SafeString("<br>")


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(User.objects.none(), label="Owner")
    reason = ReasonField()

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        may = Q(groups__permissions__codename=differences.RIGHT) | Q(is_superuser=True)
        people = User.objects.filter(may, is_staff=True, is_active=True).distinct().order_by("name", "pk")
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people


class FeeForm(forms.Form):
    tax = RupeesField(label="GST inside it", max_length=24, help_text="In rupees; 0 where it has none.")
    reason = ReasonField()


class Standing(admin.SimpleListFilter):
    """Whether it is still so; what is gone is history."""

    title, parameter_name = "whether it stands", "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Still so"), ("no", "Gone")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        asked = self.value()
        return rows.filter(gone_at__isnull=asked == "yes") if asked in ("yes", "no") else None


@admin.register(Difference)
class DifferenceAdmin(Tooled):
    change_list_template = "admin/payments/difference/change_list.html"
    list_display = ("subject", "kind", "day", "condition", "ours_inr", "theirs_inr", "owner")
    csv_fields = (*list_display, "first_seen_at", "detail")
    list_filter = ("state", Standing, "kind", ("owner", admin.RelatedOnlyFieldListFilter), "day")
    list_select_related = ("owner",)
    search_fields = ("subject__exact", "detail", "note")
    date_hierarchy = "day"
    ordering = ("state", "-first_seen_at", "-pk")  # explained, open, resolved
    actions = (export_csv,)
    fieldsets = (
        (None, {"fields": ("kind", "subject", "day", "condition", "detail")}),
        ("Both sides", {"fields": ("ours_inr", "theirs_inr", "gap", "about")}),
        ("Who and what", {"fields": ("owner", "note", "first_seen_at", "last_seen_at", "gone_at", "closed_at",
                                     "closed_by", "history")}),
    )  # fmt: skip
    ours_inr, theirs_inr = amount("ours", "Here"), amount("theirs", "There")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Difference) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Theirs less ours")
    def gap(self, row: Difference) -> str:
        return inr(row.gap)

    @admin.display(description="About")
    def about(self, row: Difference) -> Any:
        """Every row of ours that the subject names."""
        found = [
            *(link("payments_payment", one.pk, one) for one in Payment.objects.filter(gateway_payment_id=row.subject)),
            *(link("payments_parkedreport", one.pk, one)
              for one in ParkedReport.objects.filter(gateway_payment_id=row.subject)),
            *(link("payments_settlement", one.pk, one) for one in Settlement.objects.filter(
                Q(gateway_id=row.subject) | Q(lines__entity_id=row.subject)).distinct()),
        ]  # fmt: skip
        return format_html_join(BREAK, "{}", ((one,) for one in found)) or DASH

    @admin.display(description="History")
    def history(self, row: Difference) -> Any:
        lines = (
            (f"{timezone.localtime(one.at):%d %b %Y, %H:%M} IST", one.by or "the job", one.text)
            for one in row.events.select_related("by").order_by("pk")
        )
        return format_html_join(BREAK, "{}, {}: {}", lines) or DASH

    def get_queryset(self, request: HttpRequest) -> QuerySet[Difference]:
        return super().get_queryset(request).select_related("owner", "closed_by")

    def tools(self, request: HttpRequest, row: Difference) -> list[tuple[str, str]]:
        if row.state == Difference.State.RESOLVED or not request.user.has_perm(SETTLE):
            return []
        names = [("Give to", "give"), ("Explain", "explain"), ("Resolve", "resolve")]
        if row.kind == Difference.Kind.ADJUSTMENT:
            names.append(("Book as fee", "fee"))
        return [(label, reverse(f"admin:payments_difference_{name}", args=[row.pk])) for label, name in names]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("overview/", view(self.overview), name="payments_reconciliation"),
            path("run/", view(self.run_view), name="payments_reconcile_now"),
            path("<int:pk>/give/", view(self.give_view), name="payments_difference_give"),
            path("<int:pk>/explain/", view(self.explain_view), name="payments_difference_explain"),
            path("<int:pk>/resolve/", view(self.resolve_view), name="payments_difference_resolve"),
            path("<int:pk>/fee/", view(self.fee_view), name="payments_difference_fee"),
            *super().get_urls(),
        ]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """The comparison at a glance."""
        if not request.user.has_perm(SEE):
            raise PermissionDenied(SEE)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Reconciliation",
            "page": reconciliation_page.read(now=clock.now()),
        }
        return TemplateResponse(request, "admin/payments/reconciliation.html", context)

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Have today's comparison done now."""

        def done(_row: Any) -> tuple[str, str]:
            nudge.wake(TASK)
            text = "It runs now, in the background. Look again in a minute."
            return text, reverse("admin:payments_reconciliation")

        return act_page(
            self, request, ReasonForm(request.POST or None), reconcile.ask_again, right=CLOSE, title="Compare now",
            failures=reconcile.NotPossible, done=done, template="admin/credit/extend.html",
            lead="The gateway's lists of the last days are read again and compared with our books and the bank's "
            "statement. It may be done at any time.",
        )  # fmt: skip

    def give_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, OwnerForm(request.POST or None), "Give to somebody", differences.give)

    def explain_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, ReasonForm(request.POST or None), "Explain", differences.explain)

    def resolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, ReasonForm(request.POST or None), "Resolve", differences.resolve)

    def fee_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, FeeForm(request.POST or None), "Book as fee", adjustments.book_as_fee)

    def _act(self, request: HttpRequest, pk: int, form: forms.Form, title: str, act: Any) -> HttpResponse:
        row = get_object_or_404(Difference, pk=pk)
        return act_page(
            self, request, form, functools.partial(act, pk), right=SETTLE, title=title,
            failures=differences.NotPossible,
            done=lambda made: (f"{title}: done.", reverse("admin:payments_difference_change", args=[made.pk])),
            template="admin/credit/extend.html",
            lead=f"{row}, {row.day:%d %b %Y}. {row.detail} Here {_said(row.ours)}, there {_said(row.theirs)}.",
        )  # fmt: skip


def _said(paise: int | None) -> str:
    return "nothing" if paise is None else inr(paise)


@admin.register(SettlementLine)
class SettlementLineAdmin(Tooled):
    list_display = ("entity_id", "kind", "settlement_link", "amount_inr", "net_inr", "fee_inr", "booked_at")
    csv_fields = (
        "entity_id", "kind", "settlement_link", "amount_inr", "debit_inr", "credit_inr", "fee_inr", "tax_inr",
        "booked_at",
    )  # fmt: skip
    list_filter = ("kind", "settlement__status", "settlement__settled_on")
    list_select_related = ("settlement",)
    search_fields = (
        "entity_id__exact",
        "settlement__gateway_id__exact",
        "settlement__utr__exact",
        "payment_id__exact",
    )
    ordering = ("-pk",)
    fields = (*csv_fields, "payment_id", "dispute_id", "description", "copies", "told_at")
    settlement_link = linked("payments_settlement", "settlement", "Settlement", text="gateway_id")
    amount_inr, debit_inr, credit_inr = (
        amount("amount", "Amount"),
        amount("debit", "Taken"),
        amount("credit", "Paid"),
    )
    fee_inr, tax_inr = amount("fee", "Fee with GST"), amount("tax", "GST in it")

    @admin.display(description="Paid out")
    def net_inr(self, row: SettlementLine) -> Any:
        """What was paid, and below zero what was taken."""
        return rupees(row.credit - row.debit)

    def tools(self, request: HttpRequest, row: SettlementLine) -> list[tuple[str, str]]:
        found = Difference.objects.filter(subject=row.entity_id)
        return [(str(one), reverse("admin:payments_difference_change", args=[one.pk])) for one in found]
