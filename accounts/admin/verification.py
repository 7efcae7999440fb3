"""Staff's page of a GSTIN: looked up on the GST portal, with the name that it is registered to."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts import gstin_checks
from accounts.models import Account
from billing_portal import clock, typed
from billing_portal.staff_pages import ReasonField, form_page, person

RIGHT = "accounts.verify_gstin"


def page(this: admin.ModelAdmin, request: HttpRequest, account_id: int) -> HttpResponse:
    """Note the registered name of an account's GSTIN, or take the word back."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)
    account = get_object_or_404(Account, pk=account_id)
    form = VerifyForm(request.POST or None, initial={"name": account.billing_name, "number": account.gstin})
    if request.method == "POST" and form.is_valid() and _done(request, account, form):
        return HttpResponseRedirect(reverse("admin:accounts_account_change", args=[account.pk]))
    return form_page(
        this,
        request,
        form,
        f"GSTIN of {account.ban}",
        button="The portal shows this name",
        template="admin/accounts/gstin.html",
        account=account,
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
