"""Template words for what other people wrote."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from billing_portal import text

register = template.Library()


@register.filter
def plain(value: object, limit: int) -> str:
    """What others wrote, on one line, without control and bidi characters, at most `limit` long."""
    return text.plain(value, limit)


@register.filter
def headed(page: SafeString) -> SafeString:
    """Put a hidden word into the empty heads of a table of Django's: what its row is, and what is done to it."""
    for head, word in (('<th class="original"></th>', "Row"), ("<th></th>", "What may be done")):
        page = mark_safe(
            page.replace(head, head.replace("></", f'><span class="visually-hidden">{word}</span></'))
        )
    return page
