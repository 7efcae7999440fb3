"""Fields for what people type: one line, or a text of many lines. The rule of both stands in text.py."""

from typing import Any

from django import forms

from billing_portal import text


def visible(value: str) -> None:
    """Refuse invisible characters. Django refuses NUL by itself, in words of its own."""
    if "\0" not in value and text.has_hidden(value):
        raise forms.ValidationError(text.HIDDEN, code="hidden")


class Line(forms.CharField):
    """One line: its line breaks are blanks, and invisible characters are refused."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.validators.append(visible)

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class Lines(forms.CharField):
    """A text of many lines, which loses what nobody can see. Its length counts as it is kept."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return text.lines(super().to_python(value) or "")
