"""Doors of the plan: what it is, what others cost, and changing it."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Right, may, panel, who_can
from billing_portal import clock, text
from invoices import plan_changes, plan_page, upgrades
from invoices.models import Plan

REASON = "Chosen in the panel"


@require_safe
@panel(Right.BILLING)
def plan_page_view(request: HttpRequest) -> HttpResponse:
    """The present plan, what waits for the cycle's end, and the other plans."""
    account = request.account  # type: ignore[attr-defined]
    may_pay = may(request.member, Right.PAY)  # type: ignore[attr-defined]
    context = {
        "page": plan_page.read(account, today=clock.today()),
        "may_pay": may_pay,
        "whom": [] if may_pay else who_can(Right.PAY, account),
    }
    return render(request, "invoices/plan.html", context)


@require_safe
@panel(Right.PAY)
def upgrade_page(request: HttpRequest, code: str) -> HttpResponse:
    """What changing to a larger plan now will do, before anybody does it."""
    plan = get_object_or_404(Plan, code=code, is_offered=True)
    return _upgrade_page(request, plan, uuid.uuid4())


@require_POST
@panel(Right.PAY)
def upgrade(request: HttpRequest, code: str) -> HttpResponse:
    """Change to a larger plan now, for the amount that was shown; for another one it is asked again."""
    account = request.account  # type: ignore[attr-defined]
    plan = get_object_or_404(Plan, code=code, is_offered=True)
    try:
        token, shown = uuid.UUID(request.POST.get("token", "")), int(request.POST.get("shown", ""))
    except ValueError:
        return redirect("plan-upgrade", ban=account.ban, code=code)
    try:
        invoice = upgrades.upgrade(
            account.pk,
            plan.pk,
            token=token.hex,
            shown=shown,
            actor=request.user,  # type: ignore[arg-type]
            reason=REASON,
            now=clock.now(),
        )
    except upgrades.Differs:
        return _upgrade_page(request, plan, token, is_new_amount=True)
    except plan_changes.NotPossible as error:
        return _not_possible(request, error)
    messages.success(
        request, f"Your plan is {plan.name} now. Its rental for the days left is on this invoice."
    )
    return redirect("document", ban=account.ban, slug=invoice.slug)


def _upgrade_page(
    request: HttpRequest, plan: Plan, token: uuid.UUID, *, is_new_amount: bool = False
) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    try:
        planned = upgrades.plan_upgrade(account, plan, now=clock.now())
    except plan_changes.NotPossible as error:
        return _not_possible(request, error)
    context = {"plan": plan, "upgrade": planned, "token": token, "is_new_amount": is_new_amount}
    return render(request, "invoices/upgrade.html", context, status=422 if is_new_amount else 200)


@require_POST
@panel(Right.PAY)
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Let another plan begin with the next cycle."""
    account = request.account  # type: ignore[attr-defined]
    plan = get_object_or_404(Plan, code=code, is_offered=True)
    try:
        row = plan_changes.downgrade(
            account.pk,
            plan.pk,
            actor=request.user,  # type: ignore[arg-type]
            reason=REASON,
            now=clock.now(),
        )
    except plan_changes.NotPossible as error:
        return _not_possible(request, error)
    messages.success(
        request, f"{plan.name} begins on {text.day(row.bill_on)}. Until then you can take it back."
    )
    return redirect("plan", ban=account.ban)


@require_POST
@panel(Right.PAY)
def keep(request: HttpRequest) -> HttpResponse:
    """Take back a change that waits for the cycle's end."""
    account = request.account  # type: ignore[attr-defined]
    try:
        plan_changes.keep(account.pk, actor=request.user, reason=REASON, now=clock.now())  # type: ignore[arg-type]
    except plan_changes.NotPossible as error:
        return _not_possible(request, error)
    messages.success(request, "You keep your plan.")
    return redirect("plan", ban=account.ban)


def _not_possible(request: HttpRequest, error: Exception) -> HttpResponse:
    messages.error(request, f"Nothing was changed. {error}")
    return redirect("plan", ban=request.account.ban)  # type: ignore[attr-defined]
