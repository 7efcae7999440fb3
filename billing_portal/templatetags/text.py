"""Template words for what other people wrote."""

from django import template

from billing_portal import text

register = template.Library()


@register.filter
def plain(value: object, limit: int) -> str:
    """What others wrote, on one line, without control and bidi characters, at most `limit` long."""
    return text.plain(value, limit)
