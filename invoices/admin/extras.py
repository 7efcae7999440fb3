"""Staff pages of what is billed besides an account's plan: add-ons, one-time charges, discounts."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from accounts.models import Account
from billing_portal import clock, typed
from billing_portal.staff_pages import ReasonField, RupeesField, form_page, person
from invoices import extras, plan_page, upcoming
from invoices.admin.account_plan import account_of
from invoices.admin.plans import back
from invoices.bill_plan import Extra, Off, Once
from invoices.models import AddOn, Discount, OneTimeCharge


class ExtraForm(forms.Form):
    """Something more, or less, on the next invoices."""

    kind = forms.ChoiceField(
        choices=[
            ("add-on", "Add-on: each cycle"),
            ("charge", "One-time charge on the next invoice"),
            ("discount-part", "Discount: percent of the rental"),
            ("discount-amount", "Discount: an amount an invoice"),
        ]
    )
    description = typed.Line(max_length=120, help_text="Printed on the invoice.")
    amount = RupeesField(label="Rupees before tax, or percent", max_length=24)
    count = forms.IntegerField(
        label="Pieces, or cycles of a discount", min_value=1, max_value=10_000, initial=1
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ReasonForm(forms.Form):
    reason = ReasonField()


def extra_view(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """Add something to the next invoices: what they will be is shown before it is added."""
    account = account_of(request, account_id)
    form = ExtraForm(request.POST or None)
    shown: list[tuple[str, int]] = []
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                _add(account, form.cleaned_data, request)
                messages.success(request, "It is on the next invoices.")
                return back(account)
            shown = _preview(account, form.cleaned_data)
        except extras.NotUsable as error:
            form.add_error(None, str(error))
    return form_page(
        this,
        request,
        form,
        f"Extras of {account.ban}",
        button="Show what it will do",
        template="admin/invoices/document/extras.html",
        account=account,
        page=plan_page.read(account, today=clock.today()),
        shown=shown,
        confirm="Add",
    )


def _preview(account: Account, data: dict[str, Any]) -> list[tuple[str, int]]:
    """Return the next invoice with what is to be added, and what it is without it."""
    plus = _planned(data)
    before, after = upcoming.of(account), upcoming.of(account, plus=plus)
    if before is None or after is None:
        return [(plus.description, _worth(plus))]
    return [
        *((line.description, line.taxable) for line in after.lines),
        ("Next invoice with GST, without it", before.total),
        ("Next invoice with GST, as things stand", after.total),
    ]


def _planned(data: dict[str, Any]) -> Extra | Once | Off:
    value, text, count = data["amount"] or 0, data["description"], data["count"]
    match data["kind"]:
        case "add-on":
            return extras.plan_add_on(text, value, count, clock.today(), now=clock.now())
        case "charge":
            return extras.plan_charge(text, value, count)
        case "discount-part":
            return extras.plan_discount(text, value, None, count)
        case _:
            return extras.plan_discount(text, None, value, count)


def _worth(plus: Extra | Once | Off) -> int:
    """Return what an account without a plan is shown: the price, or the discount, before tax."""
    match plus:
        case Extra():
            return plus.price * plus.quantity
        case Once():
            return plus.amount
    return -(plus.amount or 0)


def _add(account: Account, data: dict[str, Any], request: HttpRequest) -> None:
    words: dict[str, Any] = {
        "token": data["token"],
        "actor": person(request),
        "reason": data["reason"],
        "now": clock.now(),
    }
    value, text, count = data["amount"] or 0, data["description"], data["count"]
    match data["kind"]:
        case "add-on":
            extras.add_on(account.pk, text, price=value, quantity=count, starts_on=clock.today(), **words)
        case "charge":
            extras.charge(account.pk, text, price=value, quantity=count, **words)
        case "discount-part":
            extras.discount(account.pk, text, basis_points=value, amount=None, cycles=count, **words)
        case _:
            extras.discount(account.pk, text, basis_points=None, amount=value, cycles=count, **words)


def end_view(this: admin.ModelAdmin, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """End an add-on today, cancel a waiting charge, stop a discount."""
    model: Any = {"add-on": AddOn, "charge": OneTimeCharge, "discount": Discount}[kind]
    row = get_object_or_404(model.objects.select_related("account"), pk=pk)
    account = account_of(request, row.account_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words: dict[str, Any] = {
            "actor": person(request),
            "reason": form.cleaned_data["reason"],
            "now": clock.now(),
        }
        try:
            if kind == "add-on":
                extras.end_add_on(pk, ends_on=clock.today(), **words)
            elif kind == "charge":
                extras.cancel_charge(pk, **words)
            else:
                extras.end_discount(pk, **words)
        except extras.NotUsable as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.description} is off the invoices to come.")
            return back(account)
    return form_page(
        this,
        request,
        form,
        f"Take off: {row.description}",
        button="Take off",
        template="admin/invoices/document/note.html",
        account=account,
    )


def urls(this: admin.ModelAdmin) -> list[Any]:
    """Return the pages of an account's extras, which stand under the subscriptions."""
    view = this.admin_site.admin_view

    def add(request: HttpRequest, account_id: int) -> HttpResponse:
        return extra_view(this, request, account_id)

    def end(kind: str) -> Any:
        return view(lambda request, pk: end_view(this, request, kind, pk))

    return [
        path("of/<int:account_id>/extras/", view(add), name="invoices_account_extras"),
        path("end/add-on/<int:pk>/", end("add-on"), name="invoices_end_add_on"),
        path("end/charge/<int:pk>/", end("charge"), name="invoices_end_charge"),
        path("end/discount/<int:pk>/", end("discount"), name="invoices_end_discount"),
    ]
