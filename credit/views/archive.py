"""Door of an archived account's way back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.permissions import Right, panel
from billing_portal import clock
from credit import exposure, returns


@require_POST
@panel(Right.PAY, stays_open=True)
def bring_back(request: HttpRequest) -> HttpResponse:
    """Begin the way back: the recovery fee is invoiced once; on to paying, where something is left to pay."""
    account = request.account  # type: ignore[attr-defined]
    now = clock.now()
    returns.ask(account.pk, by=request.user, now=now)  # type: ignore[arg-type]
    if exposure.read(account, now=now).outstanding:
        return redirect(f"/{account.ban}/payments/?choice=due")
    return redirect("overview", ban=account.ban)
