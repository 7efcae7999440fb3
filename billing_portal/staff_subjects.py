"""The rows that the audit chain speaks of, by their own names: read when they are shown, for the chain keeps none.

The chain outlives what is erased, so it holds keys and numbers alone; a row that is gone stays without a name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Model

from billing_portal.staff_pages import page_of
from billing_portal.text import plain, whole

LONGEST = 80


class Named(NamedTuple):
    """What a row is called, and its page; "": it has none, or none that the reader may open."""

    title: str
    address: str


class Kind(NamedTuple):
    """How the rows of one word of the chain are found, and what they are called."""

    model: str
    field: str = "pk"  # by which the chain names them
    related: tuple[str, ...] = ()
    title: Callable[[Any], str] = str
    page: str | None = None  # where it is not the model's own; "": none
    page_key: str = "pk"

    @property
    def right(self) -> str:
        app, _, name = self.model.partition(".")
        return f"{app}.view_{name}"

    def address(self, row: Model) -> str:
        page = self.model.replace(".", "_") if self.page is None else self.page
        return page_of(page, getattr(row, self.page_key)) if page else ""


def _person(row: Any) -> str:
    return f"{row.name}, {row.email}" if row.name else row.email


def _member(row: Any) -> str:
    return f"{_person(row.user)} ({row.get_role_display().lower()})"


def _bank_line(row: Any) -> str:
    return f"Bank line {row.utr or row.cheque_number or plain(row.narration, 40)}"


# fmt: off
KINDS = {
    "account":         Kind("accounts.account", "ban"),
    "approval":        Kind("accounts.approval"),
    "bank-line":       Kind("payments.bankline", title=_bank_line),
    "case":            Kind("credit.overduecase", related=("account",), title=lambda row: f"Overdue case of {row}"),
    "cheque":          Kind("payments.cheque"),
    "claim":           Kind("payments.claim"),
    "contact":         Kind("accounts.contact", page=""),
    "conversation":    Kind("accounts.conversation", title=lambda row: f"Conversation: {row.subject}"),
    "customer":        Kind("accounts.customer"),
    "deletion":        Kind("credit.deletion", related=("account",), title=lambda row: f"Deletion of {row}"),
    "dispute":         Kind("payments.dispute", "gateway_dispute_id", title=lambda row: f"Dispute {row}"),
    "document":        Kind("invoices.document", "number"),
    "export":          Kind("invoices.export"),
    "extension":       Kind("credit.extension", page="credit_overduecase", page_key="case_id"),
    "import":          Kind("payments.bankimport", title=lambda row: f"Statement {row}"),
    "invitation":      Kind("accounts.invitation", title=lambda row: f"Invitation to {row.email}", page=""),
    "mandate":         Kind("payments.mandate", "number"),
    "member":          Kind("accounts.member", related=("user",), title=_member,
                            page="accounts_user", page_key="user_id"),
    "notice":          Kind("accounts.notice", title=lambda row: f"Message: {row}"),
    "payment":         Kind("payments.payment", "number"),
    "refund":          Kind("payments.refund", "number"),
    "subscription":    Kind("invoices.subscription", "account__ban", ("account", "plan"),
                            title=lambda row: f"{row.plan} of {row.account.ban}"),
    "user":            Kind("accounts.user", title=_person),
    "virtual-account": Kind("payments.virtualaccount", title=lambda row: f"Virtual account {row}"),
}
READ_BY = {"invitation": "accounts.view_member"}  # whose rows have no right of their own among staff's
PEOPLE = ("contact", "customer", "invitation", "member", "user")  # of whom the chain keeps but a key
# fmt: on


def named(
    subjects: Iterable[str], may: Callable[[str], bool], kinds: Iterable[str] = KINDS
) -> dict[str, Named]:
    """Return what subjects of the chain are called now, as far as they exist and the reader may see them.

    One query a kind, whatever their number.
    """
    wanted: dict[str, dict[Any, str]] = defaultdict(dict)
    for subject in subjects:
        word, _, which = subject.partition(":")
        if word in kinds and which:
            wanted[word][which] = subject
    found: dict[str, Named] = {}
    for word, by_key in wanted.items():
        if may(READ_BY.get(word, KINDS[word].right)):
            found |= _of_kind(KINDS[word], by_key)
    return found


def _of_kind(kind: Kind, by_key: dict[str, str]) -> dict[str, Named]:
    keys = [whole(key) for key in by_key] if kind.field == "pk" else list(by_key)
    rows = apps.get_model(kind.model)._default_manager.all()
    rows = rows.select_related(*kind.related) if kind.related else rows
    found = {}
    for row in rows.filter(**{f"{kind.field}__in": [key for key in keys if key is not None]}):
        found[by_key[str(_value(row, kind.field))]] = Named(
            plain(kind.title(row), LONGEST), kind.address(row)
        )
    return found


def _value(row: Any, field: str) -> Any:
    for name in field.split("__"):
        row = getattr(row, name)
    return row
