"""What an account can pay, and what each amount will do before anybody pays it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.levels import Level
from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise
from credit import exposure, returns
from invoices import gst, settlement
from invoices.gst import Tax
from invoices.issue import tax_place
from invoices.models import Document
from invoices.settlement import Part


@dataclass(frozen=True)
class Option:
    """One amount offered on the Payments page, in paise."""

    code: str
    label: str
    amount: Paise


@dataclass(frozen=True)
class Share:
    """So much of a payment goes to this bill; `left` stays open on it afterwards."""

    document: Document
    amount: Paise
    left: Paise


@dataclass(frozen=True)
class Preview:
    """What paying `amount` will do: bills settled, balance added, GST taken out; and what stays due.

    `fee` is what goes to the recovery fee of an archived account: it is invoiced when the dues are paid.
    """

    amount: Paise
    parts: tuple[Part, ...]
    advance: Tax
    still_due: Paise = 0
    fee: Paise = 0

    @property
    def settled(self) -> Paise:
        return sum(part.amount for part in self.parts)

    @property
    def shares(self) -> tuple[Share, ...]:
        return tuple(
            Share(part.document, part.amount, part.document.open_amount - part.amount) for part in self.parts
        )


def due_now(unpaid: Sequence[Document]) -> Paise:
    """Return the unpaid part of all bills, tax included."""
    return sum(document.open_amount for document in unpaid)


def offered(account: Account, unpaid: Sequence[Document], *, now: datetime) -> list[Option]:
    """Return the amounts to offer: what is due, what is due and a top-up; without dues the top-up alone.

    An account whose lines are stopped also gets what brings its balance to zero, where that is more than what is due;
    an archived one what brings its data back, and nothing else.
    """
    due, top_up = due_now(unpaid), account.minimum_top_up
    if account.wanted_level == Level.ARCHIVED and (fee := _fee(account, clock.business_date(now))):
        return [Option("return", "Due and recovery fee" if due else "Recovery fee", due + fee)]
    if account.wanted_level == Level.ARCHIVED and due:
        return [Option("due", "Due now", due)]
    offers = [Option("due", "Due now", due)] if due else []
    to_clear = exposure.read(account, now=now).amount_to_clear if account.wanted_level != Level.ACTIVE else 0
    if to_clear > due:
        offers.append(Option("clear", "Amount to clear", to_clear))
    if due:
        return [*offers, Option("due-top-up", "Due and top-up", due + top_up)]
    return [*offers, Option("top-up", "Top-up", top_up)]


def preview(account: Account, amount: Paise, unpaid: Sequence[Document], *, on: date) -> Preview:
    """Return what a payment would do, received on a day. The same functions decide when the money comes."""
    plan = settlement.plan(amount, unpaid)
    where = tax_place(account, on)
    left = due_now(unpaid) - plan.settled
    fee = (
        min(plan.advance, _fee(account, on)) if plan.advance and account.wanted_level == Level.ARCHIVED else 0
    )
    advance = gst.inside(plan.advance - fee, where.supply, where.rate)
    return Preview(amount, plan.parts, advance, left, fee)


def _fee(account: Account, on: date) -> Paise:
    """Return the recovery fee of an archived account that is not invoiced yet, with its GST."""
    return returns.cost_to_come(account, tax_place(account, on).supply)
