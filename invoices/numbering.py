"""Gapless numbers: taken in the issuing transaction under a row lock, so that a rollback gives them back.

At most 16 characters, a series per kind and financial year, the year of the Indian date (Rules 46(b),
50(b), 51(b); gst reference § 2.2).
"""

from datetime import date

from invoices.models import Document, NumberSeries

SERIES = {
    Document.Kind.INVOICE: "VI",
    Document.Kind.RECEIPT_VOUCHER: "RV",
    Document.Kind.REFUND_VOUCHER: "RF",
    Document.Kind.CREDIT_NOTE: "CN",
    Document.Kind.DEBIT_NOTE: "DN",
    Document.Kind.PAYMENT_ADVICE: "PF",  # pro-forma: a series of its own, no tax document
}


def year_code(on: date) -> str:
    """Return the financial year (1 April to 31 March) as printed in numbers: 2026-27 is 2627."""
    start = on.year if on.month >= 4 else on.year - 1
    return f"{start % 100:02}{(start + 1) % 100:02}"


def take(kind: Document.Kind, on: date) -> tuple[str, date]:
    """Take the next number of a kind, and the date it carries; see `take_many`."""
    (number,), dated = take_many(kind, on, 1)
    return number, dated


def take_many(kind: Document.Kind, on: date, count: int) -> tuple[list[str], date]:
    """Take the next `count` numbers of a kind, and the date they carry.

    The date is `on`, or the last one of the series if a later document got its number first: dates never
    go backwards along a series. Call it late: until the unit ends nobody else gets a number of this kind.
    """
    series, year = SERIES[kind], year_code(on)
    counter = NumberSeries.objects.select_for_update().filter(series=series, year=year).first()
    if counter is None:
        NumberSeries.objects.bulk_create([NumberSeries(series=series, year=year)], ignore_conflicts=True)
        counter = NumberSeries.objects.select_for_update().get(series=series, year=year)
    first = counter.last + 1
    counter.last += count
    counter.last_on = max(on, counter.last_on or on)
    counter.save(update_fields=["last", "last_on"])
    return [f"{series}/{year}/{place:06}" for place in range(first, first + count)], counter.last_on
