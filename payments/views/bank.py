"""Doors of bank money: where to transfer to, declaring a transfer or a cheque, and what became of it."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Right, can_pay, panel, who_can
from billing_portal import clock
from invoices import settlement
from invoices.models import Document
from payments import claims, options, virtual_accounts
from payments.bank_forms import ClaimForm
from payments.forms import StartForm
from payments.gateways import GatewayError
from payments.models import Cheque, Claim, VirtualAccount
from payments.tds import NotRight

PAGE = 20
TONES = {"declared": "warn", "matched": "warn", "settled": "good", "rejected": "bad", "withdrawn": ""}
BOUNCED = "Bounced", "bad"


@require_safe
@panel(Right.BILLING, stays_open=True)
def bank_page(request: HttpRequest) -> HttpResponse:
    """Where to transfer to, the form of a claim, and all claims."""
    unpaid = settlement.unpaid(request.account)  # type: ignore[attr-defined]
    today = clock.today()
    return _page(request, ClaimForm(unpaid=unpaid, initial={"sent_on": today}), unpaid, today)


@require_POST
@panel(Right.PAY, stays_open=True)
def declare(request: HttpRequest) -> HttpResponse:
    """Declare a transfer or a cheque."""
    account, member, now = request.account, request.member, clock.now()  # type: ignore[attr-defined]
    unpaid, today = settlement.unpaid(account), clock.business_date(now)
    form = ClaimForm(request.POST, unpaid=unpaid)
    if form.is_valid():
        try:
            claims.declare(account.pk, form.said(), token=form.cleaned_data["token"], by=member.user, now=now)
        except claims.NotPossible as error:
            form.add_error(error.field or None, str(error))
        except NotRight as error:
            form.add_error("tds", str(error))
        else:
            return _to(account.ban)
    return _page(request, form, unpaid, today, status=422)


@require_POST
@panel(Right.PAY, stays_open=True)
def own_account(request: HttpRequest) -> HttpResponse:
    """Make the account's own virtual account, or say that the gateway does not answer."""
    account, member, now = request.account, request.member, clock.now()  # type: ignore[attr-defined]
    try:
        virtual_accounts.ensure(account, by=member.user, now=now)
    except GatewayError:
        unpaid = settlement.unpaid(account)
        problem = "Our payment partner does not answer. Please try again in a minute; nothing was changed."
        form = ClaimForm(unpaid=unpaid)
        return _page(request, form, unpaid, clock.business_date(now), status=503, problem=problem)
    return redirect("payments-bank", ban=account.ban)


@require_POST
@panel(Right.PAY, stays_open=True)
def withdraw(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Take a claim back while it waits."""
    account = request.account  # type: ignore[attr-defined]
    try:
        claims.withdraw(account.pk, claim_id, now=clock.now())
    except Claim.DoesNotExist:
        raise Http404 from None
    except claims.NotPossible as error:
        unpaid, today = settlement.unpaid(account), clock.today()
        form = ClaimForm(unpaid=unpaid)
        return _page(request, form, unpaid, today, status=422, problem=str(error))
    return _to(account.ban)


def _said(claim: Claim) -> tuple[str, str]:
    """The word of a claim's state and its tone; a cheque may bounce after it was credited."""
    cheque: Cheque | None = getattr(claim, "cheque", None)
    if claim.state == Claim.State.SETTLED and cheque and cheque.state == Cheque.State.BOUNCED:
        return BOUNCED
    return claim.get_state_display(), TONES[claim.state]


def _to(ban: str) -> HttpResponse:
    response = redirect("payments-bank", ban=ban)
    response["Location"] += "#declared"
    return response


def _page(
    request: HttpRequest,
    form: ClaimForm,
    unpaid: Sequence[Document],
    today: date,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    rows = account.claims.select_related("payment", "cheque").order_by("-declared_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    offered = options.offered(account, unpaid, now=clock.now())
    may_pay = can_pay(request.member)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "unpaid": unpaid,
        "due": options.due_now(unpaid),
        "advice": StartForm(options=offered),
        "offer": offered[0],
        "supplier": settings.SUPPLIER,
        "own": account.virtual_accounts.filter(state=VirtualAccount.State.ACTIVE).first(),
        "page": page,
        "claims": [(claim, *_said(claim)) for claim in page.object_list],
        "may_pay": may_pay,
        "who_can_pay": [] if may_pay else who_can(Right.PAY, account),
        "today": today,
        "problem": problem,
    }
    return render(request, "payments/bank.html", context, status=status)
