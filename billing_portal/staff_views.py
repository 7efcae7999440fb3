"""Staff pages that belong to no list: an account's page, a look as its customer, the search. The admin guards them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from accounts import looking
from accounts.models import Account, Member
from billing_portal import account_page, clock, staff_search, timeline, typed
from billing_portal.middleware import LOOK, end
from billing_portal.staff_pages import ReasonField, form_page, person
from billing_portal.timeline import Kind, Span
from billing_portal.timeline_sources import SOURCES

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


class TimelineForm(forms.Form):
    """Which rows of the timeline, and from where on."""

    kind = forms.MultipleChoiceField(
        label="Show",
        choices=[(kind.value, timeline.LABELS[kind]) for kind in Kind],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("since", "until"):
            if data.get(name) and not FIRST_DAY <= data[name] <= LAST_DAY:
                self.add_error(name, "A day between 2000 and 2100.")
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", "The last day is before the first.")
        return data

    def clean_before(self) -> timeline.Mark | None:
        if not self.cleaned_data["before"]:
            return None
        try:
            return timeline.mark(self.cleaned_data["before"])
        except timeline.NotAMark as error:
            raise forms.ValidationError("This is no place in the timeline: begin at its top.") from error


def may(request: HttpRequest) -> Callable[[str], bool]:
    """Return whether who asks holds a right."""
    return person(request).has_perm


def account_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an account's whole story: where it stands, what waits, what may be done, and its timeline."""
    if not request.user.has_perm("accounts.view_account"):
        raise PermissionDenied("accounts.view_account")
    account = get_object_or_404(Account.objects.select_related("customer"), pk=pk)
    form = TimelineForm(request.GET)
    story = None
    if form.is_valid():
        data = form.cleaned_data
        story = timeline.read(
            account,
            SOURCES,
            may=may(request),
            kinds=[Kind(kind) for kind in data["kind"]],
            span=Span(data["since"], data["until"]),
            before=data["before"],
        )
    page = account_page.read(account, now=clock.now())
    context = {
        **admin.site.each_context(request),
        "title": f"{account.ban} {account.name}",
        "page": page,
        "tools": account_page.tools(page, may(request)),
        "waiting": account_page.waiting(account, may(request)),
        "form": form,
        "story": story,
    }
    status = 422 if story is None else 200
    return TemplateResponse(request, "admin/account.html", context, status=status)


class LookForm(forms.Form):
    """As whom, and why."""

    role = forms.ChoiceField(
        label="As",
        choices=Member.Role.choices,
        initial=Member.Role.BILLING,
        help_text="You see what this role sees. Phone numbers in call lists stay masked.",
    )
    reason = ReasonField(help_text="Kept in the audit chain with every page you see.")


def begin_look(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at an account's panel as one of its people, for half an hour, changing nothing."""
    if not request.user.has_perm(looking.RIGHT):
        raise PermissionDenied(looking.RIGHT)
    seen = get_object_or_404(Account, pk=pk)
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        role, reason = Member.Role(form.cleaned_data["role"]), form.cleaned_data["reason"]
        now = clock.now()
        try:
            look = looking.begin(seen.pk, role, by=person(request), reason=reason, now=now)
        except looking.NotPossible as error:
            form.add_error(None, str(error))
        else:
            if LOOK in request.session:
                end(request, looking.read(request.session[LOOK]), "another look", now)
            request.session[LOOK] = look.words
            return redirect("usage" if role == Member.Role.MANAGER else "overview", ban=seen.ban)
    return form_page(
        admin.site.get_model_admin(Account),
        request,
        form,
        f"See {seen.ban} as its customer",
        button="Begin to look",
        template="admin/look.html",
        seen=seen,
        minutes=looking.LASTS.seconds // 60,
    )


def end_look(request: HttpRequest) -> HttpResponse:
    """Leave a look, back to the account's page. Without one: to the first page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    words = request.session.get(LOOK)
    if not words:
        return redirect("admin:index")
    look = looking.read(words)
    end(request, look, "left", clock.now())
    return redirect("admin:account_page", look.account)


class SearchForm(forms.Form):
    """Anything that a caller, a mail or a bank statement names."""

    q = typed.Line(label="Search", max_length=staff_search.LONGEST)


def search_view(request: HttpRequest) -> HttpResponse:
    """Find rows by anything. One named whole is opened at once; else they are listed by kind.

    Asked by POST, so that no name, address or number of a customer stands in an address or a log.
    """
    form = SearchForm(request.POST if request.method == "POST" else None)
    hits: list[staff_search.Hit] = []
    if form.is_valid():
        hits = staff_search.find(form.cleaned_data["q"], may(request))
        found = staff_search.only(hits)
        if found:
            return redirect(found.address)
    context = {
        **admin.site.each_context(request),
        "title": "Search",
        "form": form,
        "asked": form.cleaned_data.get("q", "") if form.is_bound else "",
        "hits": hits,
        "most": staff_search.MOST,
    }
    return TemplateResponse(request, "admin/search.html", context, status=422 if form.errors else 200)
