"""Tax that a customer deducts before paying: what is right to deduct, and what a certificate says. Pure.

gst reference § 11: the base is the value without GST; the customer chooses the rate; rounding to the rupee is usual, so
₹1 either way is accepted. The financial year's certificates may come until 31 May after it.
"""

import re
from datetime import date

from billing_portal.money import Paise, inr, share

WHOLE = 10_000  # basis points
TOLERANCE: Paise = 100
GST_RATE = 200  # basis points: 1 + 1, or 2 of IGST
TAN = re.compile(r"[A-Z]{4}\d{5}[A-Z]")
RATES = (100, 200, 1000)  # offered; a lower-deduction certificate may say another


class NotRight(ValueError):
    """This deduction cannot be; the message says why."""


def tan(text: str) -> str:
    """Return a TAN as it is kept. Raises NotRight."""
    found = text.strip().upper()
    if not TAN.fullmatch(found):
        raise NotRight("A TAN has four letters, five digits and a letter, like BLRA12345B.")
    return found


def deducted(base: Paise, rate: int) -> Paise:
    """Return the tax on a value without GST; the rate in basis points."""
    return share(base, rate, WHOLE)


def check(amount: Paise, base: Paise, rate: int) -> None:
    """Raise NotRight where an amount is further than ₹1 from the tax on its base."""
    right = deducted(base, rate)
    if not amount > 0 or abs(amount - right) > TOLERANCE:
        raise NotRight(
            f"On {inr(base)} without GST, {percent(rate)} is {inr(right)}; {inr(amount)} is more than ₹1 away from it."
        )


def spread(total: Paise, rights: list[Paise]) -> list[Paise]:
    """Share a typed total out over the invoices that it is of: each gets its own tax, at most ₹1 away from it.

    Raises NotRight.
    """
    rest = total - sum(rights)
    shares = []
    for right in rights:
        part = max(-TOLERANCE, min(TOLERANCE, rest))
        shares.append(right + part)
        rest -= part
    if rest:
        raise NotRight(
            f"The tax on these invoices is {inr(sum(rights))}; {inr(total)} is more than ₹1 an invoice away."
        )
    return shares


def gross_of_advance(money: Paise, rate: int, gst_rate: int) -> tuple[Paise, Paise]:
    """Return base and tax of an advance of which so much came as money: base + GST − tax = money, to the paisa.

    Both rates in basis points.
    """
    base = share(money, WHOLE, WHOLE + gst_rate - rate)
    return base, deducted(base, rate)


def quarter(day: date) -> str:
    """Return the quarter of a day in its financial year: Q1 is April to June."""
    return f"Q{(day.month - 4) % 12 // 3 + 1}"


def tax_year(day: date) -> str:
    """Return the financial year of a day as certificates print it: 2026-27."""
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first}-{(first + 1) % 100:02}"


def lapses_after(deducted_on: date) -> date:
    """Return the last day for the certificate of a deduction: 31 May after its financial year."""
    return date(deducted_on.year + (deducted_on.month >= 4), 5, 31)


def percent(rate: int) -> str:
    """Write basis points as people do: 2 %, 0.75 %."""
    return f"{rate / 100:g} %"
