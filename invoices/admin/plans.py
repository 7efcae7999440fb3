"""Staff pages of plans: features, price lists with their versions, and what an account is on."""

import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts.admin.audited import Audited
from accounts.models import Account
from billing_portal import clock
from billing_portal.staff_pages import ReadOnlyRows, ReasonField, RupeesField, amount, form_page, person
from invoices import bill_plan, plans, publishing
from invoices.models import Feature, Plan, PlanPrice, PlanVersion

PUBLISH = "invoices.add_planversion"
PRICE = re.compile(r"(\d{1,5})(?:\.(\d{1,5}))?")
CODE = re.compile(r"[a-z][a-z0-9_]{1,19}")


class UnitPriceField(forms.CharField):
    """A price of a unit in rupees with up to five places, kept as millipaise."""

    def clean(self, value: Any) -> int | None:
        text = super().clean(value).strip()
        if not text:
            return None
        match = PRICE.fullmatch(text)
        if not match:
            raise forms.ValidationError("Enter a price in rupees, like 0.60 or 0.0375.")
        return int(match[1]) * 100_000 + int((match[2] or "").ljust(5, "0"))


class PublishForm(forms.Form):
    """A version of a plan: its rental, and each feature's price; a feature without a price is not on the plan."""

    valid_from = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Cycles that begin on this day or later have it.",
    )
    rental = RupeesField(label="Rental of a cycle, before tax", max_length=24)
    set_up = RupeesField(label="Set-up, once", max_length=24, required=False)
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, data: Any, *, plan: Plan, today: Any) -> None:
        super().__init__(data)
        self.plan, self.today = plan, today
        self.codes = list(Feature.objects.all())
        last = plan.versions.order_by("-number").prefetch_related("prices").first()
        known = {price.feature_id: price for price in last.prices.all()} if last else {}
        self.fields["valid_from"].initial = today + timedelta(days=1)
        if last:
            self.fields["rental"].initial, self.fields["set_up"].initial = last.rental, last.set_up
        for feature in self.codes:
            price = known.get(feature.code)
            self._price_fields(feature, price)

    def _price_fields(self, feature: Feature, price: PlanPrice | None) -> None:
        text = bill_plan.unit_price(price.unit_price).removeprefix("₹") if price else ""
        is_call = feature.kind == Feature.Kind.CALL
        self.fields[f"price_{feature.code}"] = UnitPriceField(
            label=f"{feature.name}: price each", required=False, max_length=12, initial=text
        )
        self.fields[f"free_{feature.code}"] = forms.IntegerField(
            label=f"{feature.name}: free a cycle",
            required=False,
            min_value=0,
            max_value=10_000_000,
            initial=price.free_units if price else 0,
        )
        if is_call:
            self.fields[f"pulse_{feature.code}"] = forms.IntegerField(
                label=f"{feature.name}: seconds a unit",
                min_value=1,
                max_value=3600,
                initial=price.pulse if price else 60,
            )

    def clean_valid_from(self) -> Any:
        day = self.cleaned_data["valid_from"]
        if self.plan.versions.exists() and day <= self.today:
            raise forms.ValidationError(
                "A new price begins tomorrow at the earliest: running cycles keep theirs."
            )
        return day

    def prices(self) -> list[plans.Price]:
        """Return the prices that were typed."""
        data = self.cleaned_data
        return [
            plans.Price(
                feature.code,
                data[f"price_{feature.code}"],
                data.get(f"free_{feature.code}") or 0,
                data.get(f"pulse_{feature.code}", 1),
            )
            for feature in self.codes
            if data.get(f"price_{feature.code}") is not None
        ]


@admin.register(Feature)
class FeatureAdmin(Audited):
    list_display = ("name", "code", "kind", "direction", "unit", "may_use_credit", "sac")
    ordering = ("position", "code")
    fields = ("code", "name", "kind", "direction", "unit", "may_use_credit", "sac", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "kind", "direction") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "code" in form.base_fields:
            form.base_fields["code"].validators.append(_check_code)
        return form


def _check_code(code: str) -> None:
    if not CODE.fullmatch(code):
        raise forms.ValidationError("A code is small letters, digits and _, beginning with a letter.")


class VersionRows(ReadOnlyRows):
    model = PlanVersion
    verbose_name_plural = "versions"
    fields = readonly_fields = ("number", "valid_from", "rental_inr", "set_up_inr", "prices", "published_by")
    ordering = ("-number",)
    rental_inr, set_up_inr = amount("rental", "Rental"), amount("set_up", "Set-up")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("prices").select_related("published_by")

    @admin.display(description="Prices above free units")
    def prices(self, row: PlanVersion) -> str:
        return "; ".join(
            f"{price.feature_id} {bill_plan.unit_price(price.unit_price)} above {price.free_units}"
            for price in row.prices.all()
        )


@admin.register(Plan)
class PlanAdmin(Audited):
    change_form_template = "admin/invoices/plan/change_form.html"
    list_display = ("name", "code", "is_offered", "position", "description")
    ordering = ("position", "name")
    search_fields = ("name", "code")
    fields = ("code", "name", "description", "is_offered", "position")
    inlines = (VersionRows,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/publish/", view(self.publish_view), name="invoices_plan_publish"),
            *super().get_urls(),
        ]

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Type the prices, see whom they will reach, publish."""
        if not request.user.has_perm(PUBLISH):
            raise PermissionDenied(PUBLISH)
        plan = get_object_or_404(Plan, pk=pk)
        form = PublishForm(request.POST or None, plan=plan, today=clock.today())
        lines: Sequence[str] = ()
        warnings: Sequence[str] = ()
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            if "confirm" in request.POST:
                return self._publish(request, plan, form)
            planned = publishing.preview(
                plan,
                valid_from=data["valid_from"],
                rental=data["rental"] or 0,
                set_up=data["set_up"] or 0,
                prices=form.prices(),
            )
            lines, warnings = planned.lines, planned.warnings
        return form_page(
            self,
            request,
            form,
            f"New prices of {plan.name}",
            button="Show whom it will reach",
            template="admin/invoices/plan/publish.html",
            lines=lines,
            warnings=warnings,
        )

    def _publish(self, request: HttpRequest, plan: Plan, form: PublishForm) -> HttpResponse:
        data = form.cleaned_data
        version = plans.publish(
            plan.pk,
            valid_from=data["valid_from"],
            rental=data["rental"] or 0,
            set_up=data["set_up"] or 0,
            prices=form.prices(),
            token=data["token"],
            actor=person(request),
            reason=data["reason"],
            now=clock.now(),
        )
        messages.success(request, f"Version {version.number} of {plan.name} is published.")
        return HttpResponseRedirect(reverse("admin:invoices_plan_change", args=[plan.pk]))


def back(account: Account) -> HttpResponseRedirect:
    """Lead back to the account's page."""
    return HttpResponseRedirect(reverse("admin:account_page", args=[account.pk]))
