"""Staff pages of archives and deletions: what each holds, what it waits for, and asking for a deletion."""

import functools
import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts import approvals
from accounts.models import Account
from billing_portal import clock, text
from billing_portal.staff_pages import ReadOnlyRows, ReasonField, file_size, linked, tag
from credit import deletion, returns
from credit.admin.tools import Tooled, act_page, asked
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
    fields = ("label", "rows", "sha256", "weight", "last_on", "moved_at", "kept_until", "gone_at")
    readonly_fields = fields
    weight = file_size("size")


@admin.register(Archive)
class ArchiveAdmin(Tooled):
    list_display = (
        "account_link",
        "condition",
        "made_at",
        "moved_at",
        "fee_link",
        "returned_at",
    )
    csv_fields = (*list_display, "asked_at", "error")
    list_display_links = ("made_at",)
    list_filter = ("state", "moved_at")
    list_select_related = ("account", "fee")
    search_fields = ("account__ban", "account__name")
    ordering = ("-made_at",)
    fields = (*csv_fields, "is_free", "destroyed_at")
    inlines = (Parts,)
    account_link = account_link
    fee_link = linked("invoices_document", "fee", "Recovery fee", text="number")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Archive) -> Any:
        tones = {"made": "warn", "moved": "bad", "returned": "good"}
        return tag(row.get_state_display(), tones.get(row.state, ""))

    def tools(self, request: HttpRequest, row: Archive) -> list[tuple[str, str]]:
        tools = []
        if returns.may_waive(row) and request.user.has_perm(WAIVE):
            tools.append(("Waive the recovery fee", reverse("admin:credit_archive_waive", args=[row.pk])))
        return tools

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/waive/", view(self.waive_view), name="credit_archive_waive"),
            *super().get_urls(),
        ]

    def waive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a second person to waive the recovery fee."""
        row = get_object_or_404(Archive.objects.select_related("account"), pk=pk)
        return _ask(self, request, WAIVE, "Waive the recovery fee", row.account, returns.ask_waiver, row.pk)


@admin.register(Deletion)
class DeletionAdmin(Tooled):
    list_display = (
        "account_link",
        "condition",
        "marked_at",
        "may_begin",
        "approval_link",
        "finished_at",
    )
    csv_fields = (*list_display, "begun_at")
    list_display_links = ("marked_at",)
    list_filter = ("marked_at", "begun_at")
    list_select_related = ("account", "approval")
    search_fields = ("account__ban", "account__name")
    ordering = ("-marked_at",)
    fields = (*csv_fields, "archive_link", "destroyed", "is_repeated", "signature")
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
        return text.day(clock.business_date(row.marked_at) + deletion.COOLING)

    @admin.display(description="Destroyed")
    def destroyed(self, row: Deletion) -> str:
        return ", ".join(f"{number} {what}" for stage in row.done.values() for what, number in stage.items())

    def tools(self, request: HttpRequest, row: Deletion) -> list[tuple[str, str]]:
        tools = []
        if not row.approval_id and not row.begun_at and request.user.has_perm(ASK):
            tools.append(("Ask for the deletion", reverse("admin:credit_deletion_ask", args=[row.pk])))
        if row.file:
            tools.append(("Certificate (PDF)", reverse("admin:credit_deletion_certificate", args=[row.pk])))
            tools.append(("Certificate (JSON)", reverse("admin:credit_deletion_signed", args=[row.pk])))
        return tools

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
        row = get_object_or_404(Deletion.objects.select_related("account"), pk=pk)
        return _ask(self, request, ASK, "Ask for the deletion", row.account, deletion.ask, row.account_id)

    def signed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The certificate as it was signed, and its signature."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied(VIEW)
        row = get_object_or_404(Deletion, pk=pk, finished_at__isnull=False)
        return JsonResponse({"certificate": row.certificate, "signature": row.signature})

    def certificate_view(self, request: HttpRequest, pk: int) -> Any:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied(VIEW)
        row = get_object_or_404(Deletion.objects.select_related("account"), pk=pk)
        if not row.file:
            raise Http404
        name = f"deletion-{row.account.ban}.pdf"
        return FileResponse(
            storages["documents"].open(row.file), content_type="application/pdf", filename=name
        )


def _ask(
    this: Any, request: HttpRequest, right: str, title: str, account: Account, ask: Any, pk: int
) -> HttpResponse:
    """A reason, and a request to a second person."""
    return act_page(
        this, request, AskForm(request.POST or None), functools.partial(ask, pk), right=right,
        title=f"{title}: {account.ban}", button=title, failures=approvals.NotAllowed, done=asked,
    )  # fmt: skip


approval_queue.ACTIONS[deletion.ACTION] = deletion.approve
approval_queue.ACTIONS[returns.WAIVER] = returns.waive
