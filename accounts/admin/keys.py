"""Staff pages of API keys: made with the token shown once on the answer itself, revoked with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_variables

from accounts import api_keys
from accounts.models import Account, ApiKey
from billing_portal import clock, typed
from billing_portal.staff_pages import DASH, ReadOnly, asked_for, form_page, linked, person, tag

RIGHT = "accounts.manage_api_key"


class Reason(forms.Form):
    """Why; it joins the audit chain."""

    reason = typed.Lines(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text="Kept in the audit chain."
    )


class KeyForm(Reason):
    """What a key is for, and for whom."""

    name = typed.Line(max_length=60, help_text="Who will use it, e.g. Exchange 2.")
    account = typed.Line(
        label="Account number",
        required=False,
        max_length=16,
        help_text="Like BA-100042. Empty: a key of the telephony platform, for all accounts.",
    )
    scopes = forms.MultipleChoiceField(choices=ApiKey.Scope, widget=forms.CheckboxSelectMultiple)
    source = forms.RegexField(
        rf"\A{api_keys.SOURCE.pattern}\Z",
        required=False,
        max_length=20,
        help_text="Of a platform's key: whose ids its usage records carry, in small letters, digits, - and _; "
        "empty: platform. An account's key has a source of its own.",
    )
    field_order = ("name", "account", "scopes", "source", "reason")

    def clean_account(self) -> Account | None:
        ban = self.cleaned_data["account"].strip()
        account = Account.objects.filter(ban=ban).first() if ban else None
        if ban and not account:
            raise forms.ValidationError("There is no such account.")
        return account

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        account_only = set(data.get("scopes", ())) - {ApiKey.Scope.TELEPHONY}
        if account_only and "account" in data and not data["account"]:
            self.add_error("account", "Only the scope “telephony” goes without an account.")
        if not self.errors:
            try:
                data["source"] = api_keys.source_of(data["source"], data["account"])
            except api_keys.KeyNotPossible as why:
                self.add_error("source", str(why))
        return data


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = (
        "name",
        "begins",
        "account_link",
        "may",
        "source",
        "condition",
        "last_used_on",
        "created_by",
    )
    list_filter = ("revoked_at",)
    list_select_related = ("account", "created_by")
    search_fields = ("name", "prefix", "account__ban")
    ordering = ("-pk",)
    fields = (
        "name", "begins", "account_link", "may", "source", "condition", "created_at", "created_by",
        "last_used_on", "revoked_at", "revoke_link",
    )  # fmt: skip
    change_list_template = "admin/accounts/apikey/change_list.html"
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="Begins with", ordering="prefix")
    def begins(self, row: ApiKey) -> str:
        return f"kv_{row.prefix}_…"

    @admin.display(description="Scopes")
    def may(self, row: ApiKey) -> str:
        return ", ".join(row.scopes)

    @admin.display(description="State", ordering="revoked_at")
    def condition(self, row: ApiKey) -> Any:
        return tag("revoked", "bad") if row.revoked_at else tag("live", "good")

    @admin.display(description="Revoke")
    def revoke_link(self, row: ApiKey) -> Any:
        if row.revoked_at:
            return DASH
        return format_html(
            '<a class="button" href="{}">Revoke this key</a>',
            reverse("admin:accounts_apikey_revoke", args=[row.pk]),
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Who may not revoke is not offered it."""
        may = request.user.has_perm(RIGHT)
        return [name for name in super().get_fields(request, obj) if may or name != "revoke_link"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("issue/", view(self.issue_view), name="accounts_apikey_issue"),
            path("<int:key_id>/revoke/", view(self.revoke_view), name="accounts_apikey_revoke"),
            *super().get_urls(),
        ]

    def issue_view(self, request: HttpRequest) -> HttpResponse:
        """A form; its answer shows the token, once."""
        _allow(request)
        form = KeyForm(request.POST or None, initial={"account": asked_for(request)})
        if request.method == "POST" and form.is_valid():
            return _issued(self, request, form.cleaned_data)
        return form_page(
            self, request, form, "Make an API key", button="Make the key", template="admin/form_page.html"
        )

    def revoke_view(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """A reason, then the key is gone."""
        _allow(request)
        key = get_object_or_404(ApiKey, pk=key_id)
        form = Reason(request.POST or None)
        if not (request.method == "POST" and form.is_valid()):
            title = f"Revoke {key}"
            return form_page(self, request, form, title, button="Revoke it", template="admin/form_page.html")
        api_keys.revoke(key.pk, actor=person(request), reason=form.cleaned_data["reason"], now=clock.now())
        messages.success(request, f"{key} is revoked: its next request is refused.")
        return HttpResponseRedirect(reverse("admin:accounts_apikey_changelist"))


def _allow(request: HttpRequest) -> None:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)


@sensitive_variables("issued")
def _issued(this: ApiKeyAdmin, request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
    issued = api_keys.issue(**data, actor=person(request), now=clock.now())
    context = {
        **this.admin_site.each_context(request),
        "opts": this.opts,
        "title": f"API key “{issued.key.name}”",
        "key": issued.key,
        "token": issued.token,
    }
    return TemplateResponse(
        request, "admin/accounts/apikey/issued.html", context, headers={"Cache-Control": "no-store"}
    )
