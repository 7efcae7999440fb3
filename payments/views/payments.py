"""Doors of the payments: the page, the preview, the way to the checkout and back."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.levels import Level
from accounts.permissions import Right, can_pay, panel, who_can
from billing_portal import clock, money, nudge
from billing_portal.money import Paise
from credit import exposure, restorations
from credit.models import Restoration
from invoices import payment_advice, settlement
from invoices.models import Document
from payments import checkout, downtimes, mandate_checkout, options, outcome, recharge, webhooks
from payments.forms import AdviceForm, ChoiceForm, StartForm
from payments.gateways import GatewayError
from payments.models import Payment

PAGE = 20
LEFT = (Payment.Status.CREATED, Payment.Status.FAILED)  # what a left checkout leaves behind: nothing charged
OPENINGS = 15  # how often the checkout page looks again by itself for an order that another request makes


@require_safe
@panel(Right.BILLING, stays_open=True)
def payments_page(request: HttpRequest) -> HttpResponse:
    """The due block, the amounts to pay and the recharge history."""
    unpaid, offered = _offered(request)
    return _payments_page(request, StartForm(options=offered, initial=_asked(request)), unpaid, offered)


def _asked(request: HttpRequest) -> dict[str, str]:
    """An own amount that the link to this page brings, as banners and mails do; nonsense is left out."""
    try:
        amount = money.typed(request.GET.get("own", ""))
    except money.NotAnAmount:
        return {}
    return {"choice": "own", "own": money.rupees(amount)}


def _offered(request: HttpRequest) -> tuple[list[Document], list[options.Option]]:
    unpaid = settlement.unpaid(request.account)  # type: ignore[attr-defined]
    return unpaid, options.offered(request.account, unpaid, now=clock.now())  # type: ignore[attr-defined]


def _payments_page(
    request: HttpRequest,
    form: StartForm,
    unpaid: list[Document],
    offered: list[options.Option],
    status: int = 200,
) -> HttpResponse:
    account, now = request.account, clock.now()  # type: ignore[attr-defined]
    page = Paginator(account.payments.told().order_by("-started_at", "-pk"), PAGE).get_page(
        request.GET.get("page")
    )
    left = _left(request)
    chosen = _chosen(request, form, offered)
    may_pay = can_pay(request.member)  # type: ignore[attr-defined]
    amounts = {option.code: option.amount for option in offered}
    amount = form.cleaned_data.get("paise") if form.is_bound else amounts.get(chosen) or _own(form)
    context = {
        "form": form,
        "unpaid": unpaid,
        "due": options.due_now(unpaid),
        "options": offered,
        "chosen": chosen,
        "preview": options.preview(account, amount, unpaid, on=clock.business_date(now)) if amount else None,
        "page": page,
        "history": outcome.read(page.object_list),
        "left": left,
        "declared": account.claims.waiting().order_by("-declared_at"),
        "undecided": outcome.undecided(account, now=now, besides=left.number if left else ""),
        "may_pay": may_pay,
        "who_can_pay": [] if may_pay else who_can(Right.PAY, account),
        "today": clock.business_date(now),
        "outages": downtimes.outages(now) if may_pay else [],
    }
    return render(request, "payments/payments.html", context, status=status)


def _own(form: StartForm) -> Paise:
    return money.typed(str(form["own"].value() or "0"))


def _chosen(request: HttpRequest, form: StartForm, offered: list[options.Option]) -> str:
    """What was sent; else what the link to this page asks for; else what lifts a stop, or the last one offered."""
    codes = [option.code for option in offered]
    asked, first = request.GET.get("choice"), "clear" if "clear" in codes else codes[-1]
    return str(form["choice"].value() or (asked if asked in codes else first))


def _left(request: HttpRequest) -> Payment | None:
    """The payment whose checkout the customer has just left without paying."""
    number = request.GET.get("cancelled", "")
    return request.account.payments.filter(number=number, status__in=LEFT).first() if number else None  # type: ignore[attr-defined]


@require_safe
@panel(Right.PAY, stays_open=True)
def preview(request: HttpRequest) -> HttpResponse:
    """The allocation preview of a choice, as a part of the page."""
    unpaid, offered = _offered(request)
    form = ChoiceForm(request.GET, options=offered)
    shown = None
    if form.is_valid():
        amount = form.cleaned_data["paise"]
        shown = options.preview(request.account, amount, unpaid, on=clock.today())  # type: ignore[attr-defined]
    context = {"form": form, "preview": shown, "may_pay": True}
    return render(request, "payments/payments.html#preview", context)


@require_POST
@panel(Right.PAY, stays_open=True)
def start(request: HttpRequest) -> HttpResponse:
    """Begin a payment and lead to its checkout."""
    unpaid, offered = _offered(request)
    form = StartForm(request.POST, options=offered)
    if not form.is_valid():
        return _payments_page(request, form, unpaid, offered, status=422)
    account, data, now = request.account, form.cleaned_data, clock.now()  # type: ignore[attr-defined]
    try:
        payment = recharge.start(account, data["paise"], token=form.start_token(), user=request.user, now=now)  # type: ignore[arg-type]
    except recharge.AmountNotPossible as error:
        form.add_error("own" if data["choice"] == "own" else None, str(error))
        return _payments_page(request, form, unpaid, offered, status=422)
    return redirect("payment-checkout", ban=account.ban, number=payment.number)


@require_POST
@panel(Right.PAY, stays_open=True)
def advice(request: HttpRequest) -> HttpResponse:
    """Make a payment advice over the chosen amount, for a bank transfer, and lead to it."""
    unpaid, offered = _offered(request)
    form = AdviceForm(request.POST, options=offered)
    if not form.is_valid():
        return _payments_page(request, form, unpaid, offered, status=422)
    account, data = request.account, form.cleaned_data  # type: ignore[attr-defined]
    try:
        document = payment_advice.issue_advice(
            account.pk, data["paise"], token=form.start_token().hex, now=clock.now()
        )
    except payment_advice.NotPossible as error:
        form.add_error("own" if data["choice"] == "own" else None, str(error))
        return _payments_page(request, form, unpaid, offered, status=422)
    nudge.wake("invoices.tasks.render_documents")
    return redirect("document-pdf", ban=account.ban, slug=document.slug)


@require_safe
@panel(Right.PAY, stays_open=True)
def checkout_page(request: HttpRequest, number: str) -> HttpResponse:
    """The form that leads to the gateway's page; it makes the order when there is none yet."""
    payment = _payment(request, number)
    if not recharge.can_be_paid(payment, now=clock.now()):
        return redirect("payment-result", ban=request.account.ban, number=number)  # type: ignore[attr-defined]
    try:
        payment = recharge.open_order(payment, now=clock.now())
    except GatewayError:
        return render(request, "payments/no_checkout.html", {"payment": payment}, status=503)
    account = request.account  # type: ignore[attr-defined]
    context = {
        "payment": payment,
        "preview": options.preview(account, payment.amount, settlement.unpaid(account), on=clock.today())
        if payment.gateway_order_id
        else None,
        "address": checkout.address(),
        "fields": checkout.fields(payment, request.user) if payment.gateway_order_id else None,  # type: ignore[arg-type]
        "next_look": _next_look(request),
    }
    response = render(request, "payments/checkout.html", context)
    response._csp_update = {"form-action": [checkout.origin()]}  # type: ignore[attr-defined]  # this page only
    return response


def _next_look(request: HttpRequest) -> int | None:
    """Count the page's own reloads while the order is being made; None when it has looked often enough."""
    looked = request.GET.get("look", "0")
    count = int(looked) + 1 if looked.isdecimal() and len(looked) < 4 else OPENINGS + 1
    return count if count <= OPENINGS else None


@csrf_exempt
@require_POST
def gateway_return(request: HttpRequest) -> HttpResponse:
    """The browser comes back: a cross-site POST without our session. The order and its signature identify it."""
    mandate = mandate_checkout.come_back(request.POST.dict(), now=clock.now())
    if mandate:
        nudge.wake("payments.tasks.follow_mandates")
        page = reverse("auto-pay", kwargs={"ban": mandate.account.ban})
        return HttpResponseRedirect(f"{page}?from={mandate.number}", status=303)
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
@panel(Right.BILLING, stays_open=True)
def result(request: HttpRequest, number: str) -> HttpResponse:
    """Received, confirming or failed; asks again by itself until decided. Never a dead end."""
    payment, now = _payment(request, number), clock.now()
    is_polling = checkout.is_polling(payment, now=now)
    is_back = payment.is_received and request.account.wanted_level != Level.ARCHIVED  # type: ignore[attr-defined]
    restored = restorations.of_cause(request.account, payment.cause) if is_back else None  # type: ignore[attr-defined]
    if request.GET.get("part") == "restored":
        return _restored(request, payment, restored)
    context = {**_shown(request, payment), "is_polling": is_polling, "restored": restored}
    if request.htmx and is_polling and not context["outcome"].is_decided:  # type: ignore[attr-defined]
        return HttpResponse(status=204)  # nothing new: the page stays as it is, and a screen reader silent
    name = "payments/result.html#state" if request.htmx else "payments/result.html"  # type: ignore[attr-defined]
    return render(request, name, {**context, "exposure": exposure.read(request.account, now=clock.now())})  # type: ignore[attr-defined]


def _restored(request: HttpRequest, payment: Payment, restored: Restoration | None) -> HttpResponse:
    """The line that says when the service came back; nothing new until the platform has acknowledged it."""
    if restored is None or restored.confirmed_at is None:
        return HttpResponse(status=204)
    return render(request, "payments/restored.html", {"payment": payment, "restored": restored})


@require_safe
@panel(Right.BILLING, stays_open=True)
def payment_page(request: HttpRequest, number: str) -> HttpResponse:
    """One payment: what became of it, where its money went, its documents."""
    name = "payments/payment.html#documents" if request.htmx else "payments/payment.html"  # type: ignore[attr-defined]
    return render(request, name, _shown(request, _payment(request, number)))


def _payment(request: HttpRequest, number: str) -> Payment:
    return get_object_or_404(
        Payment.objects.select_related("account", "started_by", "api_order"),
        account=request.account,  # type: ignore[attr-defined]
        number=number,
    )


def _shown(request: HttpRequest, payment: Payment) -> dict[str, object]:
    (became,) = outcome.read([payment])
    return {
        "payment": payment,
        "outcome": became,
        "taxes": payment.taxes.select_related("document").order_by("pk")
        if payment.tds or payment.gst_tds
        else (),
        "disputes": payment.disputes.order_by("-opened_at", "-pk"),
        "is_preparing": became.is_preparing(clock.now()),
        "may_pay": can_pay(request.member),  # type: ignore[attr-defined]
        "can_be_paid": recharge.can_be_paid(payment, now=clock.now()),
    }
