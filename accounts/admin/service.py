"""Staff pages of the lines: what stands, what was ordered, and stopping an account by hand."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from accounts import levels, restrictions, service_orders, stops
from accounts.levels import Level
from accounts.models import Account, Restriction, ServiceOrder
from billing_portal import clock
from billing_portal.staff_pages import DASH, ReadOnly, ReasonField, form_page, linked, person, tag

RIGHT = "accounts.stop_account"
FREE = "active"
TONES = {"active": "good", "outbound_blocked": "warn"}
STATES: dict[str, str] = {ServiceOrder.State.CONFIRMED: "good", ServiceOrder.State.WAITING: "warn"}


def level_tag(level: str) -> Any:
    """A service level as a word in its colour."""
    return tag(Restriction.Level(level).label, TONES.get(level, "bad"))


@admin.register(ServiceOrder)
class ServiceOrderAdmin(ReadOnly):
    list_display = (
        "number",
        "account_link",
        "ordered",
        "reason",
        "condition",
        "attempts",
        "ordered_at",
        "took",
    )
    list_filter = ("state", "level", "reason")
    list_select_related = ("account",)
    search_fields = ("account__ban", "account__name")
    ordering = ("-pk",)
    fields = (*list_display, "next_attempt_at", "confirmed_at", "error")
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="Level", ordering="level")
    def ordered(self, row: ServiceOrder) -> Any:
        return level_tag(row.level)

    @admin.display(description="State", ordering="state")
    def condition(self, row: ServiceOrder) -> Any:
        if row.state == row.State.WAITING and row.attempts >= service_orders.STUCK:
            return tag("the platform does not answer", "bad")
        return tag(row.get_state_display(), STATES.get(row.state, ""))

    @admin.display(description="Took")
    def took(self, row: ServiceOrder) -> str:
        """Seconds from the order to its acknowledgement."""
        took: timedelta | None = row.confirmed_at - row.ordered_at if row.confirmed_at else None
        return DASH if took is None else f"{took.total_seconds():.0f} s"


@admin.register(Restriction)
class RestrictionAdmin(ReadOnly):
    list_display = ("account_link", "reason", "lowered", "condition", "imposed_at", "lifted_at", "note")
    list_display_links = ("reason",)
    list_filter = ("reason", "level", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("account__ban", "account__name", "note")
    ordering = ("-imposed_at", "-pk")
    fields = list_display
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="Level", ordering="level")
    def lowered(self, row: Restriction) -> Any:
        return level_tag(row.level)

    @admin.display(description="Stands", ordering="lifted_at")
    def condition(self, row: Restriction) -> Any:
        return tag("lifted") if row.lifted_at else tag("stands", "bad")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("account/<int:account_id>/", view(self.lines_view), name="accounts_account_lines"),
            *super().get_urls(),
        ]

    def lines_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """What stands on an account's lines; stop them, or free them, with a reason."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied(RIGHT)
        account = get_object_or_404(Account, pk=account_id)
        standing = restrictions.standing(account)
        form = LinesForm(request.POST or None, initial={"level": _manual(standing)})
        is_sound = request.method == "POST" and form.is_valid()
        if not (is_sound and "confirm" in request.POST):
            then = stops.would_be(account, _chosen(form)) if is_sound else None
            return form_page(
                self,
                request,
                form,
                f"Service level of {account.ban}",
                button="Show what it changes",
                then=then,
                leaves=[levels.in_words(one) for one in (account.wanted_level, then)] if then else (),
                template="admin/accounts/lines.html",
                account=account,
                standing=standing,
                orders=account.service_orders.order_by("-pk")[:5],
                is_lagging=service_orders.is_lagging(account, clock.now()),
            )
        words = {"actor": person(request), "reason": form.cleaned_data["reason"], "now": clock.now()}
        level = _chosen(form)
        account = stops.stop(account.pk, level, **words) if level else stops.free(account.pk, **words)
        now_at = Restriction.Level(account.wanted_level).label
        messages.success(request, f"{account.ban}: {now_at}. The platform is told within seconds.")
        return HttpResponseRedirect(reverse("admin:account_page", args=[account.pk]))


class LinesForm(forms.Form):
    """What staff want of the lines, and why."""

    level = forms.ChoiceField(
        label="By staff",
        choices=[(FREE, "No stop by staff"), *((one.value, one.label) for one in stops.STOPS)],
        widget=forms.RadioSelect,
    )
    reason = ReasonField()


def _chosen(form: LinesForm) -> Level | None:
    """Return the stop that a sound form asks for."""
    level = form.cleaned_data["level"]
    return None if level == FREE else Level(level)


def _manual(standing: list[Restriction]) -> str:
    return next((row.level for row in standing if row.reason == restrictions.Reason.MANUAL), FREE)
