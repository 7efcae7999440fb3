"""Money to bills: oldest due date first; what remains is an advance. The caller holds the account's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from billing_portal.money import Paise
from invoices.models import Allocation, Document


@dataclass(frozen=True)
class Part:
    """So much of a sum goes to this bill."""

    document: Document
    amount: Paise


@dataclass(frozen=True)
class Plan:
    """What a sum will do: the bills it settles, and the advance that remains."""

    parts: tuple[Part, ...]
    advance: Paise

    @property
    def settled(self) -> Paise:
        return sum(part.amount for part in self.parts)


def plan(amount: Paise, unpaid: Sequence[Document]) -> Plan:
    """Share a sum out over unpaid bills in the order given. Decides, changes nothing."""
    parts, rest = [], amount
    for document in unpaid:
        part = min(rest, document.open_amount)
        if part:
            parts.append(Part(document, part))
        rest -= part
    return Plan(tuple(parts), rest)


def unpaid(account: Account) -> list[Document]:
    """Return the account's bills with something left to pay, oldest due date first."""
    return list(account.documents.unpaid())


def settle(account: Account, parts: Sequence[Part], *, cause: str, now: datetime) -> list[Allocation]:
    """Allocate a plan's parts to their bills; `cause` names the money. One allocation a bill and cause."""
    allocations = []
    for part in parts:
        part.document.open_amount -= part.amount
        part.document.save(update_fields=["open_amount"])
        allocations.append(
            Allocation(
                account=account, document=part.document, cause=cause, amount=part.amount, allocated_at=now
            )
        )
    return Allocation.objects.bulk_create(allocations)
