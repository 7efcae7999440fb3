"""System check: the table of registered texts is sane, and a production instance has its own ids."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts import sms_templates, sms_text
from accounts.sms_templates import Template

DLT_ID = re.compile(r"[0-9]{19}")
SENDER = re.compile(r"[A-Z]{6}")
MOST_PARTS = 2


def problems(rows: Sequence[Template], *, site: str, operator: str) -> list[str]:
    """Return a sentence for each thing that is wrong with the table; empty when it is sane."""
    found = [f"{name}: more than one row." for name, many in _many(row.name for row in rows)]
    found += [
        f"{dlt_id}: more than one template has this id." for dlt_id, many in _many(r.dlt_id for r in rows)
    ]
    for row in rows:
        found += [f"{row.name}: {text}" for text in _row_problems(row, site, operator)]
    return found


def _many(words: Any) -> list[tuple[str, int]]:
    return [(word, count) for word, count in Counter(words).items() if count > 1]


def _row_problems(row: Template, site: str, operator: str) -> Iterator[str]:
    body = sms_templates.registered(row, site=site, operator=operator)
    fixed = body.replace(sms_text.PLACEHOLDER, "")
    if not DLT_ID.fullmatch(row.dlt_id):
        yield "its DLT id is not 19 digits."
    if body.count(sms_text.PLACEHOLDER) != len(row.variables):
        yield f"{body.count(sms_text.PLACEHOLDER)} placeholders for {len(row.variables)} variables."
    if "{" in fixed or "}" in fixed:
        yield "a brace that is no {#var#}."
    length = sms_text.septets(fixed)
    if length is None:
        yield "characters that are not in GSM-7."
    elif (parts := sms_text.parts(length + sms_text.LONGEST * len(row.variables))) > MOST_PARTS:
        yield f"up to {parts} parts; {MOST_PARTS} at most."


def own_ids(given: Mapping[str, str], rows: Sequence[Template]) -> list[str]:
    """Return what is wrong with SMS_TEMPLATE_IDS: a notice it does not know, an id of another shape, none."""
    names = {row.name for row in rows}
    found = [f"SMS_TEMPLATE_IDS has no id for {name}." for name in sorted(names - given.keys())]
    found += [
        f"SMS_TEMPLATE_IDS names {name}, which is no notice by SMS." for name in sorted(given.keys() - names)
    ]
    found += [
        f"SMS_TEMPLATE_IDS: the id of {n} is not 19 digits."
        for n, i in given.items()
        if not DLT_ID.fullmatch(i)
    ]
    return found + [f"SMS_TEMPLATE_IDS: {dlt_id} stands twice." for dlt_id, many in _many(given.values())]


@register()
def registered_texts(**_kwargs: Any) -> list[CheckMessage]:
    """System check: the sentences above as errors."""
    rows = sms_templates.TEMPLATES
    found = problems(rows, site=settings.SITE_URL, operator=settings.OPERATOR_NAME)
    found += [
        f"“{words}” is longer than a variable."
        for words in sms_templates.VOCABULARY
        if sms_text.word(words) != words
    ]
    if not SENDER.fullmatch(settings.SMS_SENDER):
        found.append("SMS_SENDER is not six capital letters.")
    if settings.PRODUCTION:
        found += own_ids(settings.SMS_TEMPLATE_IDS, rows)
    return [Error(text, id=f"accounts.E{number:03}") for number, text in enumerate(found, start=1)]
