"""The audit chain as staff read it: who did what, from where, before and after; and a button that verifies it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from accounts import audit
from accounts.models import AuditEvent, User
from billing_portal import staff_subjects, staff_traces
from billing_portal.list_filters import worded
from billing_portal.staff_pages import DASH, ReadOnly, linked, person, tag
from billing_portal.text import plain, whole

MARK = "<!-- parts -->"
ABSENT = object()


class ActorFilter(admin.SimpleListFilter):
    """The people who did something."""

    title, parameter_name = "who", "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        actors = AuditEvent.objects.order_by().values("actor").distinct()
        people = User.objects.filter(pk__in=actors).order_by("name", "email")
        return [("none", "Nobody: a job"), *((str(one.pk), str(one)) for one in people)]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        chosen = self.value() or ""
        if chosen == "none":
            return rows.filter(actor=None)
        key = whole(chosen)
        return rows if key is None else rows.filter(actor=key)


class SectionFilter(admin.SimpleListFilter):
    """Actions by their first word: money, invoices, sign-in …"""

    title, parameter_name = "part", "part"
    PARTS = (
        ("accounts.", "Customers and people"), ("invoices.", "Invoices and prices"), ("credit.", "Credit and overdue"),
        ("payments.", "Payments and bank"), ("sign_in.", "Staff's sign-in"), ("job", "Jobs"),
    )  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.PARTS)

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        known = self.value() in dict(self.PARTS)
        return rows.filter(action__startswith=self.value()) if known else rows


class Events(ChangeList):
    """The list of events: its rows' subjects are named by one query a kind."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        _name(request, self.result_list)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "what", "actor", "account_link", "about", "why")
    csv_fields = (
        "at",
        "action",
        "actor",
        "account_link",
        "subject",
        "reason",
        "origin",
        "was",
        "became",
        "hash",
    )
    list_filter = (SectionFilter, ActorFilter, "at", ("action", worded(staff_traces.act_in_words)))
    list_select_related = ("actor", "account")
    search_fields = ("subject", "reason", "origin", "account__ban", "actor__email")
    search_help_text = "Subject, reason, from where, account number, e-mail of who did it"
    ordering = ("-pk",)
    change_list_template = "admin/accounts/auditevent/change_list.html"
    fieldsets = (
        (None, {"fields": ("at", "actor", "act", "account_link", "whom", "reason", "from_where")}),
        ("What changed", {"fields": ("difference",)}),
        ("Its place in the chain", {"fields": ("place", "previous_hash", "hash")}),
    )
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="What", ordering="action")
    def what(self, row: AuditEvent) -> str:
        return staff_traces.act_in_words(row.action)

    def get_changelist(self, request: HttpRequest, **words: Any) -> type[ChangeList]:
        return Events

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row:
            _name(request, [row])
        return row

    @admin.display(description="What")
    def act(self, row: AuditEvent) -> Any:
        return format_html("{}<small>{}</small>", staff_traces.act_in_words(row.action), row.action)

    @admin.display(description="Subject")
    def whom(self, row: AuditEvent) -> Any:
        return format_html("{}<small>{}</small>", self.about(row), row.subject)

    @admin.display(description="Subject", ordering="subject")
    def about(self, row: AuditEvent) -> Any:
        """What it was done to: its own name while it exists, else what the chain says."""
        named = getattr(row, "named", None)
        if named and named.address:
            return format_html('<a href="{}">{}</a>', named.address, named.title)
        said = staff_traces.in_words(row.subject) or row.subject.partition(":")[2]
        return named.title if named else plain(said, 40)

    @admin.display(description="Before")
    def was(self, row: AuditEvent) -> str:
        return _written(row.before)

    @admin.display(description="After")
    def became(self, row: AuditEvent) -> str:
        return _written(row.after)

    @admin.display(description="Reason", ordering="reason")
    def why(self, row: AuditEvent) -> str:
        return plain(row.reason, 80)

    @admin.display(description="From where")
    def from_where(self, row: AuditEvent) -> str:
        return row.origin or DASH

    @admin.display(description="Before and after")
    def difference(self, row: AuditEvent) -> Any:
        return table(row.before, row.after)

    @admin.display(description="Verified")
    def place(self, row: AuditEvent) -> Any:
        """This event computed again, and whether it follows the one before."""
        before = (
            AuditEvent.objects.filter(pk__lt=row.pk).order_by("-pk").values_list("hash", flat=True).first()
        )
        if row.hash != audit.digest(row):
            return tag("is not what was written", "bad")
        if row.previous_hash != (before or ""):
            return tag("does not follow the event before it", "bad")
        return tag("as written, after the event before it", "good")

    def get_urls(self) -> list[URLPattern]:
        verify = self.admin_site.admin_view(self.verify)
        return [path("verify/", verify, name="accounts_auditevent_verify"), *super().get_urls()]

    def verify(self, request: HttpRequest) -> HttpResponseBase:
        """Compute the whole chain again and show how it goes, a part at a time."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("accounts.verify_audit"):
            raise PermissionDenied("accounts.verify_audit")
        context = {**self.admin_site.each_context(request), "title": "Verify the audit chain", "mark": MARK}
        page = render_to_string("admin/accounts/auditevent/verify.html", context, request)
        return StreamingHttpResponse(_pieces(page), headers={"X-Accel-Buffering": "no"})


def _name(request: HttpRequest, rows: Any) -> None:
    named = staff_subjects.named([row.subject for row in rows], person(request).has_perm)
    for row in rows:
        row.named = named.get(row.subject)


def _written(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""


def _pieces(page: str) -> Iterator[str]:
    head, _mark, rest = page.partition(MARK)
    yield head
    count, first, newest = 0, "", ""
    for part in audit.verify():
        count, newest = count + part.count, part.head
        yield _line(part)
        if part.broken and not first:
            first = part.broken[0]
            yield _verdict("bad", "The chain is broken", f"First: {first}.", str(part.broken[0]))
    if not first:
        yield _verdict("good", "The chain holds", f"{count:,} events, each after the one before it.", newest)
    yield rest


def _line(part: audit.Part) -> str:
    state = tag(f"{len(part.broken)} broken", "bad") if part.broken else tag("as written", "good")
    return format_html("<p>{} events, nos. {} to {}: {}</p>", part.count, part.first, part.last, state)


def _verdict(tone: str, said: str, more: str, detail: str) -> str:
    link = _event_link(detail)
    return format_html(
        '<section class="module"><h2>{}</h2><p>{} {}</p></section>',
        tag(said, tone),
        more,
        link or f"Newest hash: {detail}",
    )


def _event_link(detail: str) -> str:
    number = detail.split()[1] if detail.startswith("event ") else ""
    if not number:
        return ""
    address = reverse("admin:accounts_auditevent_change", args=[number])
    return format_html('<a href="{}">See the event</a>', address)


def table(before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
    """What was and what became, a row a value; what stayed is not repeated."""
    rows = [
        (name, _shown(before.get(name, ABSENT)), _shown(after.get(name, ABSENT)))
        for name in dict.fromkeys((*before, *after))
        if before.get(name, ABSENT) != after.get(name, ABSENT)
    ]
    if not rows:
        return DASH
    cells = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows)
    return format_html(
        '<table class="difference"><thead><tr><th scope="col">Value</th><th scope="col">Before</th>'
        '<th scope="col">After</th></tr></thead><tbody>{}</tbody></table>',
        cells,
    )


def _shown(value: Any) -> Any:
    if value is ABSENT:
        return DASH
    if isinstance(value, Mapping):
        return format_html_join("", "{}: {}<br>", ((name, str(one)) for name, one in value.items()))
    if isinstance(value, list):
        return format_html_join("", "{}<br>", ((str(one),) for one in value)) or DASH
    return str(value) if value not in ("", None) else "(empty)"
