"""Staff pages of overdue cases: where each stands, and what staff may grant, hold or decide."""

import functools
import uuid
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts import approvals
from accounts.models import Approval
from billing_portal import clock, shown_first, text
from billing_portal.staff_pages import (
    ReadOnlyRows,
    ReasonField,
    amount,
    form_page,
    instead,
    link,
    linked,
    person,
    tag,
)
from credit import extensions, futures, milder_policies
from credit.admin.tools import ReasonForm, Tooled, act_page, asked
from credit.futures import Difference
from credit.models import Extension, OverdueCase, StepTaken
from invoices import write_offs
from invoices.admin import approval_queue

GRANT, DECIDE, PUBLISH = "credit.grant_extension", "credit.decide_step", "credit.publish_policy"
ASK = "accounts.request_approval"
account_link = linked("accounts_account", "account", "Account", text="ban")


class ExtensionForm(forms.Form):
    """What is granted, until when, and why."""

    kind = forms.ChoiceField(
        choices=Extension.Kind, help_text="A promise's days do not count; under a hold they do."
    )
    until_on = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}), help_text="It ends by itself."
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AskEndForm(ReasonForm):
    """Why a hold shall end before its time, for the second person."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class Steps(ReadOnlyRows):
    model = StepTaken
    verbose_name_plural = "Steps taken"
    fields = ("taken_on", "day", "action", "due_inr", "unannounced_by", "undone_at")
    readonly_fields = fields
    due_inr = amount("due", "To pay then")
    ordering = ("taken_on",)


class Extensions(ReadOnlyRows):
    model = Extension
    fields = ("kind", "from_on", "until_on", "reason", "granted_by", "approved_by", "ended_on", "ended_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("granted_by", "approval__decided_by", "ended_by")

    @admin.display(description="Approved by")
    def approved_by(self, row: Extension) -> Any:
        """The second person, beyond what a role may grant alone."""
        who = row.approval.decided_by if row.approval else None
        return link("accounts_user", who.pk, who) if who else "nobody: alone"


@admin.register(OverdueCase)
class OverdueCaseAdmin(Tooled):
    list_display = (
        "account_link",
        "due_on",
        "condition",
        "next_action",
        "next_step_on",
        "waits",
        "closed_why",
    )
    list_display_links = ("due_on",)
    list_filter = ("next_action", "waits_for", "closed_why", "due_on")
    list_select_related = ("account",)
    search_fields = ("account__ban", "account__name")
    ordering = ("next_step_on", "pk")
    fields = (
        "account_link", "policy", "due_on", "opened_on", "next_action", "next_step_on", "waits", "waits_since",
        "shields", "closed_at", "closed_why",
    )  # fmt: skip
    inlines = (Steps, Extensions)
    account_link = account_link

    @admin.display(description="State", ordering="closed_at")
    def condition(self, row: OverdueCase) -> Any:
        if row.closed_at:
            return tag("closed", "good")
        return tag("open", "bad") if row.opened_on else tag("watched")

    @admin.display(description="Waits for")
    def waits(self, row: OverdueCase) -> str:
        return row.get_waits_for_display() if row.waits_for else ""

    def tools(self, request: HttpRequest, row: OverdueCase) -> list[tuple[str, str]]:
        tools = []
        if not row.closed_at and request.user.has_perm(GRANT):
            tools.append(("Promise or hold", reverse("admin:credit_case_extend", args=[row.pk])))
            tools += [
                (
                    f"End {one.get_kind_display().lower()}",
                    reverse("admin:credit_extension_end", args=[one.pk]),
                )
                for one in row.extensions.filter(ended_on=None, until_on__gte=clock.today())
            ]
        if row.waits_for == OverdueCase.Wait.PERSON and request.user.has_perm(DECIDE):
            tools.append(("Go on without the message", reverse("admin:credit_case_decide", args=[row.pk])))
        if request.user.has_perm(PUBLISH) and milder_policies.offered(row):
            tools.append(("Apply a milder policy", reverse("admin:credit_case_policy", args=[row.pk])))
        if request.user.has_perm(ASK) and write_offs.past_due(row.account, clock.today()):
            tools.append(("Write off", reverse("admin:credit_write_off_ask", args=[row.account_id])))
        return tools

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/extend/", view(self.extend_view), name="credit_case_extend"),
            path("<int:pk>/decide/", view(self.decide_view), name="credit_case_decide"),
            path("extensions/<int:pk>/end/", view(self.end_view), name="credit_extension_end"),
            *super().get_urls(),
        ]

    def extend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Grant a promise or a hold: first what it changes, then done; beyond the role's days a second person."""
        if not request.user.has_perm(GRANT):
            raise PermissionDenied
        case = get_object_or_404(OverdueCase.objects.select_related("account"), pk=pk)
        if case.closed_at and request.method != "POST":
            page = reverse("admin:credit_overduecase_change", args=[pk])
            return instead(request, "This case is closed: there is nothing to put off.", page)
        form = ExtensionForm(request.POST or None)
        shown, confirm, most = dict[str, Any](), "Grant it", _most_days(request)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            if extensions.needs_two(case, data["until_on"], today=clock.today(), most=most):
                confirm = "Ask a second person"
            try:
                if shown_first.is_confirmed(request, form):
                    return self._grant(request, case, data)
                tried = _tried(case, data, person(request))
                shown = {"is_previewed": True, "shown": shown_first.fingerprint(form), "futures": [tried]}
            except extensions.NotPossible as error:
                form.add_error(None, str(error))
        granted = extensions.days_alone(case)
        return form_page(
            self, request, form, f"Promise or hold for {case.account.ban}",
            button="Show what it changes", confirm=confirm, template="admin/credit/extend.html",
            account=case.account, **shown,
            lead=f"You may grant up to {most} days a case alone; beyond, a second person has to approve. "
                 f"On this case {granted} days were granted alone so far.",
        )  # fmt: skip

    def _grant(self, request: HttpRequest, case: OverdueCase, data: dict[str, Any]) -> HttpResponse:
        until_on: date = data["until_on"]
        kind, now, who = Extension.Kind(data["kind"]), clock.now(), person(request)
        try:
            extensions.grant(
                case.account_id,
                kind,
                until_on,
                by=who,
                reason=data["reason"],
                now=now,
                most=_most_days(request),
            )
            messages.success(request, f"{kind.label} until {text.day(until_on)} granted.")
            return HttpResponseRedirect(reverse("admin:credit_overduecase_change", args=[case.pk]))
        except extensions.NotAlone:
            pass  # asked for below
        row = approvals.ask(
            extensions.ACTION,
            case.account,
            token=data["token"],
            payload={"kind": kind, "until_on": until_on.isoformat()},
            summary=f"{kind.label} for {case.account.ban} until {text.day(until_on)}",
            reason=data["reason"],
            by=who,
            now=now,
        )
        said, address = asked(row)
        messages.success(request, said)
        return HttpResponseRedirect(address)

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Extension, pk=pk)
        title = f"End the {row.get_kind_display().lower()}"
        if not extensions.ends_alone(row, _groups(request), is_superuser=person(request).is_superuser):
            return act_page(
                self, request, AskEndForm(request.POST or None), functools.partial(extensions.ask_end, pk),
                right=GRANT, title=title, button="Ask a second person", failures=extensions.NotPossible, done=asked,
            )  # fmt: skip
        return self._reasoned(request, row.case_id, GRANT, title, functools.partial(extensions.end, pk))

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        title, act = "Go on without the message", functools.partial(extensions.decide, pk)
        return self._reasoned(request, get_object_or_404(OverdueCase, pk=pk).pk, DECIDE, title, act)

    def _reasoned(self, request: HttpRequest, case: int, right: str, title: str, act: Any) -> HttpResponse:
        """A reason, and the act; back to the case."""
        back = reverse("admin:credit_overduecase_change", args=[case])
        return act_page(
            self, request, ReasonForm(request.POST or None), act, right=right, title=title,
            failures=extensions.NotPossible, done=lambda _made: (f"{title}: done.", back),
        )  # fmt: skip


def _tried(case: OverdueCase, data: dict[str, Any], by: Any) -> Difference:
    """Return what an extension would change of the account's future. Raises NotPossible."""
    now = clock.now()
    grant = functools.partial(
        extensions.grant, case.account_id, Extension.Kind(data["kind"]), data["until_on"],
        by=by, reason=data["reason"], now=now,
    )  # fmt: skip
    return futures.tried(case.account, grant, now=now)


def _most_days(request: HttpRequest) -> int:
    user = person(request)
    return extensions.most_days(_groups(request), is_superuser=user.is_superuser)


def _groups(request: HttpRequest) -> list[str]:
    return list(person(request).groups.values_list("name", flat=True))


def _carry_out(row: Approval) -> str:
    try:
        made = extensions.grant(
            row.account_id,
            Extension.Kind(row.payload["kind"]),
            date.fromisoformat(row.payload["until_on"]),
            by=row.requested_by,
            reason=row.reason,
            now=clock.now(),
            approval=row,
        )
    except extensions.NotPossible as error:
        raise approvals.NotAllowed(str(error)) from error
    return str(made)


def _end(row: Approval) -> str:
    try:
        made = extensions.end(
            row.payload["extension"], by=row.requested_by, reason=row.reason, now=clock.now()
        )
    except extensions.NotPossible as error:
        raise approvals.NotAllowed(str(error)) from error
    return f"{made} ended"


approval_queue.ACTIONS[extensions.ACTION] = _carry_out
approval_queue.ACTIONS[extensions.END] = _end
