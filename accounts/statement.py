"""The statement of an account: opening, one row an entry of the ledger, closing, for any period.

The balance is what the customer's books hold together: prepaid money (net of its tax) and unapplied credit, less
what is owed on bills; usage that is not billed yet is not in it. A month's closing is the next one's opening.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum

from accounts.models import Account
from accounts.models.ledger import CUSTOMER_BOOKS, Book
from billing_portal.money import Paise

TAXES = (Book.CGST, Book.SGST, Book.IGST)
KINDS = {  # what an entry's key begins with → what the customer calls it
    "payment": "Payment",
    "invoice": "Invoice",
    "debit_note": "Debit note",
    "credit_note": "Credit note",
    "set-off": "Advance set off",
    "credit": "Credit set off",
    "refund_voucher": "Refund",
    "received-again": "Advance received again",
    "write-off": "Written off",
    "recovery": "Received for a written-off bill",
    "covered": "Advance used for what is due",
    "bounce": "Bounced cheque",
    "take-back": "Payment taken back",
    "dispute": "Disputed payment taken back",
    "dispute-won": "Disputed payment returned",
    "refund": "Refund paid out",
    "refund-taken": "Refund made by the payment gateway",
    "refund-credit": "Refund of a credit",
    "refund-failed": "Refund that failed, returned",
}
TAXED = {
    "payment",
    "set-off",
    "refund_voucher",
    "received-again",
    "dispute-won",
    "refund-failed",
}  # they move an advance with its tax


@dataclass(frozen=True)
class Row:
    """One entry: what it moved on the account, and the balance after it. Amounts in paise, credit positive."""

    number: int
    on: date
    kind: str
    reference: str
    narrative: str
    moved: Paise
    tax: Paise  # of it taken into or back out of an advance, see `note`
    balance: Paise

    @property
    def debit(self) -> Paise:
        return max(0, -self.moved)

    @property
    def credit(self) -> Paise:
        return max(0, self.moved)


@dataclass(frozen=True)
class Totals:
    """The sums of a period: what was paid, billed and credited, and the tax that advances took out and gave back."""

    opening: Paise
    closing: Paise
    sums: Mapping[str, Paise]  # kind → paise

    def of(self, *kinds: str) -> Paise:
        return sum(self.sums.get(kind, 0) for kind in kinds)

    @property
    def payments(self) -> Paise:
        return self.of("payment")

    @property
    def billed(self) -> Paise:
        return self.of("invoice", "debit_note")

    @property
    def credits(self) -> Paise:
        """All the rest: credit notes, set-off, refunds, corrections. So the four sums lead to the closing."""
        return self.closing - self.opening - self.payments - self.billed


def balance_before(account: Account, day: date) -> Paise:
    """Return the balance at the end of the day before. Three index look-ups, whatever the history."""
    last = account.entries.filter(posted_on__lt=day).order_by("-posted_on", "-number").first()
    return _balance_at(account, last.number) if last else 0


def credit_before(account: Account, day: date) -> Paise:
    """Return the part of that balance that is unapplied credit, its GST included."""
    last = account.entries.filter(posted_on__lt=day).order_by("-posted_on", "-number").first()
    return _balance_at(account, last.number, [Book.CREDITS]) if last else 0


def totals(account: Account, first: date, last: date) -> Totals:
    """Return a period's opening, closing and the sums between. Both days included."""
    with connection.cursor() as cursor:
        cursor.execute(
            SUMS, {"account": account.pk, "first": first, "last": last, "books": list(CUSTOMER_BOOKS)}
        )
        sums = {kind: int(amount) for kind, amount in cursor.fetchall()}
    opening = balance_before(account, first)
    return Totals(opening, opening + sum(sums.values()), sums)


SUMS = """
    select split_part(e.key, ':', 1), sum(l.amount)
    from accounts_entry e join accounts_line l on l.entry_id = e.id
    where e.account_id = %(account)s and e.posted_on between %(first)s and %(last)s and l.book = any(%(books)s)
    group by 1
"""


def page(
    account: Account, first: date, last: date, *, after: int = 0, size: int
) -> tuple[list[Row], int | None]:
    """Return `size` rows after the entry numbered `after`, and where to go on; None at the end. Two queries."""
    words: dict[str, Any] = {"account": account.pk, "first": first, "last": last, "after": after}
    words |= {"size": size + 1, "books": list(CUSTOMER_BOOKS), "taxes": list(TAXES)}
    with connection.cursor() as cursor:
        cursor.execute(ROWS, words)
        found = cursor.fetchall()
    if not found:
        return [], None
    shown = found[:size]
    balance, made = _balance_at(account, shown[0][0] - 1), []
    for number, on, key, narrative, moved, tax in shown:
        balance += moved
        made.append(_row(number, on, key, narrative, moved, tax, balance))
    return made, shown[-1][0] if len(found) > size else None


# the numbers that bound the period are looked up first: neither what was before nor what came after is read
ROWS = """
    select e.number, e.posted_on, e.key, e.narrative, l.moved, l.tax
    from (
        select id, number, posted_on, key, narrative from accounts_entry
        where account_id = %(account)s and number > %(after)s and number >= (
            select number from accounts_entry where account_id = %(account)s and posted_on >= %(first)s
            order by posted_on, number limit 1
        ) and number <= (
            select number from accounts_entry where account_id = %(account)s and posted_on <= %(last)s
            order by posted_on desc, number desc limit 1
        )
        order by number limit %(size)s
    ) e cross join lateral (
        select coalesce(sum(amount) filter (where book = any(%(books)s)), 0)::bigint as moved,
            coalesce(sum(amount) filter (where book = any(%(taxes)s)), 0)::bigint as tax
        from accounts_line where entry_id = e.id
    ) l order by e.number
"""


def rows(account: Account, first: date, last: date, *, chunk: int = 1000) -> Iterator[Row]:
    """Give all rows of a period, in constant memory."""
    after: int | None = 0
    while after is not None:
        found, after = page(account, first, last, after=after, size=chunk)
        yield from found


def _row(number: int, on: date, key: str, narrative: str, moved: Paise, tax: Paise, balance: Paise) -> Row:
    """Say an entry in the customer's words. Only what moves an advance tells of its tax: out, or back again."""
    kind, _, reference = key.partition(":")
    return Row(
        number,
        on,
        KINDS.get(kind, "Correction"),
        reference.split(":")[0],
        narrative or key,
        moved,
        tax if kind in TAXED else 0,
        balance,
    )


def _balance_at(account: Account, number: int, books: Sequence[Book] = CUSTOMER_BOOKS) -> Paise:
    """Return the balance of some books after an entry: each book's last line up to it carries that book's."""
    if number < 1:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, {"account": account.pk, "number": number, "books": list(books)})
        return int(cursor.fetchone()[0])


# each book and treatment of the account (a handful) has its newest line up to the entry looked up by index
BALANCE = """
    select coalesce(sum(l.balance_after), 0)
    from accounts_balance b
    cross join lateral (
        select l.balance_after from accounts_line l
        where l.account_id = b.account_id and l.book = b.book and l.treatment = b.treatment and l.number is not null
            and l.entry_id <= (select id from accounts_entry where account_id = %(account)s and number = %(number)s)
        order by l.entry_id desc limit 1
    ) l
    where b.account_id = %(account)s and b.book = any(%(books)s)
"""


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def balance_now(account: Account) -> Paise:
    """Return the balance that the books hold now."""
    return account.balances.aggregate(sum=Sum("amount", default=0))["sum"]
