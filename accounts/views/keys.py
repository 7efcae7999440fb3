"""Doors of Preferences, API keys: the list, making one (its token stands on the answer and nowhere else), revoking."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts import own_keys
from accounts.forms import KeyForm
from accounts.models import ApiKey
from accounts.permissions import Right, panel
from billing_portal import clock


@require_safe
@panel(Right.KEYS)
def keys_page(request: HttpRequest) -> HttpResponse:
    """The account's keys, and the form that makes one."""
    return _page(request, KeyForm(initial={"scopes": [ApiKey.Scope.READ]}))


@require_POST
@panel(Right.KEYS)
@sensitive_variables("issued")
def make(request: HttpRequest) -> HttpResponse:
    """Make a key and show its token, this once; the page is kept in no cache."""
    form = KeyForm(request.POST)
    account = request.account  # type: ignore[attr-defined]
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        issued = own_keys.make(account.pk, **form.cleaned_data, actor=request.user, now=clock.now())  # type: ignore[arg-type]
    except own_keys.TooMany as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    except own_keys.WasShown:
        messages.warning(request, "That key was made before, and its token was shown then. "
                                  "Was it lost? Revoke the key and make another.")  # fmt: skip
        return redirect("api-keys", ban=account.ban)
    context = {"key": issued.key, "token": issued.token, "has_account_tab": True, "has_keys_tab": True}
    return render(request, "preferences/key_made.html", context)


@require_POST
@panel(Right.KEYS)
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Take a key away."""
    account = request.account  # type: ignore[attr-defined]
    try:
        key = own_keys.revoke(account.pk, key_id, actor=request.user, now=clock.now())  # type: ignore[arg-type]
    except ApiKey.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"“{key.name}” is revoked: its next request is refused.")
    return redirect("api-keys", ban=account.ban)


def _page(request: HttpRequest, form: KeyForm, status: int = 200) -> HttpResponse:
    page = own_keys.read(request.account)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "form": form,
        "most": own_keys.MOST,
        "has_account_tab": True,
        "has_keys_tab": True,
    }
    return render(request, "preferences/keys.html", context, status=status)
