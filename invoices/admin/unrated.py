"""The staff page of an account's records without a price: what they are, and what they cost from now on."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from accounts.models import Account
from billing_portal import clock, text
from billing_portal.money import inr
from billing_portal.staff_pages import ReasonField, form_page, person
from invoices import bill_plan, unrated
from invoices.admin.plans import PUBLISH, UnitPriceField, back
from invoices.unrated import Decision

SEE = "invoices.view_subscription"


class RateForm(forms.Form):
    """Which records, what a unit of them costs, and why."""

    what = forms.ChoiceField(label="Records")
    do = forms.ChoiceField(
        label="Do", choices=[("rate", "Rate them at this price"), ("write-off", "Write them off: ₹0")]
    )
    price = UnitPriceField(
        label="Price of a unit, before tax",
        required=False,
        max_length=12,
        help_text="Such as 0.60 or 0.0375.",
    )
    pulse = forms.IntegerField(
        label="Seconds a unit of a call", min_value=1, max_value=3600, initial=60, required=False
    )
    sac = forms.RegexField(
        r"^\d{4,6}$",
        label="SAC on the invoice",
        required=False,
        max_length=6,
        help_text="Empty: the feature's own.",
    )
    reason = ReasonField()

    def __init__(self, data: Any, *, waiting: Any) -> None:
        super().__init__(data)
        self.waiting = {row.key: row for row in waiting}
        choices = [(row.key, f"{row.feature}, cycle from {text.day(row.cycle.starts_on)}") for row in waiting]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("do") == "rate" and data.get("price") is None and "price" not in self.errors:
            self.add_error("price", "Enter a price, or write the records off.")
        return data

    def chosen(self) -> unrated.Waiting:
        return self.waiting[self.cleaned_data["what"]]

    def decision(self) -> Decision:
        """Return what was decided."""
        data = self.cleaned_data
        price = data["price"] if data["do"] == "rate" else 0
        return Decision(price, data["pulse"] or 60, data["sac"])


def unrated_view(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """List what has no price; a manager decides, after seeing what it comes to."""
    may_decide = request.user.has_perm(PUBLISH)
    if not request.user.has_perm(SEE) or (request.method == "POST" and not may_decide):
        raise PermissionDenied
    account = get_object_or_404(Account.objects.select_related("customer"), pk=account_id)
    waiting = unrated.waiting(account)
    form = RateForm(request.POST or None, waiting=waiting)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                messages.success(request, _decide(request, account, form))
                return back(account)
            lines = _preview(form)
        except unrated.NotRatable as error:
            form.add_error(None, str(error))
    return form_page(
        this,
        request,
        form,
        f"Records without a price of {account.ban}",
        button="Show what it comes to",
        template="admin/invoices/document/unrated.html",
        account=account,
        waiting=waiting,
        may_decide=may_decide,
        lines=lines,
    )


def _preview(form: RateForm) -> list[str]:
    row, decision = form.chosen(), form.decision()
    worth = unrated.worth(row.cycle, row.feature, decision)
    unit = bill_plan.unit_price(decision.unit_price)
    return [
        f"{worth.records:,} records of {row.feature} are {worth.units:,} {row.feature.unit}s at {unit}: "
        f"{inr(worth.amount)} before tax on the invoice of the cycle from {text.day(row.cycle.starts_on)}.",
        "Later records of this feature in that cycle cost the same. No other cycle and no other account changes.",
    ]


def _decide(request: HttpRequest, account: Account, form: RateForm) -> str:
    row = form.chosen()
    count = unrated.rate(
        account.pk,
        row.cycle.pk,
        row.feature.code,
        form.decision(),
        actor=person(request),
        reason=form.cleaned_data["reason"],
        now=clock.now(),
    )
    return f"{count:,} records of {row.feature} have a price now."


def urls(this: admin.ModelAdmin) -> list[Any]:
    """Return the page, which stands under the subscriptions."""
    view = this.admin_site.admin_view

    def door(request: HttpRequest, account_id: int) -> HttpResponse:
        return unrated_view(this, request, account_id)

    return [path("of/<int:account_id>/unrated/", view(door), name="invoices_account_unrated")]
