"""Staff pages of the billing run: who is billed when, who is parked and why, and what each day's run has done."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import JobRun
from billing_portal import clock
from billing_portal.list_acts import with_reason
from billing_portal.money import grouped
from billing_portal.staff_pages import DASH, ReadOnly, export_csv, linked, person, tag
from billing_portal.text import plain
from invoices import billing_job
from invoices.admin import account_plan, extras, unrated
from invoices.cycle_facts import UNRATED
from invoices.models import Subscription

INVOICE_DAYS = 30  # after the service, Rule 47
COUNTED = (("invoices", "invoices"), ("without_invoice", "cycles without one"), ("failed", "failed"))


class Condition(admin.SimpleListFilter):
    """How billing an account fares."""

    title = "billing"
    parameter_name = "billing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("parked", "Parked"), ("failing", "To be tried again"), ("due", "Due")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "parked":
                return queryset.filter(is_parked=True)
            case "failing":
                return queryset.filter(is_parked=False, attempts__gt=0)
            case "due":
                return queryset.to_bill(clock.today(), clock.now())  # type: ignore[attr-defined]
        return queryset


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    change_form_template = "admin/invoices/subscription/change_form.html"
    list_display = ("account_link", "plan", "next_plan", "bill_on", "condition", "reason", "attempts")
    list_display_links = ("plan",)
    list_filter = (Condition, "plan")
    list_select_related = ("account", "plan", "next_plan")
    search_fields = ("account__ban", "account__name")
    ordering = ("-is_parked", "bill_on", "pk")
    actions = (export_csv, "bill_again")
    fieldsets = (
        (None, {"fields": ("account_link", "plan", "next_plan", "anchor_day", "started_on", "ended_on")}),
        ("Billing", {"fields": ("bill_on", "condition", "reason", "attempts", "next_attempt_at")}),
    )
    account_link = linked("accounts_account", "account", "Account", text="ban")

    def get_urls(self) -> list[Any]:
        return [*account_plan.urls(self), *extras.urls(self), *unrated.urls(self), *super().get_urls()]

    @admin.display(description="Billing", ordering="is_parked")
    def condition(self, row: Subscription) -> Any:
        if row.is_parked:
            return tag("parked: needs a person", "bad")
        if row.attempts:
            return tag("failed, tried again", "warn")
        return tag("ended") if row.ended_on else tag("in order", "good")

    @admin.display(description="Reason", ordering="error")
    def reason(self, row: Subscription) -> str:
        words = plain(row.error, 300)
        if row.is_parked and words.startswith(UNRATED):
            page = reverse("admin:invoices_account_unrated", args=[row.account_id])
            return format_html('<a href="{}">{}</a>', page, words)
        return words or DASH

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("invoices.manage_subscription")

    @admin.action(description="Bill again", permissions=["retry"])
    @with_reason(
        "The billing run takes these accounts again, within ten minutes. What stood in the way should be mended first.",
        to=lambda row: row.is_parked,
        others="it is not parked",
    )
    def bill_again(self, request: HttpRequest, rows: QuerySet[Subscription], reason: str) -> None:
        parked = list(rows.filter(is_parked=True).select_related("account"))
        accounts = list(rows.values_list("account", flat=True))
        words: dict[str, Any] = {"reason": reason, "actor": person(request), "now": clock.now()}
        again = sum(billing_job.bill_again(pk, **words) for pk in accounts)
        messages.success(
            request, f"{again} of {len(accounts)} accounts are in the run again, within ten minutes."
        )
        late = [row.account.ban for row in parked if (clock.today() - row.bill_on).days >= INVOICE_DAYS]
        if late:
            messages.warning(
                request,
                f"The cycle of {', '.join(late[:20])}{' …' if late[20:] else ''} ended more than {INVOICE_DAYS} days "
                "ago: Rule 47 wants the invoice within them. The tax is due as of the end of the service, with "
                "interest; tell finance.",
            )


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    list_display = ("job", "business_date", "condition", "done", "started_at", "finished_at")
    list_filter = ("job", "business_date")
    ordering = ("-business_date", "job")
    fields = list_display

    @admin.display(description="State", ordering="finished_at")
    def condition(self, row: JobRun) -> Any:
        return tag("finished", "good") if row.finished_at else tag("running", "warn")

    @admin.display(description="Done")
    def done(self, row: JobRun) -> str:
        known = dict(COUNTED)
        words = [f"{grouped(number)} {known.get(name, name)}" for name, number in sorted(row.counts.items())]
        return ", ".join(words) or DASH
