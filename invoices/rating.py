"""Rating: pulses of a call, free units of a cycle, the value of what was used. Pure.

Unit prices are millipaise (₹0.60 = 60,000). Usage is summed first and rounded once per line, half up
(gst reference § 8.1 rule 2).
"""

from dataclasses import dataclass

from billing_portal.money import Paise, share

MILLI = 1000  # millipaise in a paisa
Millipaise = int


def pulses(seconds: int, pulse: int) -> int:
    """Return the units of a call answered for so many seconds: each started pulse counts, none answered is 0."""
    return -(-max(0, seconds) // pulse)


def allowance(free_units: int, days: int, full_days: int) -> int:
    """Return the free units of a cycle of `days` out of `full_days`, rounded up."""
    return -(-free_units * days // full_days)


@dataclass(frozen=True)
class Used:
    """Usage of one feature in one cycle at one price: units, how many of them are free, millipaise a unit."""

    units: int
    allowance: int
    unit_price: Millipaise

    @property
    def free(self) -> int:
        """Units that cost nothing; never more than were used."""
        return min(self.units, self.allowance)

    @property
    def billable(self) -> int:
        return self.units - self.free

    @property
    def gross(self) -> Paise:
        """All units at list price: this feature's part of the current usage."""
        return value(self.units, self.unit_price)

    @property
    def charge(self) -> Paise:
        """What an invoice charges: units above the allowance."""
        return value(self.billable, self.unit_price)

    @property
    def free_value(self) -> Paise:
        """The rupee value of the free units used: min(used, free) × price, so that gross − free = charge."""
        return self.gross - self.charge


def value(units: int, unit_price: Millipaise) -> Paise:
    """Return units × price, rounded half up to the paisa."""
    return share(units * unit_price, 1, MILLI)
