"""What an export may be asked for: each kind's parameters, checked where they come in and kept as plain text."""

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import Account
from billing_portal import clock, typed
from invoices import finding
from invoices.models import Document, Feature

LONGEST = timedelta(days=3660)


class Parameters(forms.Form):
    """Reads and checks; `parameters()` is what the export keeps."""

    def __init__(self, data: Any = None, *, account: Account | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.account = account

    def parameters(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
        }


class Day(forms.DateField):
    """A day as ISO, typed or chosen."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date", "class": "field"}, format="%Y-%m-%d")
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, **more)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if found and not 2000 <= found.year <= 2100:
            raise forms.ValidationError("Enter a day between 2000 and 2100.")
        return found


class Period(Parameters):
    """From a day to a day, both included."""

    first = Day(label="From")
    last = Day(label="To")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and not first <= last <= first + LONGEST:
            self.add_error("last", "The last day comes after the first, at most ten years later.")
        return data


class AsOf(Parameters):
    """As it stood at the end of a day."""

    as_of = Day(label="As of the end of")


class Month(Parameters):
    """A month that has begun, like 2026-10; and which of several files, where it needs more than one."""

    month = forms.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", label="Month")
    part = forms.IntegerField(min_value=1, max_value=999, required=False)

    def clean_month(self) -> str:
        month: str = self.cleaned_data["month"]
        if not "2017-07" <= month <= f"{clock.today():%Y-%m}":
            raise forms.ValidationError("Choose a month since July 2017 that has begun.")
        return month

    def parameters(self) -> dict[str, Any]:
        found = super().parameters()
        return {name: value for name, value in found.items() if value is not None}


class Usage(Period):
    """Usage records of a period, of one feature or of all."""

    feature = typed.Line(required=False, max_length=20)

    def clean_feature(self) -> str:
        feature = self.cleaned_data["feature"]
        if feature and not Feature.objects.filter(code=feature).exists():
            raise forms.ValidationError("There is no such feature.")
        return feature


class Documents(Parameters):
    """The documents list's filter."""

    q = typed.Line(label="Search", required=False, max_length=60)
    year = typed.Line(required=False, max_length=4)
    kind = typed.Line(required=False, max_length=15)
    state = typed.Line(required=False, max_length=10)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            rows = Document.objects.filter(account=self.account)
            if not finding.find(rows, finding.of(data), clock.today()).exists():
                raise forms.ValidationError("There is no document like that, so the ZIP would be empty.")
        return data

    def parameters(self) -> dict[str, Any]:
        return vars(finding.of(self.cleaned_data)).copy()


class Annex(Parameters):
    """The document whose usage is asked for."""

    number = typed.Line(label="Document", max_length=16)

    def parameters(self) -> dict[str, Any]:
        return {"document": self.found.pk, "number": self.found.number}

    def clean_number(self) -> str:
        found = Document.objects.filter(
            account=self.account, number=self.cleaned_data["number"], cycle__isnull=False
        ).first()
        if found is None:
            raise forms.ValidationError("This document bills no usage.")
        self.found = found
        return found.number
