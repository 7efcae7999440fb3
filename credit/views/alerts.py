"""Doors of the Alerts screen: thresholds, and who is told by which channel."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import notices
from accounts.models import Contact
from accounts.permissions import Right, panel
from billing_portal import clock
from credit import alert_settings, exposure
from credit.forms import ThresholdsForm

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@panel(Right.BILLING)
def alerts_page(request: HttpRequest) -> HttpResponse:
    """What stands; a POST changes the thresholds."""
    account = request.account  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request, ThresholdsForm.showing(alert_settings.of(account)))
    form = ThresholdsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        actor = request.user
        alert_settings.change(account.pk, form.wanted(), seen=form.seen(), actor=actor, now=clock.now())  # type: ignore[arg-type]
    except alert_settings.NotPossible as error:
        form.add_error(error.field, str(error))
        return _page(request, form, status=422)
    except alert_settings.Changed:
        messages.warning(request, "Somebody else has changed these meanwhile: here is what stands now.")
        return redirect("alerts", ban=account.ban)
    messages.success(request, "Your alerts are set.")
    return redirect("alerts", ban=account.ban)


def _page(request: HttpRequest, form: ThresholdsForm, status: int = 200) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    told = account.notices.filter(name__in=ALERTS).order_by("-owed_at", "-pk")
    context = {
        "form": form,
        "money": exposure.read(account),
        "contacts": account.contacts.filter(category=Contact.Category.ACCOUNTS).order_by("pk"),
        "recipients": notices.recipients(account),
        "told": told[:SHOWN],
    }
    return render(request, "credit/alerts.html", context, status=status)


ALERTS = ("low-balance", "credit-limit", "credit-limit-warning", "credit-suspended", "credit-restored")
