"""The next invoice of a running cycle as things stand: the plan of the billing run, before the cycle has ended.

What is shown is what would be issued if nothing more happened: the same facts, lines, tax, set-off and round-off.
Records without a price are left out. Accounts cost a constant number of queries together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.models import Account
from billing_portal.money import Paise
from invoices import bill_plan, bills, cycle_facts
from invoices.bill_plan import Extra, Kind, Line, Off, Once
from invoices.bills import Worth
from invoices.cycle_facts import Ended
from invoices.issue import tax_place

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Upcoming:
    """The next invoice: issued `on` or soon after; its lines before tax, and what it comes to, in paise."""

    account: Account
    on: date
    plan: str
    lines: Sequence[Line]
    planned: bills.Planned | None  # None: nothing to bill

    @property
    def rental(self) -> Paise:
        """The next cycle's rental."""
        return sum(line.taxable for line in self.lines if line.kind == Kind.RENTAL)

    @property
    def usage(self) -> Paise:
        """Usage above free units so far."""
        return sum(line.taxable for line in self.lines if line.kind == Kind.USAGE)

    @property
    def others(self) -> Sequence[Line]:
        """Add-ons, one-time charges, rental taken back, discounts."""
        return [line for line in self.lines if line.kind == Kind.OTHER]

    @property
    def taxable(self) -> Paise:
        return sum(line.taxable for line in self.lines)

    @property
    def tax(self) -> Paise:
        return self.planned.value.tax if self.planned else 0

    @property
    def total(self) -> Paise:
        return self.planned.total if self.planned else 0


def of(account: Account, *, plus: Extra | Once | Off | None = None) -> Upcoming | None:
    """Return one account's next invoice; None without a plan, or where its next cycle has no prices.

    `plus` is something that is not there yet, to see what it would make of it.
    """
    return next(iter(read([account], plus=plus)), None)


def read(accounts: Sequence[Account], *, plus: Extra | Once | Off | None = None) -> list[Upcoming]:
    """Return the next invoice of each account that has a plan and prices for its next cycle."""
    ready = [
        (ended, lines) for ended in cycle_facts.ahead(accounts) if (lines := _lines(ended, plus)) is not None
    ]
    asked = [
        (
            ended.account,
            [Worth(line.description, line.taxable, line.sac) for line in lines],
            tax_place(ended.account, ended.cycle.ends_on + DAY),
        )
        for ended, lines in ready
        if lines
    ]
    bills_ = bills.plan_many(asked, on=date.min) if asked else []  # each says its own place and day
    planned = dict(zip((account.pk for account, *_rest in asked), bills_, strict=True))
    return [
        Upcoming(
            ended.account,
            ended.cycle.ends_on + DAY,
            ended.next_version.plan.name,
            lines,
            planned.get(ended.account.pk),
        )
        for ended, lines in ready
    ]


def _lines(ended: Ended, plus: Extra | Once | Off | None) -> Sequence[Line] | None:
    """Return the lines, or None where a person has to mend something before."""
    try:
        facts = ended.facts(as_things_stand=True)
    except cycle_facts.CannotBill:
        return None
    match plus:
        case Extra():
            facts = replace(facts, add_ons=[*facts.add_ons, plus])
        case Once():
            facts = replace(facts, charges=[*facts.charges, plus])
        case Off():
            facts = replace(facts, discounts=[*facts.discounts, plus])
    return bill_plan.plan(facts).lines
