"""Door of the what-if: what comes of an account if nothing is paid, or if so much is paid on a day. Changes nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Right, panel
from billing_portal import clock, money
from credit import consequences, overdue_outlook
from credit.forecast import Sum
from credit.forms import WhatIfForm


@require_safe
@panel(Right.BILLING, stays_open=True)
def what_if(request: HttpRequest) -> HttpResponse:
    """The dated future of the account, and of the account that pays what is typed; wrong input is said at its field."""
    account, today = request.account, clock.today()  # type: ignore[attr-defined]
    outlook = overdue_outlook.of(account, today=today)
    first = {"amount": money.rupees(outlook.due) if outlook else "", "on": today}
    form = WhatIfForm(request.GET or None, today=today, initial=first)
    paid = None
    if form.is_valid():
        paid = Sum(form.cleaned_data["on"], form.cleaned_data["amount"])
    context = {
        "form": form,
        "today": today,
        "unpaid": consequences.of(account, today=today),
        "if_paid": paid,
        "then": consequences.of(account, today=today, paid=[paid]) if paid else (),
    }
    return render(request, "credit/what_if.html", context, status=422 if form.errors else 200)
