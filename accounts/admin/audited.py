"""Rows that staff edit: each change asks for a reason, refuses to undo a colleague's, and joins the audit chain."""

import copy
import hashlib
import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model
from django.forms.utils import pretty_name
from django.http import HttpRequest

from accounts import audit
from accounts.models import Account
from billing_portal import clock, typed
from billing_portal.staff_pages import Listed, person, refuse_hidden

WHY = ("Why", {"fields": ("reason", "seen")})


class AuditedForm(forms.ModelForm):
    """A reason, and what the row looked like when the page was opened."""

    reason = typed.Lines(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the audit chain with the change.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "seen" in self.fields:
            self.initial["seen"] = looks(self.instance)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        refuse_hidden(self)
        fresh = (
            type(self.instance)._default_manager.filter(pk=self.instance.pk).first()
            if self.instance.pk
            else None
        )
        if fresh and self.data.get("seen") != looks(fresh):
            self.add_error(
                None, "Somebody changed this since you opened it. Open the page again and look first."
            )
        return data


def looks(row: Model) -> str:
    """Return a fingerprint of what people may edit of a row."""
    words = [str(field.value_from_object(row)) for field in row._meta.fields if field.editable]
    words += held(row).values()
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]


def held(row: Model) -> dict[str, str]:
    """Return what a stored row is joined to by hand, such as the groups of a person, by field."""
    return {
        field.name: ", ".join(sorted(str(one) for one in getattr(row, field.name).all()))
        for field in row._meta.many_to_many
        if field.editable and row.pk
    }


class Choice(AutocompleteSelect):
    """A choice that is searched, with a name for who hears it while nothing is chosen."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: Any = None) -> dict[str, Any]:
        named = {"data-placeholder": f"Choose a {self.field.verbose_name}"}
        return super().build_attrs(base_attrs, extra_attrs) | named


def _searched(this: Any, db_field: Any, words: dict[str, Any]) -> dict[str, Any]:
    """Return a foreign key's words for its form field: searched where the admin says so."""
    if db_field.name in this.autocomplete_fields:
        words.setdefault("widget", Choice(db_field, this.admin_site, using=words.get("using")))
    return words


class Audited(Listed):
    """A row with its inline rows; every write is recorded with before, after and the reason."""

    form = AuditedForm

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **_searched(self, db_field, words))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = list(super().get_fieldsets(request, obj))
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*shown, WHY] if may else shown

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        names = set(form.changed_data) - set(WHY[1]["fields"])
        request.is_unchanged = not (  # type: ignore[attr-defined]
            add or names or any(one.has_changed() for one in formsets)
        )
        return super().construct_change_message(request, form, formsets, add)

    def message_user(
        self, request: HttpRequest, message: Any, level: int | str = messages.INFO, *args: Any, **words: Any
    ) -> None:
        """Say of a save that changed nothing that it did not, in place of Django's "changed successfully"."""
        if getattr(request, "is_unchanged", False):
            message, level = "Nothing was changed.", messages.INFO
        super().message_user(request, message, level, *args, **words)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        changed = [name for name in form.changed_data if name in _columns(obj)]
        old = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        if change and isinstance(obj, Account):
            Account.objects.lock(obj.pk)  # first lock of the unit; only what was edited is written
        if change and changed:
            obj.save(update_fields=changed)
        elif not change:
            obj.save()
        if changed or not change:
            record(
                request, form, obj, "change" if change else "add", values(old, changed), values(obj, changed)
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = held(form.instance)
        super().save_related(request, form, formsets, change)
        after = held(form.instance)
        names = [name for name in after if before[name] != after[name]]
        if names:
            words = [{name: one[name] for name in names} for one in (before, after)]
            record(request, form, form.instance, "change", *words)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        owner = form.instance
        gone = [row.instance for row in formset.deleted_forms if row.instance.pk]
        deleted = [(copy.copy(row), values(row)) for row in gone]  # deleting takes its key away
        formset.save()
        for row in formset.new_objects:
            record(request, form, row, "add", {}, values(row), owner=owner)
        for row, names in formset.changed_objects:
            before = next(f for f in formset.initial_forms if f.instance.pk == row.pk).initial
            record(
                request,
                form,
                row,
                "change",
                {n: str(before.get(n)) for n in names},
                values(row, names),
                owner=owner,
            )
        for row, before in deleted:
            record(request, form, row, "delete", before, {}, owner=owner)


def record(
    request: HttpRequest,
    form: Any,
    row: Model,
    act: str,
    before: dict,
    after: dict,
    *,
    owner: Model | None = None,
) -> None:
    """Append one change of a row to the audit chain."""
    whose = owner or row
    audit.record(
        f"{row._meta.app_label}.{row._meta.model_name}.{act}",
        actor=person(request),
        subject=f"{row._meta.model_name}:{getattr(row, 'ban', None) or row.pk}"[:80],
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        account=whose if isinstance(whose, Account) else None,
        before=before,
        after=after,
    )


def values(row: Model | None, names: list[str] | None = None) -> dict[str, str]:
    """Return a row's values as the chain keeps them, all editable ones or those named."""
    if row is None:
        return {}
    fields = [
        f
        for f in row._meta.fields
        if (f.name in names if names is not None else f.editable and not f.primary_key)
    ]
    return {field.name: str(field.value_from_object(row)) for field in fields}


def _columns(row: Model) -> set[str]:
    return {field.name for field in row._meta.fields}


class RowForm(forms.ModelForm):
    """One of those rows."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        refuse_hidden(self)
        return data


class AuditedFormSet(forms.BaseInlineFormSet):
    """Their fields, each with a name for who does not see the table's heads."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        row = "a new row" if index is None else f"row {index + 1}"
        for name, field in form.fields.items():
            field.widget.attrs.setdefault("aria-label", f"{field.label or pretty_name(name)}, {row}")


class AuditedRows(admin.TabularInline):
    """Rows edited on the page of the row they belong to, under its reason."""

    template = "admin/accounts/rows_edited.html"
    form = RowForm
    formset = AuditedFormSet
    extra = 0

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **_searched(self, db_field, words))
