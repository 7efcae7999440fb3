"""Template words of the portal: amounts, dates, and where a page of an account is."""

import functools
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.conf import settings
from django.template import loader
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join

from accounts import devices
from accounts.models import Account
from billing_portal import money, origin, refusals, text
from billing_portal.charts import Chart
from credit.exposure import Exposure
from invoices import bill_plan, standing, usage_list
from invoices.models import Document, UsageRecord
from payments import auto_pay_page, auto_pay_settings, debit_page
from payments.models import Refund, TaxDeducted

register = template.Library()
register.filter("device", devices.label)
register.filter("rough", origin.rough)  # an address without its house
register.filter("plain", text.plain)  # what other people wrote, on one line, without hidden characters


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
    spelled = money.words(amount).removesuffix(" Only").lower()
    sign, _, rest = spelled.rpartition("rupees ")
    whole, _, paise = rest.partition(" and paise ")
    return f"{sign}{whole} {'rupee' if whole == 'one' else 'rupees'}" + (
        f" and {paise} paise" if paise else ""
    )


@register.inclusion_tag("payments/parts/top_up_switch.html", takes_context=True)
def top_up_switch(context: template.Context) -> dict[str, Any]:
    """Whether an account tops itself up, and the button that turns it. Two queries."""
    account = context["account"]
    return {
        "account": account,
        "is_on": auto_pay_settings.of(account).when_low,
        "mandate": auto_pay_page.standing(account),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def bars(chart: Chart) -> str:
    """The bars of a chart as SVG, each with its title; a template would take ten times as long for so many."""
    shape = '<rect class="s{}" x="{}%" y="{}%" width="{}%" height="{}%"><title>{}</title></rect>'
    rows = ((bar.series, bar.x, bar.y, bar.width, bar.height, bar.label) for bar in chart.bars)
    return format_html_join("", shape, rows)


@register.simple_tag
def balance(amount: int) -> str:
    """A balance as figures, and in words for screen readers: many of them pass over a minus."""
    if amount >= 0:
        return inr(amount)
    return format_html(
        '<span aria-hidden="true">{}</span><span class="hush">{}</span>', inr(amount), spoken(amount)
    )


@register.simple_tag
def balance_tag(money: Exposure) -> str:
    """A balance in a word: what is owed is billed; usage beyond the prepaid money becomes due with the next bill."""
    word, tone = "Settled", ""
    if money.balance > 0:
        word, tone = "In credit", "good"
    elif money.balance < 0:
        word, tone = ("You owe", "bad") if money.outstanding else ("Used, not billed yet", "warn")
    return format_html('<span class="tag {}">{}</span>', tone, word)


@register.filter
def holding(places: Iterable[Any], asked: str) -> list[Any]:
    """The accounts whose number or name holds what was asked; all for nothing."""
    words = asked.casefold().split()
    return [
        place
        for place in places
        if all(word in f"{place.account.ban} {place.account.name}".casefold() for word in words)
    ]


@register.filter
def units(count: int | str | None) -> str:
    """A count of units as 1,00,000; what is no number stays as it is."""
    return money.grouped(count) if isinstance(count, int) else str(count or "")


@register.filter
def said(form: forms.BaseForm) -> str:
    """What is wrong with a form, each field by its label."""
    return refusals.said(form)


@register.filter
def day(value: date | datetime | str | None) -> str:
    """A legal date as 22 Nov 2026; text is read as ISO."""
    if isinstance(value, str):
        value = parse_date(value[:10])
    if isinstance(value, datetime):
        value = timezone.localdate(value)
    return text.day(value) if value else ""


@register.filter
def moment(value: datetime | str | None) -> str:
    """A time as 22 Nov 2026, 10:42 IST; text is read as ISO."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return f"{date_format(timezone.localtime(value), 'j M Y, H:i')} IST" if value else ""


@register.filter
def signed(amount: int | None) -> str:
    """Paise with their sign always shown: +₹1,271.18 or −₹830.00; zero has none."""
    return f"+{inr(amount)}" if amount and amount > 0 else inr(amount)


@register.filter
def points(value: int) -> str:
    """Percentage points of a factor with their sign: +5 points or −15 points."""
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{abs(value)} points"


@register.filter
def hour(value: datetime | None) -> str:
    """A time as 10:42:05, in India."""
    return date_format(timezone.localtime(value), "H:i:s") if value else ""


@register.filter
def unit_price(millipaise: int) -> str:
    """A price of a unit as ₹0.60, or ₹0.0375."""
    return bill_plan.unit_price(millipaise)


@register.filter
def percent(basis_points: int | None) -> str:
    """1000 basis points as 10 %."""
    return f"{(basis_points or 0) / 100:g} %"


@register.filter
def masked(number: str) -> str:
    """A phone number with its last digits only."""
    return usage_list.masked(number)


@register.filter
def duration(record: UsageRecord) -> str:
    """How long a call was answered, as 2:05."""
    return usage_list.duration(record)


@register.filter
def list_price(record: UsageRecord) -> str:
    """What a record is worth at list price, with all its places."""
    return bill_plan.unit_price(record.units * (record.unit_price or 0))


@register.simple_tag
@functools.cache
def icon(name: str) -> str:
    """A picture of templates/icons, beside a word that says the same; read once a process."""
    return loader.get_template(f"icons/{name}.svg").render()


@register.simple_tag
def operator_name() -> str:
    """The operator's name, for pages that are rendered without a request."""
    return settings.OPERATOR_NAME


@register.simple_tag
def support_address() -> str:
    """Where to ask for help, for pages that are rendered without a request."""
    return settings.SUPPORT_EMAIL


@register.inclusion_tag("payments/parts/coming_debit.html")
def coming_debit(account: Account) -> dict[str, object]:
    """What auto-pay takes next of an account. One query without auto-pay, three with."""
    return {"account": account, "row": debit_page.coming(account)}


@register.inclusion_tag("payments/parts/tds_of.html")
def tds_of(document: Document) -> dict[str, object]:
    """Tax that was deducted of a bill, with the state of its certificate. One query for a bill."""
    standing = (TaxDeducted.State.OPEN, TaxDeducted.State.CERTIFIED, TaxDeducted.State.LAPSED)
    rows = document.taxes_deducted.filter(state__in=standing).order_by("pk")
    return {"taxes": rows if document.is_bill else ()}


@register.simple_tag
def refunds_for_two() -> int:
    """How many refunds of money that is in no account's books wait for a second person. One query."""
    return Refund.objects.filter(status=Refund.Status.WAITING).count()


@register.inclusion_tag("parts/standing.html")
def document_state(document: Document, today: date) -> dict[str, object]:
    """The tag that says how a document stands."""
    return {"document": document, "standing": standing.of(document, today)}
