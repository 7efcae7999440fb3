"""The staff's page of a month's GST returns: GSTR-1 by section, GSTR-3B, and the ledger beside each (gst ref. § 10)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count

from accounts.states import STATE_NAMES
from billing_portal.money import Paise
from invoices import gstr_check, gstr_facts, gstr_file
from invoices.gst import NOTHING, Tax
from invoices.gstr import SERIES, TABLES, Advance, Run, Section
from invoices.gstr_check import ADVANCES, ELSEWHERE, Check, Difference, Obstacle, Pair
from invoices.gstr_month import Gstr3b, Month
from invoices.models import EInvoice
from invoices.sac import SACS

SHOWN = 50  # rows of a list of trouble; the file has all
MONTHS = 36  # a return older than three years cannot be filed
GSTR1_DAY, GSTR3B_DAY = 11, 20  # of the next month
KEPT_TO = date(2017, 7, 1)  # GST began


@dataclass(frozen=True)
class Row:
    """A section of GSTR-1, or a cell of GSTR-3B: the return's figure, and the ledger's where it has its own."""

    table: str
    label: str
    count: int | None
    value: Tax
    pair: Pair | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.count and self.value == NOTHING and (self.pair is None or self.pair.agrees)

    @property
    def has_two(self) -> bool:
        """Whether the ledger's figure has a line of its own."""
        return self.pair is not None and not self.is_nothing


@dataclass(frozen=True)
class Due:
    """A month's returns and the days by which they are filed."""

    first: date

    @property
    def value(self) -> str:
        """The month as it stands in addresses and files: 2026-10."""
        return f"{self.first:%Y-%m}"

    @property
    def label(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def gstr1_on(self) -> date:
        return following(self.first).replace(day=GSTR1_DAY)

    @property
    def gstr3b_on(self) -> date:
        return following(self.first).replace(day=GSTR3B_DAY)


@dataclass(frozen=True)
class Page:
    """All that the page and the files of figures show of a month."""

    due: Due
    month: Month
    check: Check
    obstacles: list[Obstacle]
    is_over: bool

    @property
    def figures(self) -> Gstr3b:
        return self.month.gstr3b

    @cached_property
    def sections(self) -> list[Row]:
        """The sections in the form's order; of advances the ledger knows 11A less 11B, which follows them."""
        rows = [
            Row(
                table, label, self.month.counts[where], self.month.sums[where], self.check.sections.get(where)
            )
            for where, table, label in TABLES
        ]
        advances = self.check.sections[ADVANCES]
        rows.append(Row("11A − 11B", "Advances together", None, advances.ours, advances))
        stray = self.check.sections[ELSEWHERE]
        return (
            rows if stray.agrees else [*rows, Row("–", "Posted for none of these", None, stray.ours, stray)]
        )

    @cached_property
    def cells(self) -> list[Row]:
        check = self.check
        return [
            Row("3.1(a)", "Taxable supplies and advances", None, check.taxable.ours, check.taxable),
            Row("3.1(b)", "Zero-rated: SEZ and exports", None, check.zero_rated.ours, check.zero_rated),
            Row("Together", "All that is declared", None, check.total.ours, check.total),
        ]

    @cached_property
    def bridge(self) -> list[tuple[str, Tax]]:
        """From what was posted in the month to what counts in it."""
        rows = [
            ("Posted in the month, as the journal has it", self.check.posted),
            ("less: counts in another month (received, or dated, there)", self.check.earlier),
            ("and: counts in this month, posted outside it", self.check.later),
        ]
        if self.check.claimed.total:
            rows.append(("and: refunded advances, claimed back by RFD-01", self.check.claimed))
        return [*rows, ("The ledger's figure of the month", self.check.total.ledger)]

    @cached_property
    def states(self) -> list[tuple[str, Tax]]:
        return [(state(place), value) for place, value in self.figures.to_unregistered.items()]

    @cached_property
    def services(self) -> list[tuple[str, str, str, int, Tax]]:
        """Table 12: tab, SAC, name, rate in basis points, value."""
        tabs = (("B2B", self.month.hsn_b2b), ("B2C", self.month.hsn_b2c))
        return [
            (tab, sac, SACS.get(sac, ("", ""))[1], rate, value)
            for tab, rows in tabs
            for (sac, rate), value in rows.items()
        ]

    @cached_property
    def series(self) -> list[tuple[str, Run]]:
        words = {kind: label for _number, kind, label in SERIES}
        return [(words[run.kind], run) for run in self.month.runs]

    @property
    def differences(self) -> list[Difference]:
        return self.check.differences

    @property
    def agrees(self) -> bool:
        return not self.differences and self.check.total.agrees

    @cached_property
    def late(self) -> list[Advance]:
        return gstr_check.late(self.month)

    @cached_property
    def untaxed(self) -> Paise:
        return sum(-one.value.taxable if one.is_use or one.is_refund else one.value.taxable
                   for one in gstr_check.untaxed(self.month))  # fmt: skip

    @property
    def parts(self) -> range:
        return range(1, gstr_file.parts(self.month) + 1)

    @property
    def is_empty(self) -> bool:
        return not (self.month.papers or self.month.advances or self.month.runs or self.check.postings)


def read(first: date, *, today: date) -> Page:
    """Read a month, four statements whatever it holds. Figures of a month that is not over still move."""
    facts = gstr_facts.read(first)
    found = gstr_check.obstacles(facts.month, facts.strangers)
    return Page(Due(first), facts.month, facts.check, found, today >= following(first))


def following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def before(today: date) -> date:
    """Return the month whose returns are filed now: the one before today's."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def months(today: date) -> list[Due]:
    """Return the months to choose from, this one first, as far back as a return may be filed."""
    found: list[Due] = []
    first = today.replace(day=1)
    while len(found) <= MONTHS and first >= KEPT_TO:
        found.append(Due(first))
        first = before(first)
    return found


def state(code: str) -> str:
    return f"{STATE_NAMES.get(code, 'Unknown')} ({code})"


def section_of(where: Section) -> str:
    """Return how a section is called: its table and its words."""
    table, label = next((table, label) for one, table, label in TABLES if one == where)
    return f"{table} {label}"


def einvoices(due: Due) -> list[tuple[str, int]]:
    """Return how many documents of a month stand how with the e-invoice portal: words, count. One query."""
    rows = EInvoice.objects.filter(
        document__issued_on__gte=due.first, document__issued_on__lt=following(due.first)
    )
    counted = dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
    return [(state.label, counted[state]) for state in EInvoice.State if state in counted]
