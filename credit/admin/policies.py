"""Staff pages of the overdue policy: its versions, the next one checked and previewed, a milder one for a case."""

import hashlib
import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html_join

from billing_portal import clock
from billing_portal.staff_pages import ReadOnly, ReasonField, form_page, person
from credit import ladder_checks, milder_policies, overdue_policies, policy_preview
from credit.admin.tools import act_page, of_future
from credit.ladder import CHOICES, Action, Step
from credit.models import OverdueCase, PolicyVersion

RIGHT = "credit.publish_policy"
LISTED = 200  # accounts that a preview names
SPARE = 3  # empty rows of the form
COLUMNS = {"day": "day", "action": "does", "notice": "says", "DELETE": "leave out"}  # the boxes have labels
NOTICES = (*ladder_checks.REMINDERS, *ladder_checks.OF_ACTION.values())


class StepForm(forms.Form):
    """One row of the ladder; its table has no labels, so each field says its own."""

    day = forms.IntegerField(min_value=0, max_value=ladder_checks.LONGEST)
    action = forms.ChoiceField(choices=[("", "–"), *CHOICES])
    notice = forms.ChoiceField(
        choices=[("", "–"), *((one, one.replace("-", " ").capitalize()) for one in NOTICES)]
    )
    channels = forms.MultipleChoiceField(
        choices=[("email", "E-mail"), ("sms", "SMS")], widget=forms.CheckboxSelectMultiple
    )


class Rows(forms.BaseFormSet):
    """The ladder's rows, with names for who does not see the table."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        row = "Empty row" if index is None else f"Row {index + 1}"
        for name, label in COLUMNS.items():
            form.fields[name].widget.attrs["aria-label"] = f"{row}: {label}"


StepFormSet = forms.formset_factory(
    StepForm, formset=Rows, extra=SPARE, can_delete=True, max_num=30, validate_max=True
)


class PublishForm(forms.Form):
    """Why, and after which version."""

    reason = ReasonField()
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


class ApplyForm(forms.Form):
    version = forms.ChoiceField(help_text="Only milder versions: each harm on the same day, later or never.")
    reason = ReasonField()

    def __init__(self, *args: Any, offered: list[PolicyVersion], **words: Any) -> None:
        super().__init__(*args, **words)
        field = self.fields["version"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.number, f"{one}: {one.reason}") for one in offered]


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnly):
    change_list_template = "admin/credit/policies.html"
    list_display = ("number", "harms", "reason", "saved_by", "saved_at", "followed_by")
    list_select_related = ("saved_by",)
    ordering = ("-number",)
    fields = ("number", "ladder", "reason", "saved_by", "saved_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        standing = Count("cases", filter=Q(cases__closed_at=None))
        return super().get_queryset(request).annotate(standing=standing)

    @admin.display(description="Harm on day")
    def harms(self, row: PolicyVersion) -> str:
        return ", ".join(
            f"{s.day}: {s.action.label.lower()}" for s in ladder_checks.read(row.steps) if s.is_harm
        )

    @admin.display(description="Standing cases")
    def followed_by(self, row: Any) -> int:
        return int(row.standing)

    @admin.display(description="Ladder")
    def ladder(self, row: PolicyVersion) -> str:
        rows = [
            (s.day, s.action.label.lower(), s.notice.replace("-", " "), " and ".join(s.channels))
            for s in ladder_checks.read(row.steps)
        ]
        return format_html_join("", "Day {}: {}, says “{}” by {}<br>", rows)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("publish/", view(self.publish_view), name="credit_policy_publish"),
            path("apply/<int:pk>/", view(self.apply_view), name="credit_case_policy"),
            *super().get_urls(),
        ]

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """Write the next version: rows checked, then whom it would move, then published just as it was previewed."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied(RIGHT)
        now, posted = clock.now(), request.POST or None
        newest = overdue_policies.current(now=now)
        form = PublishForm(posted, initial={"after": newest.number})
        rows = StepFormSet(
            posted, initial=None if posted else newest.steps
        )  # else an unchanged row seems empty
        steps = _read(form, rows) if request.method == "POST" else None
        shown: dict[str, Any] = {}
        if steps is not None and form.is_valid():
            seen = _digest(steps)
            if request.POST.get("confirm") == seen:
                answer = self._publish(request, form, [step for _form, step in steps])
                if answer:
                    return answer
            else:
                shown = {"seen": seen, **_moved([step for _form, step in steps])}
        return form_page(
            self, request, form, "Next version of the policy", button="Check it and show whom it moves",
            template="admin/credit/policy.html", rows=rows, newest=newest, **shown,
        )  # fmt: skip

    def _publish(self, request: HttpRequest, form: PublishForm, steps: list[Step]) -> HttpResponse | None:
        try:
            made = overdue_policies.publish(
                steps, actor=person(request), now=clock.now(), **form.cleaned_data
            )
        except (overdue_policies.NotSane, overdue_policies.Superseded) as error:
            form.add_error(None, f"{error} Begin again from the newest.")
            return None
        messages.success(request, f"{made} is published: cases that begin from now on follow it.")
        return HttpResponseRedirect(reverse("admin:credit_policyversion_change", args=[made.pk]))

    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let an open case follow a milder version: first what it changes, then done."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied(RIGHT)
        case = get_object_or_404(OverdueCase.objects.select_related("account", "policy"), pk=pk)
        form = ApplyForm(request.POST or None, offered=milder_policies.offered(case))

        def apply(*, version: str, **words: Any) -> OverdueCase:
            return milder_policies.apply(pk, int(version), **words)

        back = reverse("admin:credit_overduecase_change", args=[pk])
        return act_page(
            self, request, form, apply, right=RIGHT, title=f"Apply a milder policy to {case.account.ban}",
            failures=milder_policies.NotPossible, preview=of_future(case.account, apply), button="Apply it",
            template="admin/credit/extend.html", lead=f"The case follows {case.policy} now.",
            done=lambda made: (f"{case.account.ban} follows version {made.policy.number} now.", back),
        )  # fmt: skip


Filled = list[tuple[forms.Form, Step]]


def _read(form: forms.Form, rows: Any) -> Filled | None:
    """Return the rows that were filled in with their forms, by day; None where one is refused: the form says which."""
    if rows.is_valid():
        steps = _steps(rows)
        return steps if _checked(form, steps) else None
    for place, row in enumerate(rows.errors, start=1):
        for field, texts in row.items():
            form.add_error(None, f"Row {place}, {field}: {' '.join(texts)}")
    for text in rows.non_form_errors():
        form.add_error(None, text)
    return None


def _steps(rows: Any) -> Filled:
    filled = [one for one in rows if one.cleaned_data.get("action") and not one.cleaned_data.get("DELETE")]
    return sorted(((one, _step(one.cleaned_data)) for one in filled), key=lambda pair: pair[1].day)


def _step(words: dict[str, Any]) -> Step:
    return Step(words["day"], Action(words["action"]), words["notice"], tuple(words["channels"]))


def _checked(form: forms.Form, steps: Filled) -> bool:
    """Mark each thing that is not sane at its row and field; return whether all is well."""
    found = ladder_checks.placed([step for _form, step in steps])
    for one in found:
        if steps:
            steps[one.place][0].add_error(one.field, one.text)
        form.add_error(None, one.text)
    return not found


def _moved(steps: list[Step]) -> dict[str, Any]:
    moved = policy_preview.of(steps, clock.today())
    return {"is_previewed": True, "count": len(moved), "moved": moved[:LISTED]}


def _digest(steps: Filled) -> str:
    """Name what was previewed: only this is published."""
    rows = ladder_checks.written([step for _form, step in steps])
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
