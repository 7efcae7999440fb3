"""Doors of the Auto-pay page: how it stands, setting up, pausing, resuming, cancelling, its limits."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Right, may, panel, who_can
from billing_portal import clock, nudge
from payments import (
    auto_pay_page,
    auto_pay_settings,
    autopay_policy,
    checkout,
    debit_page,
    debits,
    mandate_checkout,
    mandate_orders,
    mandate_policy,
    mandates,
)
from payments.auto_pay_forms import LimitsForm, SetUpForm, agreement, consent
from payments.gateways import GatewayError
from payments.mandate_policy import METHODS
from payments.mandates import Consent
from payments.models import Debit, Mandate

NOT_OPENED = "The approval page did not open. Nothing was set up and nothing was charged; please try again in a minute."


@require_safe
@panel(Right.BILLING, stays_open=True)
def auto_pay(request: HttpRequest) -> HttpResponse:
    """How auto-pay stands; `method` opens its form, `from` is the mandate that the browser brings back."""
    if request.htmx:  # type: ignore[attr-defined]
        return _news(request)
    method = request.GET.get("method", "")
    form = None
    if method in METHODS and may(request.member, Right.PAY):  # type: ignore[attr-defined]
        form = SetUpForm.opening(method, request.account.billing_name, now=clock.now())  # type: ignore[attr-defined]
    return _page(request, form)


def _news(request: HttpRequest) -> HttpResponse:
    """Nothing new while it is being confirmed; then the whole page again."""
    page, now = auto_pay_page.read(request.account, now=clock.now()), clock.now()  # type: ignore[attr-defined]
    response = HttpResponse(status=204)
    if not (page.coming and page.coming.is_polling(now)):
        response["HX-Refresh"] = "true"
    return response


def _page(
    request: HttpRequest, form: SetUpForm | None, limits: LimitsForm | None = None, status: int = 200
) -> HttpResponse:
    account, now = request.account, clock.now()  # type: ignore[attr-defined]
    may_pay = may(request.member, Right.PAY)  # type: ignore[attr-defined]
    page = auto_pay_page.read(account, now=now)
    left = request.GET.get("left", "")
    came_from = {request.GET.get("from", ""), left}
    context = {
        "page": page,
        "form": form,
        "method": str(form["method"].value() or "") if form else "",
        "methods": [(code, label, METHODS[code]) for code, label in Mandate.Method.choices],
        "least": mandate_policy.LEAST,
        "confirm_above": autopay_policy.CONFIRM_ABOVE,
        "limits": limits or LimitsForm.showing(auto_pay_settings.of(account)),
        "agreement": agreement(settings.OPERATOR_NAME, account.ban),
        "is_polling": bool(
            page.coming and page.coming.mandate.number in came_from and page.coming.is_polling(now)
        ),
        "left": left,
        "debits": None
        if page.is_first_run
        else debit_page.of(account, now=now, mandate=page.current.mandate if page.current else None),
        "may_pay": may_pay,
        "who_can_pay": [] if may_pay else who_can(Right.PAY, account),
    }
    return render(request, "payments/auto_pay.html", context, status=status)


@require_POST
@panel(Right.PAY, stays_open=True)
def set_up(request: HttpRequest) -> HttpResponse:
    """Keep the customer's wish and consent, and lead to the bank's page. A bank account is sent on, not stored."""
    account, now = request.account, clock.now()  # type: ignore[attr-defined]
    form = SetUpForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    wish = form.wish()
    words = consent(settings.OPERATOR_NAME, account.ban, wish)
    agreed = Consent(request.user, words, get_adapter().get_client_ip(request))  # type: ignore[arg-type]
    try:
        mandate = mandates.start(account.pk, wish, agreed, token=form.start_token(), now=now)
        mandate_orders.open_order(mandate, form.bank(), now=now)
    except mandates.NotPossible as error:
        form.add_error(error.field or None, str(error))
        return _page(request, form, status=422)
    except GatewayError:
        form.add_error(None, NOT_OPENED)
        return _page(request, form, status=503)
    return redirect("auto-pay-checkout", ban=account.ban, number=mandate.number)


@require_safe
@panel(Right.PAY, stays_open=True)
def checkout_page(request: HttpRequest, number: str) -> HttpResponse:
    """The form that leads to the bank's page."""
    mandate = _mandate(request, number)
    back = redirect("auto-pay", ban=mandate.account.ban)
    if mandate.gateway_order_id is None or mandate.gateway_token_id or mandate.state not in OPEN:
        return back
    context = {
        "mandate": mandate,
        "price": mandates.price(mandate),
        "address": checkout.address(),
        "fields": mandate_checkout.fields(mandate, request.user),  # type: ignore[arg-type]
    }
    response = render(request, "payments/auto_pay_checkout.html", context)
    response._csp_update = {"form-action": [checkout.origin()]}  # type: ignore[attr-defined]  # this page only
    return response


OPEN = (Mandate.State.AWAITING,)


def _mandate(request: HttpRequest, number: str) -> Mandate:
    rows = Mandate.objects.select_related("account")
    return get_object_or_404(rows, account=request.account, number=number)  # type: ignore[attr-defined]


def _change(request: HttpRequest, number: str, act: Callable[..., Any], said: str) -> HttpResponse:
    account, mandate = request.account, _mandate(request, number)  # type: ignore[attr-defined]
    try:
        act(account.pk, mandate.pk, by=request.user, now=clock.now())
    except mandates.NotPossible as error:
        messages.warning(request, str(error))
    except Mandate.DoesNotExist:
        raise Http404 from None
    else:
        messages.success(request, said)
        nudge.wake("payments.tasks.follow_mandates")
        nudge.wake("payments.tasks.step_debits")
    return redirect("auto-pay", ban=account.ban)


@require_POST
@panel(Right.PAY, stays_open=True)
def pause(request: HttpRequest, number: str) -> HttpResponse:
    """Make no debit until it is resumed."""
    return _change(
        request, number, mandates.pause, "Auto-pay is paused. No debit is made until you resume it."
    )


@require_POST
@panel(Right.PAY, stays_open=True)
def resume(request: HttpRequest, number: str) -> HttpResponse:
    """Go on."""
    return _change(request, number, mandates.resume, "Auto-pay is active again.")


@require_POST
@panel(Right.PAY, stays_open=True)
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """End it, at once and without conditions."""
    return _change(request, number, mandates.cancel, "Auto-pay is cancelled. No further debit is made.")


@require_POST
@panel(Right.PAY, stays_open=True)
def stop_debit(request: HttpRequest, number: str) -> HttpResponse:
    """Stop one debit that was announced; auto-pay goes on."""
    account = request.account  # type: ignore[attr-defined]
    debit = get_object_or_404(Debit, account=account, number=number)
    try:
        debits.opt_out(debit.pk, user=request.user, now=clock.now())  # type: ignore[arg-type]
    except debits.TooLate as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "This debit is stopped. Please pay what it was for yourself.")
    return redirect("auto-pay", ban=account.ban)


@require_POST
@panel(Right.PAY)
def top_up(request: HttpRequest) -> HttpResponse:
    """Switch topping up on or off, on the Alerts page."""
    account, on = request.account, "on" in request.POST  # type: ignore[attr-defined]
    auto_pay_settings.switch_top_up(account.pk, on=on, by=request.user, now=clock.now())  # type: ignore[arg-type]
    messages.success(request, f"Topping up by itself is {'on' if on else 'off'}.")
    return redirect("alerts", ban=account.ban)


@require_POST
@panel(Right.PAY, stays_open=True)
def limits(request: HttpRequest) -> HttpResponse:
    """Set the caps and the switch."""
    account, form = request.account, LimitsForm(request.POST)  # type: ignore[attr-defined]
    if form.is_valid():
        try:
            auto_pay_settings.change(account.pk, **form.cleaned_data, by=request.user, now=clock.now())  # type: ignore[arg-type]
        except auto_pay_settings.NotPossible as error:
            form.add_error(error.field, str(error))
    if form.errors:
        return _page(request, None, form, status=422)
    messages.success(request, "Your limits are set.")
    return redirect("auto-pay", ban=account.ban)
