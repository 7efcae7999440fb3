"""Staff pages of what nobody edits: ledger, messages, checks of the books."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from accounts import notices, resending
from accounts.models import Balance, BooksCheck, Entry, Line, Notice
from billing_portal import clock, nudge
from billing_portal.list_acts import do_each, with_reason
from billing_portal.list_filters import capital, worded
from billing_portal.staff_pages import ReadOnly, ReadOnlyRows, amount, export_csv, linked, person, tag

account_link = linked("accounts_account", "account", "Account", text="ban")


class LineRows(ReadOnlyRows):
    model = Line
    fields = readonly_fields = ("book", "treatment", "amount_inr", "number", "after_inr")
    amount_inr = amount("amount", "Amount")
    after_inr = amount("balance_after", "Balance after")


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ("key", "account_link", "narrative", "posted_on", "number")
    list_filter = ("posted_on",)
    list_select_related = ("account",)
    search_fields = ("key", "account__ban")
    date_hierarchy = "posted_on"
    ordering = ("-pk",)
    fields = (
        "key", "account_link", "narrative", "posted_at", "posted_on", "received_at", "number", "previous_hash", "hash",
    )  # fmt: skip
    inlines = (LineRows,)
    account_link = account_link


@admin.register(Line)
class LineAdmin(ReadOnly):
    list_display = ("entry_link", "account_link", "book", "treatment", "amount_inr", "number", "after_inr")
    list_display_links = ("book",)
    list_filter = ("book",)
    list_select_related = ("account", "entry")
    search_fields = ("entry__key", "account__ban")
    ordering = ("-pk",)
    fields = list_display
    account_link = account_link
    entry_link = linked("accounts_entry", "entry", "Entry", text="key")
    amount_inr = amount("amount", "Amount")
    after_inr = amount("balance_after", "Balance after")


@admin.register(Balance)
class BalanceAdmin(ReadOnly):
    list_display = ("account_link", "book", "treatment", "amount_inr", "lines")
    list_filter = ("book",)
    list_select_related = ("account",)
    list_display_links = None
    search_fields = ("account__ban", "account__name")
    ordering = ("account__ban", "book")
    fields = list_display
    account_link = account_link
    amount_inr = amount("amount", "Amount")


MOST_AGAIN = 50  # mails that one click sends once more
AGAIN = {  # how a message is, and by what → the list's act that sends it again, and its button
    (Notice.State.PARKED, Notice.Channel.EMAIL): ("retry", "Send again"),
    (Notice.State.PARKED, Notice.Channel.SMS): ("retry", "Send again"),
    (Notice.State.SENT, Notice.Channel.EMAIL): ("again", "Send once more"),
}


class Arrival(admin.SimpleListFilter):
    """Text messages by what the provider reported."""

    title, parameter_name = "arrival", "arrival"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("delivered", "Delivered"), ("failed", "Not delivered"), ("open", "SMS without a report")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        if self.value() == "delivered":
            return rows.exclude(delivered_at=None)
        if self.value() == "failed":
            return rows.exclude(undelivered="")
        if self.value() == "open":
            return rows.filter(channel=Notice.Channel.SMS, delivered_at=None, undelivered="")
        return rows


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = (
        "message",
        "account_link",
        "channel",
        "recipient",
        "condition",
        "arrival",
        "owed_at",
        "sent_at",
    )
    list_filter = ("state", "channel", Arrival, ("name", worded(capital)), "owed_at")
    list_select_related = ("account",)
    search_fields = ("recipient", "event", "account__ban", "subject")
    ordering = ("-owed_at", "-pk")
    actions = (export_csv, "retry", "again")
    fieldsets = (
        (None, {"fields": ("message", "account_link", "event", "channel", "recipient", "condition")}),
        ("As sent", {"fields": ("subject", "text", "sent_at", "message_id")}),
        (
            "Delivery",
            {"fields": ("arrival", "delivered_at", "owed_at", "attempts", "next_attempt_at", "error")},
        ),
    )
    account_link = account_link

    @admin.display(description="Message", ordering="name")
    def message(self, row: Notice) -> str:
        return capital(row.name)

    @admin.display(description="State", ordering="state")
    def condition(self, row: Notice) -> Any:
        return tag(row.get_state_display(), {"sent": "good", "parked": "bad"}.get(row.state, "warn"))

    @admin.display(description="Arrival", ordering="delivered_at")
    def arrival(self, row: Notice) -> Any:
        if row.delivered_at:
            return tag("Delivered", "good")
        return tag(f"Not delivered: {row.undelivered}", "bad") if row.undelivered else "–"

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.retry_notice")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        act = AGAIN.get((row.state, row.channel)) if row and self.has_retry_permission(request) else None
        return super().change_view(request, object_id, form_url, {"act": act, **(extra_context or {})})

    @admin.action(description="Send parked messages again", permissions=["retry"])
    @with_reason(
        "The messages are put back into the queue and sent within a minute, each once.",
        to=lambda row: row.state == Notice.State.PARKED,
        others="it is not parked",
    )
    def retry(self, request: HttpRequest, rows: QuerySet[Notice], reason: str) -> None:
        parked = rows.filter(state=Notice.State.PARKED)
        do_each(request, rows, parked, notices.retry, reason=reason, said="messages are in the queue again")

    @admin.action(description="Send sent mails once more", permissions=["retry"])
    @with_reason(
        "The same words go to the same address once more, as a message of their own; at most once a day.",
        to=lambda row: row.state == Notice.State.SENT and row.channel == Notice.Channel.EMAIL,
        others="only a mail that was sent is sent again",
    )
    def again(self, request: HttpRequest, rows: QuerySet[Notice], reason: str) -> None:
        sent = 0
        for row in rows[:MOST_AGAIN]:
            try:
                resending.send_again(row, reason=reason, actor=person(request), now=clock.now())
            except resending.NotPossible as error:
                messages.warning(request, str(error))
            else:
                sent += 1
        if sent:
            nudge.wake("accounts.tasks.send_notices")
            messages.success(request, f"Once more on its way: {sent} of {rows.count()}.")


@admin.register(BooksCheck)
class BooksCheckAdmin(ReadOnly):
    list_display = ("at", "outcome", "invariants", "took_ms", "started_by")
    list_select_related = ("started_by",)
    ordering = ("-at",)
    fields = ("at", "started_by", "outcome", "invariants", "took_ms", "audit_head", "report")
    change_list_template = "admin/accounts/bookscheck/change_list.html"

    @admin.display(description="Outcome", ordering="findings")
    def outcome(self, row: BooksCheck) -> Any:
        return tag(f"{row.findings} findings", "bad") if row.findings else tag("everything holds", "good")

    @admin.display(description="Milliseconds", ordering="took")
    def took_ms(self, row: BooksCheck) -> int:
        return row.took

    @admin.display(description="Report")
    def report(self, row: BooksCheck) -> Any:
        return format_html('<pre class="report" tabindex="0">{}</pre>', row.text)
