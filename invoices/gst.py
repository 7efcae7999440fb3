"""GST as a rule: which taxes a supply carries, on top of a value or inside a payment. Pure.

Place of supply and registration kinds: gst reference § 6.1 (IGST Act s. 12(11), s. 7(5)(b), s. 16).
Tax inside an advance: § 4.3. Tax on a line, half up, per line: § 8.1. Set-off of vouchers: § 4.5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing_portal.money import Paise, share

RATES = (  # the first day of each rate, in basis points: every service of heading 9984 has one rate
    (date(2017, 7, 1), 1800),  # Notification 11/2017-CT(R), entry 22
)
RATE = RATES[-1][1]
WHOLE = 10_000


class Supply(StrEnum):
    INTRA = "intra"  # CGST + SGST/UTGST
    INTER = "inter"  # IGST
    ZERO = "zero"  # under a letter of undertaking: no tax


@dataclass(frozen=True)
class Tax:
    """A taxable value and the tax on it, in paise."""

    taxable: Paise
    cgst: Paise = 0
    sgst: Paise = 0
    igst: Paise = 0

    @property
    def tax(self) -> Paise:
        return self.cgst + self.sgst + self.igst

    @property
    def total(self) -> Paise:
        return self.taxable + self.tax

    def __add__(self, other: "Tax") -> "Tax":
        return Tax(
            self.taxable + other.taxable,
            self.cgst + other.cgst,
            self.sgst + other.sgst,
            self.igst + other.igst,
        )

    def __sub__(self, other: "Tax") -> "Tax":
        return self + Tax(-other.taxable, -other.cgst, -other.sgst, -other.igst)


NOTHING = Tax(0)
ALWAYS_INTER = {"sez_taxed": Supply.INTER, "export_taxed": Supply.INTER}
ZERO_RATED = {"sez_lut", "export_lut"}
ABROAD = "96"


def rate_on(day: date) -> int:
    """Return the rate of a day of supply, in basis points."""
    return [rate for first, rate in RATES if first <= day][-1]


def undertaking_holds(valid_to: date | None, day: date) -> bool:
    """Return whether a letter of undertaking holds on a day: it is given for the financial year that it ends in."""
    if valid_to is None:
        return False
    first = date(valid_to.year if valid_to.month >= 4 else valid_to.year - 1, 4, 1)
    return first <= day <= valid_to


def place_of_supply(registration: str, state: str) -> str:
    """Return the State code of the place of supply: the billing State, or 96 for an export."""
    return ABROAD if registration.startswith("export") else state


def supply(registration: str, place: str, supplier_state: str, *, letters: bool = True) -> Supply:
    """Return which taxes a supply to this kind of recipient at this place carries.

    `letters` says whether the letters hold that a zero-rated supply needs (§§ 1, 6.1): without them it is taxed.
    """
    if registration in ZERO_RATED:
        return Supply.ZERO if letters else Supply.INTER
    if registration in ALWAYS_INTER:
        return ALWAYS_INTER[registration]
    return Supply.INTRA if place == supplier_state else Supply.INTER


def treatment(place: str, kind: Supply) -> str:
    """Name the tax treatment of an advance: only vouchers of the same one may be set off."""
    return f"{place}:{kind}"


def on_top(taxable: Paise, kind: Supply, rate: int = RATE) -> Tax:
    """Return the tax of one line; CGST and SGST are rounded each, and equal."""
    if kind == Supply.ZERO:
        return Tax(taxable)
    if kind == Supply.INTER:
        return Tax(taxable, igst=share(taxable, rate, WHOLE))
    half = share(taxable, rate // 2, WHOLE)
    return Tax(taxable, cgst=half, sgst=half)


def on_lines(taxables: Sequence[Paise], kind: Supply, rate: int = RATE) -> list[Tax]:
    """Return the tax of a bill's lines; a discount is negative and never larger than what it is taken from.

    Taxes are rounded line by line, so discounts could take more tax back than there is, or leave some on nothing:
    each takes at most what is left of each tax, and the one that takes the last of the value takes all of it.
    """
    room = sum((on_top(one, kind, rate) for one in taxables if one > 0), NOTHING)
    taxed = []
    for taxable in taxables:
        value = on_top(taxable, kind, rate)
        if taxable < 0:
            taken = room if -taxable >= room.taxable else _at_most(NOTHING - value, room)
            value = Tax(taxable, -taken.cgst, -taken.sgst, -taken.igst)
            room = room - taken
        taxed.append(value)
    return taxed


def _at_most(value: Tax, left: Tax) -> Tax:
    """Return a part of what is left: its taxable value, and of each tax no more than there is."""
    return Tax(
        value.taxable, min(value.cgst, left.cgst), min(value.sgst, left.sgst), min(value.igst, left.igst)
    )


def inside(paid: Paise, kind: Supply, rate: int = RATE) -> Tax:
    """Take the tax out of an advance: tax first, the taxable value is the rest, parts add up to `paid`."""
    if kind == Supply.ZERO:
        return Tax(paid)
    if kind == Supply.INTER:
        tax = share(paid, rate, WHOLE + rate)
        return Tax(paid - tax, igst=tax)
    half = share(paid, rate // 2, WHOLE + rate)
    return Tax(paid - 2 * half, cgst=half, sgst=half)


def set_off(taxable: Paise, left: Iterable[Tax], kind: Supply, rate: int = RATE) -> list[Tax]:
    """Return how much of each voucher an invoice of this taxable value uses, in the vouchers' order.

    A voucher used up gives all of its tax, so that no paisa stays behind.
    """
    used = []
    for voucher in left:
        part = min(taxable, voucher.taxable)
        used.append(voucher if part == voucher.taxable else _at_most(on_top(part, kind, rate), voucher))
        taxable -= part
    return used


def residue(total: Paise, used: Tax, *, whole_value_used: bool, largest: Paise) -> Paise:
    """Return the round-off that makes a fully covered invoice come out at zero; 0 where it is not that."""
    rest = total - used.total
    return -rest if whole_value_used and abs(rest) <= largest else 0
