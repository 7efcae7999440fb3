"""Find whatever a caller or a bank statement names: one term, each kind of row by its own index, rights kept.

Numbers, ids and addresses are looked up whole; names by the beginnings of their words. Nothing is searched by scanning.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Model, Q, QuerySet

from accounts import phones
from accounts.models import Account, Contact, Customer, Member, User
from billing_portal.staff_pages import page_of
from billing_portal.text import plain
from invoices.models import Document
from payments.models import (
    BankLine,
    Cheque,
    Claim,
    Debit,
    Dispute,
    GatewayCustomer,
    Mandate,
    ParkedReport,
    Payment,
    Refund,
    Settlement,
    VirtualAccount,
)

LONGEST = 120
MOST = 10  # hits of a kind
LEADS = re.compile(
    r"^(?:(?:utr|ref(?:erence)?|invoice|bill|payment|receipt|refund|cheque|account|a/c|gstin|pan|phone|mobile|order"
    r"|id|no|number)\b[\s.:#-]*)+",
    re.IGNORECASE,
)  # what people say before a number
JOINERS = "\u200c\u200d"  # part of the spelling of Indian scripts


class Hit(NamedTuple):
    """One row found: its kind, what it is called, whose it is, and its page."""

    kind: str
    title: str
    text: str
    address: str
    is_whole: bool  # found by the whole term, not by the beginning of a word


@dataclass(frozen=True)
class Term:
    """What was typed, as the rows have it: numbers in capitals, e-mail in small letters, a mobile with +91."""

    whole: str

    @property
    def typed(self) -> str:
        """What was typed without the words that say what it is: "UTR no. CNRBN5…" is looked up as "CNRBN5…"."""
        bare = LEADS.sub("", self.whole)
        return bare if any(sign.isdecimal() for sign in bare) else self.whole

    @property
    def number(self) -> str:
        return self.typed.upper()

    @property
    def numbers(self) -> tuple[str, ...]:
        """A document's number may come from an address, where its strokes are dashes."""
        return (self.number, self.number.replace("-", "/"))

    @property
    def ban(self) -> str:
        return f"BA-{self.typed}" if self.typed.isascii() and self.typed.isdecimal() else self.number

    @property
    def email(self) -> str:
        return self.typed.lower()

    @property
    def phone(self) -> str:
        try:
            return phones.normal(self.typed)
        except phones.NotAMobile:
            return ""

    @property
    def bare(self) -> str:
        """A UTR, GSTIN or account at a bank without the blanks that people put in."""
        return self.number.replace(" ", "")

    @property
    def words(self) -> str:
        """The words for PostgreSQL: each the beginning of one; "" without any."""
        return " & ".join(f"{word}:*" for word in _words(self.whole.lower())[:8])


def _words(text: str) -> list[str]:
    """Split into words as PostgreSQL does: the vowel signs of a letter belong to it."""
    return "".join(sign if _is_of_a_word(sign) else " " for sign in text).split()


def _is_of_a_word(sign: str) -> bool:
    return sign.isalnum() or sign in JOINERS or unicodedata.category(sign).startswith("M")


class Lookup(NamedTuple):
    """How one kind is found: its admin page, the right to it, the rows, and what to say of one."""

    kind: str
    page: str
    right: str
    rows: Callable[[Term], QuerySet[Any]]
    tell: Callable[[Any], tuple[int, str, str]]  # key of the page's row, title, text
    is_whole: bool = True


def find(typed: str, may: Callable[[str], bool]) -> list[Hit]:
    """Return what a term names, of what the reader may see, by kind. A constant number of queries."""
    term = Term(plain(typed, LONGEST))
    if not term.whole:
        return []
    hits = list(_unique(_hits(term, may)))
    kinds = list(dict.fromkeys(hit.kind for hit in hits))
    return sorted(hits, key=lambda hit: kinds.index(hit.kind))


def _hits(term: Term, may: Callable[[str], bool]) -> Iterator[Hit]:
    for lookup in LOOKUPS:
        if may(lookup.right):
            for row in lookup.rows(term)[:MOST]:
                pk, title, text = lookup.tell(row)
                yield Hit(lookup.kind, title, text, page_of(lookup.page, pk), lookup.is_whole)


def _unique(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Leave out what was found in two ways."""
    seen: set[str] = set()
    for hit in hits:
        if hit.address not in seen:
            seen.add(hit.address)
            yield hit


def only(hits: Sequence[Hit]) -> Hit | None:
    """Return the one row that was named by its whole number, id or address; None where several or none were."""
    whole = [hit for hit in hits if hit.is_whole]
    return whole[0] if len(whole) == 1 else None


def _of(kind: str, page: str, rows: Callable[[Term], QuerySet[Any]], title: str, text: str = "") -> Lookup:
    """Make the lookup of rows that belong to an account."""
    app, _, model = page.partition("_")

    def tell(row: Any) -> tuple[int, str, str]:
        account = row.account
        more = f"{account.ban} {account.name}" if account else "of no account"
        return row.pk, str(getattr(row, title)), f"{more}, {getattr(row, text)()}" if text else more

    return Lookup(kind, page, f"{app}.view_{model}", lambda term: rows(term).select_related("account"), tell)


def _account(row: Account) -> tuple[int, str, str]:
    return row.pk, f"{row.ban} {row.name}", row.billing_name


def _accounts(which: Callable[[Term], Q], *, is_whole: bool = True) -> Lookup:
    def rows(term: Term) -> QuerySet[Account]:
        return Account.objects.filter(which(term)).order_by("ban")

    return Lookup("Accounts", "accounts_account", "accounts.view_account", rows, _account, is_whole)


def _through(model: type[Model], which: Callable[[Term], Q]) -> Lookup:
    """Make the lookup of accounts by rows that belong to them."""
    return _accounts(lambda term: Q(pk__in=model._default_manager.filter(which(term)).values("account")))


def _named(model: type[Model], term: Term, *fields: str) -> QuerySet[Any]:
    """Return the rows with words that begin so; none without a word."""
    if not term.words:
        return model._default_manager.none()
    query = SearchQuery(term.words, config="simple", search_type="raw")
    rows = model._default_manager.annotate(named=SearchVector(*fields, config="simple"))
    return rows.filter(named=query).order_by(fields[0], "pk")


def _bank_line(row: BankLine) -> tuple[int, str, str]:
    return row.pk, row.utr or row.cheque_number, f"{row.value_on:%d %b %Y} {plain(row.narration, 80)}"


def _parked(row: ParkedReport) -> tuple[int, str, str]:
    return row.pk, row.gateway_payment_id, f"{row.get_kind_display()}, {row.get_state_display().lower()}"


# fmt: off
LOOKUPS = (
    _accounts(lambda t: Q(ban=t.ban)),
    _accounts(lambda t: Q(gstin=t.bare) if t.bare else Q(pk__in=[])),
    _accounts(lambda t: Q(pan=t.bare) if t.bare else Q(pk__in=[])),
    _through(Contact, lambda t: Q(email=t.email) if "@" in t.email else Q(pk__in=[])),
    _through(Contact, lambda t: Q(phone=t.phone) if t.phone else Q(pk__in=[])),
    _through(Member, lambda t: Q(user__email=t.email)),
    _through(VirtualAccount, lambda t: Q(number=t.bare) | Q(gateway_id=t.typed)),
    _accounts(lambda t: Q(customer__in=GatewayCustomer.objects.filter(gateway_customer_id=t.typed).values("customer"))),
    Lookup("People", "accounts_user", "accounts.view_user", lambda t: User.objects.filter(email=t.email),
           lambda row: (row.pk, str(row), row.email)),
    _of("Documents", "invoices_document", lambda t: Document.objects.filter(
        Q(number__in=t.numbers) | Q(einvoice__irn=t.typed.lower())), "number",
        "get_kind_display"),
    _of("Payments", "payments_payment", lambda t: Payment.objects.filter(
        Q(number=t.number) | Q(gateway_payment_id=t.typed) | Q(gateway_order_id=t.typed) | Q(reference=t.bare)),
        "number", "get_status_display"),
    _of("Refunds", "payments_refund", lambda t: Refund.objects.filter(
        Q(number=t.number) | Q(gateway_refund_id=t.typed) | Q(reference=t.bare)), "number", "get_status_display"),
    _of("Disputes", "payments_dispute", lambda t: Dispute.objects.filter(gateway_dispute_id=t.typed),
        "gateway_dispute_id", "get_state_display"),
    _of("Mandates", "payments_mandate", lambda t: Mandate.objects.filter(
        Q(number=t.number) | Q(gateway_order_id=t.typed) | Q(gateway_token_id=t.typed)), "number", "get_state_display"),
    Lookup("Debits", "payments_mandate", "payments.view_mandate",
           lambda t: Debit.objects.filter(number=t.number).select_related("account"),
           lambda row: (row.mandate_id, row.number, f"{row.account.ban} {row.account.name}")),
    _of("Declared payments", "payments_claim", lambda t: Claim.objects.filter(
        Q(utr=t.bare) | Q(cheque_number=t.bare)).exclude(cheque_number="", utr=None), "reference", "get_state_display"),
    _of("Cheques", "payments_cheque", lambda t: Cheque.objects.filter(number=t.bare), "number", "get_state_display"),
    Lookup("Bank lines", "payments_bankline", "payments.view_bankline",
           lambda t: BankLine.objects.filter(Q(utr=t.bare) | Q(cheque_number=t.bare)), _bank_line),
    Lookup("Settlements", "payments_settlement", "payments.view_settlement",
           lambda t: Settlement.objects.filter(gateway_id=t.typed),
           lambda row: (row.pk, row.gateway_id, f"{row.settled_on:%d %b %Y} {row.get_status_display()}")),
    Lookup("Parked reports", "payments_parkedreport", "payments.view_parkedreport",
           lambda t: ParkedReport.objects.filter(gateway_payment_id=t.typed), _parked),
    Lookup("Accounts", "accounts_account", "accounts.view_account",
           lambda t: _named(Account, t, "name", "billing_name"), _account, is_whole=False),
    Lookup("Customers", "accounts_customer", "accounts.view_customer", lambda t: _named(Customer, t, "name"),
           lambda row: (row.pk, row.name, ""), is_whole=False),
    Lookup("People", "accounts_user", "accounts.view_user", lambda t: _named(User, t, "name"),
           lambda row: (row.pk, str(row), row.email), is_whole=False),
)
# fmt: on
