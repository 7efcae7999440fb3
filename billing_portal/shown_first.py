"""What an act is about to do, shown before it is done: the same form again, with a button that confirms just that."""

import hashlib
import json
from typing import NamedTuple

from django import forms
from django.http import HttpRequest, QueryDict

UNREAD = ("reason", "token")  # they change nothing of what was shown


class Part(NamedTuple):
    """One box of it: what it is about, and each value with its name."""

    title: str
    lines: list[tuple[str, object]]


def fingerprint(form: forms.BaseForm) -> str:
    """Return what the fields say, for a hidden field: what is confirmed must be what was shown."""
    sent = form.data.getlist if isinstance(form.data, QueryDict) else lambda name: [form.data.get(name, "")]
    said = {name: sent(form.add_prefix(name)) for name in form.fields if name not in UNREAD}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def is_confirmed(request: HttpRequest, form: forms.BaseForm) -> bool:
    """Whether a person said yes to what they were shown; fields that were changed since are shown again first."""
    is_same = request.POST.get("shown", "") in ("", fingerprint(form))
    return "confirm" in request.POST and is_same
