"""Doors of the Alerts screen: thresholds, and who is told by which channel."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import notices, recipients, sent_messages
from accounts.models import Contact
from accounts.permissions import Right, panel
from billing_portal import clock
from credit import alert_settings, exposure
from credit.api_answers import ALERTS
from credit.forms import RecipientForm, ThresholdsForm

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


@require_POST
@panel(Right.BILLING)
def add_recipient(request: HttpRequest) -> HttpResponse:
    """Add a billing contact."""
    account = request.account  # type: ignore[attr-defined]
    form = RecipientForm(request.POST)
    if form.is_valid():
        try:
            recipients.add(account.pk, form.wanted(), actor=request.user, now=clock.now())  # type: ignore[arg-type]
        except recipients.NotPossible as error:
            form.add_error(error.field or None, str(error))
    if form.errors:
        return _page(request, ThresholdsForm.showing(alert_settings.of(account)), form, status=422)
    messages.success(request, f"{form.cleaned_data['name']} is told from now on.")
    return redirect("alerts", ban=account.ban)


@require_POST
@panel(Right.BILLING)
def change_recipient(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Set a contact's channels, or take the contact away."""
    account = request.account  # type: ignore[attr-defined]
    words: dict[str, Any] = {"actor": request.user, "now": clock.now()}
    if "remove" in request.POST:
        contact = account.contacts.filter(pk=contact_id).first()
        recipients.remove(account.pk, contact_id, **words)
        if contact:
            told = ", ".join(notices.recipients(account))
            messages.success(request, f"{contact.name} is not told any more. Mails go to {told} now.")
        return redirect("alerts", ban=account.ban)
    chosen: dict[str, Any] = {name: name in request.POST for name in ("wants_email", "wants_sms")}
    try:
        recipients.choose(account.pk, contact_id, **chosen, **words)
    except Contact.DoesNotExist:
        raise Http404 from None
    messages.success(request, "Channels are set.")
    return redirect("alerts", ban=account.ban)


def _page(
    request: HttpRequest, form: ThresholdsForm, adding: RecipientForm | None = None, status: int = 200
) -> HttpResponse:
    account = request.account  # type: ignore[attr-defined]
    told = account.notices.filter(name__in=ALERTS).order_by("-owed_at", "-pk")
    context = {
        "form": form,
        "adding": adding or RecipientForm(),
        "money": exposure.read(account, now=clock.now()),
        "contacts": account.contacts.filter(category=Contact.Category.ACCOUNTS).order_by("pk"),
        "told_now": notices.recipients(account),
        "told": [
            sent_messages.shown(row, request.member, email=request.user.email)  # type: ignore[attr-defined,union-attr]
            for row in told[:SHOWN]
        ],
    }
    return render(request, "credit/alerts.html", context, status=status)
