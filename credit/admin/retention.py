"""Staff pages of archives and deletions: what each holds, what it waits for, and asking for a deletion."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts import approvals
from billing_portal import clock
from billing_portal.staff_pages import ReadOnly, ReadOnlyRows, ReasonField, form_page, linked, person, tag
from credit import deletion, returns
from credit.models import Archive, ArchivePart, Deletion
from invoices.admin import approval_queue

ASK, WAIVE = "credit.request_deletion", "accounts.request_approval"
VIEW = "credit.view_deletion"
account_link = linked("accounts_account", "account", "Account", text="ban")


class AskForm(forms.Form):
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class Parts(ReadOnlyRows):
    model = ArchivePart
    fields = ("label", "rows", "sha256", "size", "last_on", "moved_at", "kept_until", "gone_at")
    readonly_fields = fields


@admin.register(Archive)
class ArchiveAdmin(ReadOnly):
    change_form_template = "admin/credit/tools.html"
    list_display = (
        "account_link",
        "condition",
        "made_at",
        "moved_at",
        "asked_at",
        "fee_link",
        "returned_at",
        "error",
    )
    list_display_links = ("made_at",)
    list_filter = ("state", "moved_at")
    list_select_related = ("account", "fee")
    search_fields = ("account__ban", "account__name")
    ordering = ("-made_at",)
    fields = (*list_display, "is_free", "destroyed_at")
    inlines = (Parts,)
    account_link = account_link
    fee_link = linked("invoices_document", "fee", "Recovery fee", text="number")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Archive) -> Any:
        tones = {"made": "warn", "moved": "bad", "returned": "good"}
        return tag(row.get_state_display(), tones.get(row.state, ""))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = get_object_or_404(Archive, pk=object_id)
        tools = []
        if returns.may_waive(row) and request.user.has_perm(WAIVE):
            tools.append(("Waive the recovery fee", reverse("admin:credit_archive_waive", args=[row.pk])))
        return super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/waive/", view(self.waive_view), name="credit_archive_waive"),
            *super().get_urls(),
        ]

    def waive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a second person to waive the recovery fee."""
        if not request.user.has_perm(WAIVE):
            raise PermissionDenied
        row = get_object_or_404(Archive.objects.select_related("account"), pk=pk)
        return _ask(self, request, "Waive the recovery fee", row.account, returns.ask_waiver, row.pk)


@admin.register(Deletion)
class DeletionAdmin(ReadOnly):
    change_form_template = "admin/credit/tools.html"
    list_display = (
        "account_link",
        "condition",
        "marked_at",
        "may_begin",
        "approval_link",
        "begun_at",
        "finished_at",
    )
    list_display_links = ("marked_at",)
    list_filter = ("marked_at", "begun_at")
    list_select_related = ("account", "approval")
    search_fields = ("account__ban", "account__name")
    ordering = ("-marked_at",)
    fields = (*list_display, "archive_link", "destroyed", "is_repeated", "signature")
    account_link = account_link
    approval_link = linked("accounts_approval", "approval", "Approved", text="summary")
    archive_link = linked("credit_archive", "archive", "Archive")

    @admin.display(description="State")
    def condition(self, row: Deletion) -> Any:
        if row.finished_at:
            return tag("deleted")
        if row.begun_at:
            return tag("being deleted", "bad")
        return tag("approved", "warn") if row.approval_id else tag("waits for a second person", "warn")

    @admin.display(description="May begin from")
    def may_begin(self, row: Deletion) -> Any:
        return clock.business_date(row.marked_at + deletion.COOLING)

    @admin.display(description="Destroyed")
    def destroyed(self, row: Deletion) -> str:
        return ", ".join(f"{number} {what}" for stage in row.done.values() for what, number in stage.items())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = get_object_or_404(Deletion, pk=object_id)
        tools = []
        if not row.approval_id and not row.begun_at and request.user.has_perm(ASK):
            tools.append(("Ask for the deletion", reverse("admin:credit_deletion_ask", args=[row.pk])))
        if row.file:
            tools.append(("Certificate (PDF)", reverse("admin:credit_deletion_certificate", args=[row.pk])))
            tools.append(("Certificate (JSON)", reverse("admin:credit_deletion_signed", args=[row.pk])))
        return super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/ask/", view(self.ask_view), name="credit_deletion_ask"),
            path("<int:pk>/certificate/", view(self.certificate_view), name="credit_deletion_certificate"),
            path("<int:pk>/certificate.json", view(self.signed_view), name="credit_deletion_signed"),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a second person to approve the deletion of a marked account."""
        if not request.user.has_perm(ASK):
            raise PermissionDenied
        row = get_object_or_404(Deletion.objects.select_related("account"), pk=pk)
        return _ask(self, request, "Ask for the deletion", row.account, deletion.ask, row.account_id)

    def signed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The certificate as it was signed, and its signature."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        row = get_object_or_404(Deletion, pk=pk, finished_at__isnull=False)
        return JsonResponse({"certificate": row.certificate, "signature": row.signature})

    def certificate_view(self, request: HttpRequest, pk: int) -> Any:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        row = get_object_or_404(Deletion.objects.select_related("account"), pk=pk)
        if not row.file:
            raise Http404
        name = f"deletion-{row.account.ban}.pdf"
        return FileResponse(
            storages["documents"].open(row.file), content_type="application/pdf", filename=name
        )


def _ask(this: Any, request: HttpRequest, title: str, account: Any, ask: Any, pk: int) -> HttpResponse:
    """A reason, and a request to a second person."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = ask(pk, by=person(request), now=clock.now(), **form.cleaned_data)
        except approvals.NotAllowed as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Asked for. A second person finds it in the queue of approvals.")
            return HttpResponseRedirect(reverse("admin:accounts_approval_change", args=[row.pk]))
    return form_page(
        this, request, form, f"{title}: {account.ban}", button=title, template="admin/form_page.html"
    )


approval_queue.ACTIONS[deletion.ACTION] = deletion.approve
approval_queue.ACTIONS[returns.WAIVER] = returns.waive
