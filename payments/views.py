"""Doors of the payments: the page, the preview, the way to the checkout and back."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Right, may, panel, who_can
from billing_portal import clock, nudge
from invoices import settlement
from invoices.models import Allocation, Document
from payments import checkout, options, parked, policy, recharge, webhooks
from payments.forms import StartForm
from payments.gateways import GatewayError
from payments.models import Payment

PAGE = 20


@require_safe
@panel(Right.BILLING)
def payments_page(request: HttpRequest) -> HttpResponse:
    """The due block, the amounts to pay and the recharge history."""
    return _payments_page(request, StartForm(options=_offered(request)[1]))


def _offered(request: HttpRequest) -> tuple[list[Document], list[options.Option]]:
    unpaid = settlement.unpaid(request.account)  # type: ignore[attr-defined]
    return unpaid, options.offered(request.account, unpaid)  # type: ignore[attr-defined]


def _payments_page(request: HttpRequest, form: StartForm, status: int = 200) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    unpaid, offered = _offered(request)
    history = Paginator(account.payments.order_by("-started_at", "-pk"), PAGE)
    chosen = form["choice"].value() or offered[-1].code
    amounts = {option.code: option.amount for option in offered}
    context = {
        "form": form,
        "unpaid": unpaid,
        "due": options.due_now(unpaid),
        "options": offered,
        "chosen": chosen,
        "preview": options.preview(account, amounts.get(chosen, offered[-1].amount), unpaid),
        "history": history.get_page(request.GET.get("page")),
        "may_pay": may(request.member, Right.PAY),  # type: ignore[attr-defined]
        "who_can_pay": who_can(Right.PAY, account),
    }
    return render(request, "payments/payments.html", context, status=status)


@require_safe
@panel(Right.PAY)
def preview(request: HttpRequest) -> HttpResponse:
    """The allocation preview of a choice, as a part of the page."""
    unpaid, offered = _offered(request)
    form = StartForm({**request.GET.dict(), "token": _ANY_TOKEN}, options=offered)
    context: dict[str, object] = {"form": form, "preview": None}
    if form.is_valid():
        context["preview"] = options.preview(request.account, form.cleaned_data["paise"], unpaid)  # type: ignore[attr-defined]
    return render(request, "payments/payments.html#preview", context)


_ANY_TOKEN = "00000000-0000-0000-0000-000000000000"


@require_POST
@panel(Right.PAY)
def start(request: HttpRequest) -> HttpResponse:
    """Begin a payment and lead to its checkout."""
    form = StartForm(request.POST, options=_offered(request)[1])
    if not form.is_valid():
        return _payments_page(request, form, status=422)
    account, data = request.account, form.cleaned_data  # type: ignore[attr-defined]
    try:
        payment = recharge.start(account, data["paise"], token=data["token"], user=request.user, now=clock.now())  # type: ignore[arg-type]
    except recharge.AmountNotPossible as error:
        form.add_error("own" if data["choice"] == "own" else None, str(error))
        return _payments_page(request, form, status=422)
    return redirect("payment-checkout", ban=account.ban, number=payment.number)


@require_safe
@panel(Right.PAY)
def checkout_page(request: HttpRequest, number: str) -> HttpResponse:
    """The form that leads to the gateway's page; it makes the order when there is none yet."""
    payment = _payment(request, number)
    if payment.is_received or parked.is_open(payment):
        return redirect("payment-result", ban=request.account.ban, number=number)  # type: ignore[attr-defined]
    try:
        payment = recharge.open_order(payment, now=clock.now())
    except GatewayError:
        return render(request, "payments/no_checkout.html", {"payment": payment}, status=503)
    response = render(
        request,
        "payments/checkout.html",
        {
            "payment": payment,
            "address": checkout.address(),
            "fields": checkout.fields(payment, request.user) if payment.gateway_order_id else None,
        },
    )
    response._csp_update = {"form-action": [checkout.origin()]}  # type: ignore[attr-defined]  # this page only
    return response


@csrf_exempt
@require_POST
def gateway_return(request: HttpRequest) -> HttpResponse:
    """The browser comes back: a cross-site POST without our session. The order and its signature identify it."""
    payment = checkout.come_back(request.POST.dict(), now=clock.now())
    if payment is None:
        return redirect("home")
    nudge.wake("payments.tasks.follow_up")
    response = redirect("payment-result", ban=payment.account.ban, number=payment.number)
    response.status_code = 303
    return response


@csrf_exempt
@require_POST
def gateway_webhook(request: HttpRequest) -> HttpResponse:
    """A signed call of the gateway: verify, store, answer. Handling follows from the row."""
    signature = request.headers.get("X-Razorpay-Signature", "")
    event_id = request.headers.get("X-Razorpay-Event-Id", "")
    try:
        stored = webhooks.store(request.body, signature, event_id, now=clock.now())
    except webhooks.NotGenuine:
        return HttpResponse(status=400)
    if stored:
        nudge.wake("payments.tasks.handle_events")
    return HttpResponse(status=200)


@require_safe
@panel(Right.BILLING)
def result(request: HttpRequest, number: str) -> HttpResponse:
    """Received, confirming or failed; polls until decided. Never a dead end."""
    payment = _payment(request, number)
    now = clock.now()
    name = "payments/result.html#state" if request.htmx else "payments/result.html"  # type: ignore[attr-defined]
    return render(request, name, {**_shown(payment), "polling": checkout.is_polling(payment, now=now), "now": now})


@require_safe
@panel(Right.BILLING)
def payment_page(request: HttpRequest, number: str) -> HttpResponse:
    """One payment: what became of it, where its money went, its documents."""
    return render(request, "payments/payment.html", _shown(_payment(request, number)))


def _payment(request: HttpRequest, number: str) -> Payment:
    return get_object_or_404(Payment.objects.select_related("account"), account=request.account, number=number)  # type: ignore[attr-defined]


def _shown(payment: Payment) -> dict[str, object]:
    allocations = Allocation.objects.filter(cause=payment.cause).select_related("document__file").order_by("pk")
    return {
        "payment": payment,
        "allocations": list(allocations),
        "voucher": Document.objects.filter(cause=f"advance:{payment.number}").select_related("file").first(),
        "is_parked": parked.is_open(payment),
        "reason": policy.in_plain_words(payment.failure_reason) if payment.failure_reason else "",
    }
