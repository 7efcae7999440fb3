"""Template words for what other people wrote."""

from django import template

from billing_portal import text

register = template.Library()


@register.filter
def plain(value: object, limit: int) -> str:
    """What others wrote, on one line, without control and bidi characters, at most `limit` long."""
    return text.plain(value, limit)


HEADS = {
    '<th class="original"></th>': '<th class="original"><span class="visually-hidden">Row</span></th>',
    "<th></th>": '<th><span class="visually-hidden">What may be done</span></th>',
}


@register.filter
def headed(page: str) -> str:
    """Put a hidden word into the empty heads of a table of Django's; for {% filter %}, over a page that is escaped."""
    for head, word in HEADS.items():
        page = page.replace(head, word)
    return page
