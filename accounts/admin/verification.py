"""Staff's page of a GSTIN: looked up on the GST portal, with the name that it is registered to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts import gstin_checks
from accounts.models import Account
from billing_portal import clock, shown_first, typed
from billing_portal.staff_pages import ReasonField, form_page, person

RIGHT = "accounts.verify_gstin"


def page(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """Note the registered name of an account's GSTIN, or take the word back."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)
    account = get_object_or_404(Account, pk=account_id)
    form = VerifyForm(request.POST or None, initial={"name": account.billing_name, "number": account.gstin})
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        if "take_back" not in request.POST and not shown_first.is_confirmed(request, form):
            more = {
                "is_previewed": True,
                "shown": shown_first.fingerprint(form),
                "parts": [_shown(account, form.cleaned_data["name"])],
            }
        elif _done(request, account, form):
            return HttpResponseRedirect(reverse("admin:account_page", args=[account.pk]))
    return form_page(
        this,
        request,
        form,
        f"GSTIN of {account.ban}",
        button="Show what it changes",
        template="admin/accounts/gstin.html",
        account=account,
        confirm="The portal shows this name",
        **more,
    )


def _shown(account: Account, name: str) -> shown_first.Part:
    """Say what the word of staff changes, and for whom."""
    stays = " ".join(name.split()) == account.billing_name
    return shown_first.Part(
        f"What it changes for {account.ban} {account.name}",
        [
            ("GSTIN", account.gstin),
            ("State", account.get_state_display()),
            ("Billing name now", account.billing_name),
            ("Billing name then", "stays as it is" if stays else name),
            ("Documents from now on", f"carry “{name}”; those issued stay"),
            ("Locked for the customer", "the billing name, until the GSTIN is another or this is taken back"),
            ("Who is told", "nobody by message; it joins the audit chain"),
        ],
    )


def _done(request: HttpRequest, account: Account, form: "VerifyForm") -> bool:
    words = {"actor": person(request), "reason": form.cleaned_data["reason"], "now": clock.now()}
    if "take_back" in request.POST:
        gstin_checks.take_back(account.pk, **words)
        messages.success(request, f"{account.ban}: the GSTIN is not verified any more.")
        return True
    try:
        name, number = form.cleaned_data["name"], form.cleaned_data["number"]
        account = gstin_checks.verify(account.pk, name, number=number, **words)
    except gstin_checks.NotPossible as error:
        form.add_error(None, str(error))
        return False
    messages.success(
        request, f"{account.ban}: verified; documents carry “{account.billing_name}” from now on."
    )
    return True


class VerifyForm(forms.Form):
    """The name on the GST portal, and how it was looked up."""

    number = forms.CharField(max_length=15, required=False, widget=forms.HiddenInput)
    name = typed.Line(
        max_length=120, label="Name on the GST portal", help_text="It becomes the billing name."
    )
    reason = ReasonField()
