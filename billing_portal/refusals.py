"""What is wrong with a form, as one line for people: each field by its label, never by its name."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS


def said(form: forms.BaseForm) -> str:
    """Return every complaint of a form: `From: Enter a valid date.`"""
    return " ".join(_of(form, name, [str(text) for text in texts]) for name, texts in form.errors.items())


def _of(form: forms.BaseForm, name: str, texts: list[str]) -> str:
    text = " ".join(texts)
    return text if name == NON_FIELD_ERRORS else f"{form[name].label}: {text}"
