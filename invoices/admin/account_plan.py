"""Staff pages of one account's plan and extras: put on a plan, change it, add and end what is billed besides."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from accounts.models import Account
from billing_portal import clock
from billing_portal.staff_pages import PlainForm, ReasonField, RupeesField, form_page, person
from invoices import extras, plan_changes, plan_page, plans, subscriptions
from invoices.admin.plans import back
from invoices.models import AddOn, Discount, OneTimeCharge, Plan, Subscription

RIGHT = "invoices.manage_subscription"
FAILURES = (plan_changes.NotPossible, plans.NoPrices, subscriptions.AlreadySubscribed, extras.NotUsable)


class PlanForm(forms.Form):
    """Which plan, from when, and why."""

    plan = forms.ModelChoiceField(Plan.objects.all())
    when = forms.ChoiceField(
        choices=[("now", "Now"), ("next", "With the next cycle")], help_text="A first plan begins now."
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ExtraForm(PlainForm):
    """Something more, or less, on the next invoices."""

    kind = forms.ChoiceField(
        choices=[
            ("add-on", "Add-on: each cycle"),
            ("charge", "One-time charge on the next invoice"),
            ("discount-part", "Discount: percent of the rental"),
            ("discount-amount", "Discount: an amount an invoice"),
        ]
    )
    description = forms.CharField(max_length=120, help_text="Printed on the invoice.")
    amount = RupeesField(label="Rupees before tax, or percent", max_length=24)
    count = forms.IntegerField(
        label="Pieces, or cycles of a discount", min_value=1, max_value=10_000, initial=1
    )
    reason = ReasonField()


class ReasonForm(forms.Form):
    reason = ReasonField()


def _account(request: HttpRequest, pk: int) -> Account:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    return get_object_or_404(Account.objects.select_related("customer"), pk=pk)


def plan_view(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """Put an account on a plan, or change it: what it will do is shown before it is done."""
    account = _account(request, account_id)
    form = PlanForm(request.POST or None)
    shown: list[tuple[str, int]] = []
    lead = ""
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                messages.success(request, _change(account, form.cleaned_data, request))
                return back(account)
            shown, lead = _preview(account, form.cleaned_data)
        except FAILURES as error:
            form.add_error("plan", str(error))
    return form_page(
        this,
        request,
        form,
        f"Plan of {account.ban}",
        button="Show what it will do",
        template="admin/invoices/document/plan.html",
        account=account,
        page=plan_page.read(account, today=clock.today()),
        shown=shown,
        lead=lead,
        is_asked=bool(lead),
        confirm="Do it",
    )


def _preview(account: Account, data: dict[str, Any]) -> tuple[list[tuple[str, int]], str]:
    plan, today = data["plan"], clock.today()
    if not Subscription.objects.filter(account=account).exists():
        version = plans.version_on(plan, today)
        words = f"{plan.name} begins today; today's day of the month becomes the anniversary."
        return [("Rental, before tax", version.rental), ("Set-up, before tax", version.set_up)], words
    if data["when"] == "next":
        return [], f"{plan.name} begins with the next cycle. Nothing is billed now."
    planned = plan_changes.plan_upgrade(account, plan, now=clock.now()).planned
    lines = [(line.description, line.value.taxable) for line in planned.lines]
    return [
        *lines,
        ("Invoice with GST", planned.total),
        ("Left to pay", planned.open_amount),
    ], f"{plan.name} now."


def _change(account: Account, data: dict[str, Any], request: HttpRequest) -> str:
    plan = data["plan"]
    words: dict[str, Any] = {"actor": person(request), "reason": data["reason"], "now": clock.now()}
    if not Subscription.objects.filter(account=account).exists():
        invoice = subscriptions.activate(account.pk, plan.pk, **words)
        return f"{account.ban} is on {plan.name}. {f'{invoice.number} is issued.' if invoice else ''}"
    if data["when"] == "next":
        if account.subscription.plan_id == plan.pk:
            plan_changes.keep(account.pk, **words)
            return f"{account.ban} keeps {plan.name}."
        plan_changes.downgrade(account.pk, plan.pk, **words)
        return f"{plan.name} begins with the next cycle."
    invoice = plan_changes.upgrade(account.pk, plan.pk, token=data["token"].hex, **words)
    return f"{account.ban} is on {plan.name}. {invoice.number} is issued."


def extra_view(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """Add something to the next invoices, or take it off."""
    account = _account(request, account_id)
    form = ExtraForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _add(account, form.cleaned_data, request)
        except extras.NotUsable as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "It is on the next invoices.")
            return back(account)
    return form_page(
        this,
        request,
        form,
        f"Extras of {account.ban}",
        button="Add",
        template="admin/invoices/document/extras.html",
        account=account,
        page=plan_page.read(account, today=clock.today()),
    )


def _add(account: Account, data: dict[str, Any], request: HttpRequest) -> None:
    words: dict[str, Any] = {"actor": person(request), "reason": data["reason"], "now": clock.now()}
    value, text = data["amount"] or 0, data["description"]
    match data["kind"]:
        case "add-on":
            extras.add_on(
                account.pk, text, price=value, quantity=data["count"], starts_on=clock.today(), **words
            )
        case "charge":
            extras.charge(account.pk, text, amount=value, **words)
        case "discount-part":
            extras.discount(account.pk, text, basis_points=value, amount=None, cycles=data["count"], **words)
        case _:
            extras.discount(account.pk, text, basis_points=None, amount=value, cycles=data["count"], **words)


def end_view(this: admin.ModelAdmin, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """End an add-on today, cancel a waiting charge, stop a discount."""
    model: Any = {"add-on": AddOn, "charge": OneTimeCharge, "discount": Discount}[kind]
    row = get_object_or_404(model.objects.select_related("account"), pk=pk)
    account = _account(request, row.account_id)
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
    """Return the pages of an account's plan and extras, which stand under the subscriptions."""
    view = this.admin_site.admin_view

    def of_account(door: Any) -> Any:
        return view(lambda request, account_id: door(this, request, account_id))

    def end(kind: str) -> Any:
        return view(lambda request, pk: end_view(this, request, kind, pk))

    return [
        path("of/<int:account_id>/plan/", of_account(plan_view), name="invoices_account_plan"),
        path("of/<int:account_id>/extras/", of_account(extra_view), name="invoices_account_extras"),
        path("end/add-on/<int:pk>/", end("add-on"), name="invoices_end_add_on"),
        path("end/charge/<int:pk>/", end("charge"), name="invoices_end_charge"),
        path("end/discount/<int:pk>/", end("discount"), name="invoices_end_discount"),
    ]
