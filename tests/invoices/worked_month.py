"""The worked month of gst reference § 10.3, October 2026, through the real use cases: each document with its number."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from invoices import bills, credit_notes
from invoices.bills import Worth
from invoices.models import Document, NumberSeries
from tests import build
from tests.build import paise

RENTAL, CALLS = "998412", "998419"


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 6, 0, tzinfo=UTC)


END = at(10, 31)


@unit
def issued(account: Account, *worths: tuple[str, str], now: datetime = END, rounding: int = 0) -> Document:
    """A tax invoice of lines (rupees, SAC); `rounding` paise bring it to the whole rupee, as an operator may choose."""
    locked = Account.objects.lock(account.pk)
    day = clock.business_date(now)
    planned = bills.plan(locked, [Worth("Service", paise(rupees), sac) for rupees, sac in worths], on=day)
    words = {"cause": f"worked:{Document.objects.count()}", "due_on": day + timedelta(days=7), "now": now}
    return bills.bill(locked, replace(planned, rounding=planned.rounding or rounding), **words)


def begin(series: str, last: int) -> None:
    """Let a series stand at a number."""
    row, _made = NumberSeries.objects.get_or_create(series=series, year="2627")
    NumberSeries.objects.filter(pk=row.pk).update(last=last)


def customer(gstin: str = "", registration: str = "regular", state: str = "") -> Account:
    return build.account(registration=registration, state=state or gstin[:2], gstin=gstin)


def earlier() -> tuple[Account, Document, Document]:
    """September: an advance, and the two invoices that October's notes belong to."""
    begin("VI", 98)
    begin("RV", 58)
    prepaid, noted = customer("29ZZZCT0012M1ZP"), customer("29ZZZCB0002B1ZW")
    build.paid(prepaid, "5900", now=at(9, 10))
    first = issued(noted, ("2000", RENTAL), now=at(9, 12))
    second = issued(customer(registration="unregistered", state="29"), ("300", CALLS), now=at(9, 12))
    return prepaid, first, second


def october() -> None:
    """Make all of the month's documents, in the order of their numbers."""
    prepaid, first, second = earlier()
    begin("CN", 4)
    for bill, rupees in ((first, "1000"), (second, "100")):
        credit_notes.issue_note(bill.pk, paise(rupees), "Too high", token=bill.number, now=at(10, 12))
    maharashtra = customer("27ZZZCM0003C1ZM")
    private = customer(registration="unregistered", state="27")
    build.paid(maharashtra, "5900", now=at(10, 5))
    build.paid(customer("29ZZZCB0002B1ZW"), "1000", now=at(10, 5))
    build.paid(private, "11800", now=at(10, 6))

    issued(first.account, ("10000", RENTAL))
    issued(maharashtra, ("2500", RENTAL), ("8484.56", CALLS), rounding=22)
    issued(customer("29ZZZCZ0004D1Z2", "sez_lut"), ("20000", CALLS))
    issued(customer(registration="unregistered", state="29"), ("847.46", CALLS))
    issued(private, ("1000", CALLS))
    issued(customer(registration="unregistered", state="27"), ("100000", CALLS))
    issued(customer(registration="export_lut", state="96"), ("50000", CALLS))
    issued(prepaid, ("5000", CALLS))
