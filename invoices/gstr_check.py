"""A month's returns beside the ledger, and what stands in the way of filing them (gst reference §§ 5, 6, 10.4). Pure.

The documents say in which month a posting counts, the ledger says how much it was. What is posted for no document
counts on the day on which the money came or, without one, on which it was posted.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from accounts import gstin
from accounts.states import STATE_NAMES
from invoices import gst
from invoices.gst import NOTHING, Supply, Tax
from invoices.gstr import NOTES, RFD01_ONLY, SERIES, Advance, Paper, Section, section, total
from invoices.gstr_month import Month
from invoices.sac import SACS

ADVANCES = (
    "advances"  # 11A less 11B: a bill's set-off is one posting for vouchers of this month and of earlier ones
)
ELSEWHERE = "elsewhere"
Place = str


@dataclass(frozen=True, slots=True)
class Posting:
    """What an entry put to revenue or (taxed) advances and to the books of GST, credit positive."""

    entry: int
    key: str
    number: str  # of the document that it is for, or none
    is_set_off: bool
    is_advance: bool  # for a receipt or refund voucher
    is_refund: bool
    on: date  # the day that counts
    posted_on: date
    value: Tax


@dataclass(frozen=True, slots=True)
class Pair:
    """The return's figure, and the ledger's."""

    ours: Tax
    ledger: Tax

    @property
    def difference(self) -> Tax:
        return self.ours - self.ledger

    @property
    def agrees(self) -> bool:
        return self.difference == NOTHING


@dataclass(frozen=True, slots=True)
class Difference:
    """A document and its postings that are not the same, or one without the other."""

    number: str
    key: str
    document: int | None
    entry: int | None
    pair: Pair


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way; `document` leads to it."""

    number: str
    document: int | None
    text: str


@dataclass(frozen=True)
class Check:
    """A month's returns against the postings that count in it."""

    month: Month
    postings: tuple[Posting, ...]  # that count in the month, or were posted in it

    @cached_property
    def counted(self) -> list[Posting]:
        """Those of the month, without the refunds that are claimed and not declared (§ 4.6)."""
        left_out = self.month.refunds == RFD01_ONLY
        return [one for one in self.postings if self._is_within(one.on) and not (left_out and one.is_refund)]

    @cached_property
    def claimed(self) -> Tax:
        """Refunded advances whose tax is to be claimed back by RFD-01."""
        if self.month.refunds != RFD01_ONLY:
            return NOTHING
        return NOTHING - total(
            one.value for one in self.postings if one.is_refund and self._is_within(one.on)
        )

    @cached_property
    def sections(self) -> dict[Place, Pair]:
        """Each section of supplies beside its postings, and 11A less 11B beside theirs."""
        where: dict[str, Place] = {paper.number: section(paper) for paper in self.month.papers}
        sums = dict.fromkeys((*self.month.by_section, ADVANCES, ELSEWHERE), NOTHING)
        for one in self.counted:
            place = ADVANCES if one.is_set_off or one.is_advance else where.get(one.number, ELSEWHERE)
            sums[place] += one.value
        ours: dict[Place, Tax] = {str(place): value for place, value in self.month.sums.items()}
        ours[ADVANCES] = self.advances
        return {place: Pair(ours.get(place, NOTHING), ledger) for place, ledger in sums.items()}

    @property
    def advances(self) -> Tax:
        return self.month.sums[Section.AT] - self.month.sums[Section.TXPD]

    @cached_property
    def total(self) -> Pair:
        """All supplies and advances against all postings that count, whatever they are for."""
        ours = total(paper.signed for paper in self.month.papers) + self.advances
        return Pair(ours, total(one.value for one in self.counted))

    @cached_property
    def taxable(self) -> Pair:
        """3.1(a) against the ledger: everything but what was supplied to SEZ units and abroad."""
        return Pair(self.month.gstr3b.taxable, self.total.ledger - self.zero_rated.ledger)

    @cached_property
    def zero_rated(self) -> Pair:
        """3.1(b) against the ledger: the postings of its documents."""
        numbers = {paper.number for paper in self.month.papers if paper.is_zero_rated}
        found = (one.value for one in self.counted if one.number in numbers and not one.is_set_off)
        return Pair(self.month.gstr3b.zero_rated, total(found))

    @cached_property
    def posted(self) -> Tax:
        """What the books of GST moved by in the month, by the day of posting: as the journal shows it."""
        return total(one.value for one in self.postings if self._is_within(one.posted_on))

    @cached_property
    def earlier(self) -> Tax:
        """Of it, what counts in other months: money that was received before it was posted."""
        found = (
            one for one in self.postings if self._is_within(one.posted_on) and not self._is_within(one.on)
        )
        return total(one.value for one in found)

    @cached_property
    def later(self) -> Tax:
        """What counts in the month and was posted outside it."""
        found = (
            one for one in self.postings if self._is_within(one.on) and not self._is_within(one.posted_on)
        )
        return total(one.value for one in found)

    @cached_property
    def differences(self) -> list[Difference]:
        """Document by document, what is not the same in both; in the documents' order, then what has none."""
        papers = {(paper.number, False): (paper.pk, paper.signed) for paper in self.month.papers}
        ours = papers | _by_number(self.month)
        ledger: dict[tuple[str, bool], Tax] = {}
        entries: dict[tuple[str, bool], Posting] = {}
        for one in self.counted:
            key = one.number or one.key, one.is_set_off
            ledger[key] = ledger.get(key, NOTHING) + one.value
            entries[key] = one
        found = []
        for key in ours | ledger:
            document, value = ours.get(key, (None, NOTHING))
            pair = Pair(value, ledger.get(key, NOTHING))
            entry = entries.get(key)
            if not pair.agrees:
                words = (entry.key, entry.entry) if entry else ("", None)
                found.append(Difference(key[0], words[0], document, words[1], pair))
        return found

    def _is_within(self, day: date) -> bool:
        return self.month.first <= day <= self.month.last


def _by_number(month: Month) -> dict[tuple[str, bool], tuple[int, Tax]]:
    """Return what each voucher, refund voucher and set-off adds to the advances of the month."""
    signed = [(one, value if sign > 0 else NOTHING - value) for one, sign, value in _moves(month)]
    found: dict[tuple[str, bool], tuple[int, Tax]] = {}
    for one, value in signed:
        key = one.number, one.is_use
        found[key] = one.pk, found.get(key, (0, NOTHING))[1] + value
    return found


def _moves(month: Month) -> Iterator[tuple[Advance, int, Tax]]:
    yield from ((one, sign, one.value) for one, sign in month.received)
    yield from ((one, -1, one.value) for one in month.adjusted)


def late(month: Month) -> list[Advance]:
    """Return the vouchers of money that was received in the month and got its paper after it (§ 4.4)."""
    return [one for one in month.advances if one.issued_on and one.issued_on > month.last]


def untaxed(month: Month) -> list[Advance]:
    """Return the zero-rated advances: no tax is due on them, so they stand in neither 11A nor 11B."""
    return [one for one in month.advances if one.supply == Supply.ZERO]


def obstacles(month: Month, strangers: Iterable[tuple[str, int]] = ()) -> list[Obstacle]:
    """Return what keeps documents from being declared as they are; `strangers` bear another GSTIN of ours."""
    found = [
        Obstacle(paper.number, paper.pk, text)
        for paper in month.papers
        for text in (*_party(paper), *_lines(paper), *_original(paper), *_irn(paper))
    ]
    found += [
        Obstacle(one.number, one.pk, _no_place(one.place)) for one in month.advances if _no_place(one.place)
    ]
    found += [
        Obstacle(number, pk, f"It is not of {month.gstin}: another return.") for number, pk in strangers
    ]
    return found + list(_holes(month))


NO_IRN = {
    "waiting": "It has no IRN yet.",
    "refused": "It has no IRN: the e-invoice portal refused it.",
    "cancelled": "Its IRN was cancelled at the e-invoice portal.",
}


def _irn(paper: Paper) -> Iterator[str]:
    """Each document that needs an IRN has one before it is declared (§ 10.4)."""
    if paper.einvoice in NO_IRN:
        yield NO_IRN[paper.einvoice]


def _party(paper: Paper) -> Iterator[str]:
    if text := _no_place(paper.place):
        yield text
    if paper.registration in ("regular", "uin") or paper.is_sez:
        if not paper.gstin:
            yield "The customer is registered, and the document names no GSTIN."
            return
        kind, wrong = _gstin(paper.gstin, paper.state)
        if wrong:
            yield f"GSTIN {paper.gstin}: {wrong}"
        elif kind == "uin" and paper.registration != "uin":
            yield f"{paper.gstin} is a UIN; the customer stands as registered."


@functools.lru_cache(maxsize=8192)
def _gstin(number: str, state: str) -> tuple[str, str]:
    """Return the kind of a GSTIN, or what is wrong with it."""
    try:
        return gstin.check(number, state=state), ""
    except gstin.NotValid as error:
        return "", str(error)


def _no_place(place: str) -> str:
    return "" if place in STATE_NAMES else f"The place of supply {place or '(none)'} is no State of the list."


def _lines(paper: Paper) -> Iterator[str]:
    rates = {rate for _first, rate in gst.RATES}
    for item in paper.items:
        if item.sac not in SACS:
            yield f"SAC {item.sac or '(none)'} is not in the list of services."
        if item.rate not in rates:
            yield f"A rate of {item.rate // 100} % is none of ours."
    if not paper.items:
        yield "It has no lines."


def _original(paper: Paper) -> Iterator[str]:
    if paper.kind in NOTES and paper.original_on is None:
        yield "A note without its invoice: nobody can say whether that stood alone in table 5."


def _holes(month: Month) -> Iterator[Obstacle]:
    """Table 13: a series of one month is one range."""
    for _number, kind, words in SERIES:
        runs = [run for run in month.runs if run.kind == kind]
        for before, after in pairwise(runs):
            text = f"{words}: numbers are missing between {before.last} and {after.first}."
            yield Obstacle(after.first, None, text)
