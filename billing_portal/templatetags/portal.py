"""Template words of the portal: amounts, dates, and where a page of an account is."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format

from billing_portal import money

register = template.Library()


@register.filter
def inr(amount: int | None) -> str:
    """Paise as ₹12,34,567.50; a minus is the typographic one."""
    return "" if amount is None else money.inr(amount).replace("-", "\N{MINUS SIGN}", 1)


@register.filter
def rupees(amount: int | None) -> str:
    """Paise as plain 1234567.50, for a field that people edit."""
    return "" if amount is None else money.rupees(amount)


@register.filter
def spoken(amount: int | None) -> str:
    """Paise in words, for screen readers: minus eight hundred thirty rupees."""
    if amount is None:
        return ""
    text = money.words(amount).removesuffix(" Only").lower()
    sign, _, rest = text.rpartition("rupees ")
    whole, _, paise = rest.partition(" and paise ")
    return f"{sign}{whole} rupees" + (f" and {paise} paise" if paise else "")


@register.filter
def day(value: date | datetime | str | None) -> str:
    """A legal date as 22 Nov 2026; text is read as ISO."""
    if isinstance(value, str):
        value = parse_date(value[:10])
    if isinstance(value, datetime):
        value = timezone.localdate(value)
    return date_format(value, "j M Y") if value else ""


@register.filter
def moment(value: datetime | str | None) -> str:
    """A time as 22 Nov 2026, 10:42 IST; text is read as ISO."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return f"{date_format(timezone.localtime(value), 'j M Y, H:i')} IST" if value else ""
