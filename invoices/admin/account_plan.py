"""The staff page of one account's plan: put on a plan, change it."""

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
from billing_portal.staff_pages import ReasonField, form_page, person
from invoices import plan_changes, plan_page, plans, subscriptions, upgrades
from invoices.admin.plans import back
from invoices.models import Plan, Subscription

INVOICE = "Invoice with GST"
RIGHT = "invoices.manage_subscription"
FAILURES = (plan_changes.NotPossible, plans.NoPrices, subscriptions.AlreadySubscribed)


class PlanForm(forms.Form):
    """Which plan, from when, and why."""

    plan = forms.ModelChoiceField(Plan.objects.all())
    when = forms.ChoiceField(
        choices=[("now", "Now"), ("next", "With the next cycle")], help_text="A first plan begins now."
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    shown = forms.IntegerField(widget=forms.HiddenInput, required=False)  # paise: the invoice of the preview


def account_of(request: HttpRequest, pk: int) -> Account:
    """Return the account whose plan or extras somebody wants to change; only who may."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)
    return get_object_or_404(Account.objects.select_related("customer"), pk=pk)


def plan_view(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """Put an account on a plan, or change it: what it will do is shown before it is done."""
    account = account_of(request, account_id)
    form = PlanForm(request.POST or None)
    shown: list[tuple[str, int]] = []
    lead = ""
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                messages.success(request, _change(account, form.cleaned_data, request))
                return back(account)
            shown, lead = _preview(account, form.cleaned_data)
            form = _with_shown(request, shown)
        except upgrades.Differs:
            shown, lead = _preview(account, form.cleaned_data)
            form = _with_shown(request, shown)
            form.add_error(
                None, "Meanwhile it costs another amount than you were shown. This is what it costs now."
            )
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


def _with_shown(request: HttpRequest, shown: list[tuple[str, int]]) -> PlanForm:
    """Return the form again; it carries the invoice's total that was shown."""
    data = request.POST.copy()
    total = dict(shown).get(INVOICE)
    data["shown"] = "" if total is None else str(total)
    form = PlanForm(data)
    form.is_valid()
    return form


def _preview(account: Account, data: dict[str, Any]) -> tuple[list[tuple[str, int]], str]:
    plan, today = data["plan"], clock.today()
    if not Subscription.objects.filter(account=account).exists():
        version = plans.version_on(plan, today)
        words = f"{plan.name} begins today; today's day of the month becomes the anniversary."
        return [("Rental, before tax", version.rental), ("Set-up, before tax", version.set_up)], words
    if data["when"] == "next":
        return [], f"{plan.name} begins with the next cycle. Nothing is billed now."
    planned = upgrades.plan_upgrade(account, plan, now=clock.now()).planned
    lines = [(line.description, line.value.taxable) for line in planned.lines]
    return [
        *lines,
        (INVOICE, planned.total),
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
    invoice = upgrades.upgrade(account.pk, plan.pk, token=data["token"].hex, shown=data["shown"], **words)
    return f"{account.ban} is on {plan.name}. {invoice.number} is issued."


def urls(this: admin.ModelAdmin) -> list[Any]:
    """Return the page of an account's plan, which stands under the subscriptions."""
    view = this.admin_site.admin_view

    def door(request: HttpRequest, account_id: int) -> HttpResponse:
        return plan_view(this, request, account_id)

    return [path("of/<int:account_id>/plan/", view(door), name="invoices_account_plan")]
