"""A month of documents and advances, and what GSTR-1 and GSTR-3B make of it (gst reference §§ 10.1, 10.4). Pure.

A document belongs to the month of its date, an advance to the month of its receipt. Amounts are paise.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from billing_portal.money import Paise
from invoices.gst import Supply, Tax
from invoices.gstr import HSN_B2B, NEGATIVE_11A, OF_SUPPLIES, Advance, Paper, Run, Section, section, total

Row = tuple[bool, str, int]  # inter-State?, place of supply, rate
Code = tuple[str, int]  # SAC, rate
Key = TypeVar("Key", bound=Any)


@dataclass(frozen=True)
class Gstr3b:
    """What GSTR-3B says: 3.1(a), 3.1(b), and 3.2 by State."""

    taxable: Tax
    zero_rated: Tax
    to_unregistered: Mapping[str, Tax]


@dataclass(frozen=True)
class Month:
    """All facts of one month and one GSTIN, and what the returns make of them."""

    first: date
    gstin: str
    papers: tuple[Paper, ...]
    advances: tuple[Advance, ...]
    runs: tuple[Run, ...]
    refunds: str = NEGATIVE_11A

    @property
    def last(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @cached_property
    def by_section(self) -> dict[Section, list[Paper]]:
        found: dict[Section, list[Paper]] = {one: [] for one in OF_SUPPLIES}
        for paper in self.papers:
            found[section(paper)].append(paper)
        return found

    @cached_property
    def b2cs(self) -> dict[Row, Tax]:
        """Table 7: one row a place and rate, net of notes."""
        rows = (
            ((paper.supply == Supply.INTER, paper.place, item.rate), item.value, paper.sign)
            for paper in self.by_section[Section.B2CS]
            for item in paper.items
        )
        return _summed(rows)

    @cached_property
    def received(self) -> list[tuple[Advance, int]]:
        """Table 11A: what came in, less what was invoiced in the same month, less refunds; with its sign."""
        return [
            (one, -1 if one.is_use or one.is_refund else 1)
            for one in self.taxed_advances
            if (
                one.received_on >= self.first
                if one.is_use
                else self.refunds == NEGATIVE_11A or not one.is_refund
            )
        ]

    @cached_property
    def adjusted(self) -> list[Advance]:
        """Table 11B: advances of earlier months that this month's bills used."""
        return [one for one in self.taxed_advances if one.is_use and one.received_on < self.first]

    @cached_property
    def taxed_advances(self) -> list[Advance]:
        """Zero-rated advances add no tax: they are declared with their invoice."""
        return [one for one in self.advances if one.supply != Supply.ZERO]

    @cached_property
    def at(self) -> dict[Row, Tax]:
        return _summed((_row(one), one.value, sign) for one, sign in self.received)

    @cached_property
    def txpd(self) -> dict[Row, Tax]:
        return _summed((_row(one), one.value, 1) for one in self.adjusted)

    @cached_property
    def hsn_b2b(self) -> dict[Code, Tax]:
        return self._hsn(lambda where: where in HSN_B2B)

    @cached_property
    def hsn_b2c(self) -> dict[Code, Tax]:
        return self._hsn(lambda where: where not in HSN_B2B)

    def _hsn(self, wanted: Callable[[Section], bool]) -> dict[Code, Tax]:
        rows = (
            ((item.sac, item.rate), item.value, paper.sign)
            for where, papers in self.by_section.items()
            if wanted(where)
            for paper in papers
            for item in paper.items
        )
        return _summed(rows)

    @cached_property
    def sums(self) -> dict[Section, Tax]:
        """The sum of each section, credit notes negative."""
        found = {where: total(paper.signed for paper in papers) for where, papers in self.by_section.items()}
        return found | {Section.AT: total(self.at.values()), Section.TXPD: total(self.txpd.values())}

    @cached_property
    def counts(self) -> Counter[Section]:
        """How many documents each section is made of."""
        found = Counter({where: len(papers) for where, papers in self.by_section.items()})
        return found + Counter({Section.AT: len(self.received), Section.TXPD: len(self.adjusted)})

    @cached_property
    def gstr3b(self) -> Gstr3b:
        """3.1(a): 4A + 5 + 7 + notes + 11A − 11B; 3.1(b): SEZ and exports with their notes; 3.2 (§ 10.4)."""
        zero = total(paper.signed for paper in self.papers if paper.is_zero_rated)
        all_supplies = total(paper.signed for paper in self.papers)
        taxable = all_supplies - zero + self.sums[Section.AT] - self.sums[Section.TXPD]
        states = (
            (paper.place, paper.signed, 1)
            for where in (Section.B2CL, Section.B2CS, Section.CDNUR)
            for paper in self.by_section[where]
            if paper.supply == Supply.INTER and not paper.is_abroad
        )
        return Gstr3b(taxable, zero, _summed(states))

    @property
    def table_12(self) -> Paise:
        """The taxable value of both tabs of table 12: all documents, no advances."""
        return sum(value.taxable for tab in (self.hsn_b2b, self.hsn_b2c) for value in tab.values())


def _row(one: Advance) -> Row:
    return one.supply == Supply.INTER, one.place, one.rate


def _summed(rows: Iterable[tuple[Key, Tax, int]]) -> dict[Key, Tax]:
    """Sum values by key, those with a sign of −1 taken off; in the keys' order, without what comes to nothing."""
    found: dict[Key, list[Paise]] = defaultdict(lambda: [0, 0, 0, 0])
    for key, value, sign in rows:
        parts = found[key]
        for place, part in enumerate((value.taxable, value.cgst, value.sgst, value.igst)):
            parts[place] += sign * part
    return {key: Tax(*found[key]) for key in sorted(found) if any(found[key])}
