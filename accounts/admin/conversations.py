"""Staff pages of conversations: those that wait first, the longest waiting on top; a page to read and answer one."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timesince import timesince

from accounts import support, support_desk
from accounts.models import Conversation
from accounts.support import Said
from billing_portal import clock, typed
from billing_portal.staff_pages import DASH, ReadOnly, linked, person, tag
from billing_portal.text import plain, whole

RIGHT = "accounts.answer_conversation"
TONES: dict[str, str] = {Conversation.State.ANSWERED: "good"}
LATE_DAYS = 1  # so long a question may wait before it looks urgent


class Turn(admin.SimpleListFilter):
    """Conversations by whose turn it is."""

    title, parameter_name = "turn", "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ours", "Waits for our answer"), ("theirs", "Answered"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        state = {"ours": "open", "theirs": "answered", "closed": "closed"}.get(self.value() or "")
        return rows.filter(state=state) if state else rows


class Whose(admin.SimpleListFilter):
    """Conversations by who has taken them."""

    title, parameter_name = "taken by", "taken"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "Me"), ("nobody", "Nobody")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        if self.value() == "me":
            return rows.filter(assigned_to=person(request))
        return rows.filter(assigned_to=None) if self.value() == "nobody" else rows


class TalkForm(forms.Form):
    """What a member of staff writes, and the newest message that they have read."""

    text = typed.Lines(label="Text", strip=False, widget=forms.Textarea(attrs={"rows": 5}))
    token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def said(self) -> Said:
        return Said(self.cleaned_data["text"], self.cleaned_data["token"])


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    list_display = ("subject_line", "condition", "account_link", "opened_by", "taken", "last_message_at")
    list_filter = (Turn, Whose, "category")
    list_select_related = ("account", "opened_by", "assigned_to")
    search_fields = (
        "account__ban", "account__name", "subject", "opened_by__name", "opened_by__email", "messages__text",
    )  # fmt: skip
    search_help_text = "Account number or name, subject, person, or words of a message"
    ordering = (F("waits_since").asc(nulls_last=True), "-last_message_at", "-pk")
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="Subject", ordering="subject")
    def subject_line(self, row: Conversation) -> str:
        return plain(row.subject, 80)

    @admin.display(description="Turn", ordering="waits_since")
    def condition(self, row: Conversation) -> Any:
        """Whose turn it is; of ours, since when."""
        if row.waits_since is None:
            return tag(row.get_state_display(), TONES.get(row.state, ""))
        now = clock.now()
        is_late = (now - row.waits_since).days >= LATE_DAYS
        return tag(f"Waits {timesince(row.waits_since, now, depth=1)}", "bad" if is_late else "warn")

    @admin.display(description="Taken by", ordering="assigned_to__name")
    def taken(self, row: Conversation) -> str:
        return str(row.assigned_to) if row.assigned_to else DASH

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Read one conversation, and act on it with the right to."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Conversation.objects.select_related("account__customer", "opened_by", "assigned_to")
        found = get_object_or_404(rows, pk=whole(object_id))
        form, status = TalkForm(initial={"token": uuid.uuid4()}), 200
        if request.method == "POST":
            if not request.user.has_perm(RIGHT):
                raise PermissionDenied(RIGHT)
            form = TalkForm(request.POST)
            if self._done(request, found, form):
                return HttpResponseRedirect(reverse("admin:accounts_conversation_change", args=[found.pk]))
            status = 422
        elif request.user.has_perm(RIGHT):
            support_desk.read(found.pk, now=clock.now())
        return self._page(request, found, form, status)

    def _done(self, request: HttpRequest, found: Conversation, form: TalkForm) -> bool:
        """Do what the pressed button says; return whether it was done."""
        words: dict[str, Any] = {"actor": person(request), "now": clock.now()}
        act = next((name for name in ACTS if name in request.POST), "")
        if act:
            ACTS[act](found.pk, **words)
            return True
        if not form.is_valid():
            return False
        try:
            if "note" in request.POST:
                support_desk.note(found.pk, form.said(), **words)
                messages.success(request, "Noted. The customer does not see it.")
            else:
                support_desk.reply(found.pk, form.said(), seen=form.cleaned_data["seen"], **words)
                messages.success(request, "Answered. The customer gets a mail.")
        except support.NotUsable as error:
            form.add_error(error.field or None, str(error))
            return False
        except support_desk.Changed:
            form.add_error(None, "Something was written since you opened the page. Read it, then send again.")
            form.data = {**request.POST.dict(), "seen": str(_newest(found))}
            return False
        return True

    def _page(self, request: HttpRequest, found: Conversation, form: TalkForm, status: int) -> HttpResponse:
        if not form.is_bound:
            form.initial["seen"] = _newest(found)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": plain(found.subject, 120),
            "conversation": found,
            "account": found.account,
            "role": found.account.members.filter(user=found.opened_by).first(),
            "condition": self.condition(found),
            "thread": found.messages.select_related("author").order_by("pk"),
            "form": form,
            "may_act": request.user.has_perm(RIGHT),
        }
        return TemplateResponse(request, "admin/accounts/conversation/talk.html", context, status=status)


def _newest(found: Conversation) -> int:
    """The newest message that the customer can see: a colleague's note changes no answer."""
    return found.messages.shown().order_by("-pk").values_list("pk", flat=True)[0]


def _take(conversation_id: int, *, actor: Any, now: datetime) -> Any:
    return support_desk.assign(conversation_id, actor, actor=actor, now=now)


def _leave(conversation_id: int, *, actor: Any, now: datetime) -> Any:
    return support_desk.assign(conversation_id, None, actor=actor, now=now)


ACTS: dict[str, Callable[..., Any]] = {
    "take": _take,
    "leave": _leave,
    "close": support_desk.close,
    "reopen": support_desk.reopen,
}
