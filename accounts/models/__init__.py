"""People and accounts, the ledger, notices, and the audit chain."""

from accounts.models.audit import AuditEvent
from accounts.models.checks import BooksCheck
from accounts.models.ledger import Balance, Entry, Line
from accounts.models.notices import Notice
from accounts.models.people import Account, Contact, Customer, Member, User

__all__ = [
    "Account",
    "AuditEvent",
    "Balance",
    "BooksCheck",
    "Contact",
    "Customer",
    "Entry",
    "Line",
    "Member",
    "Notice",
    "User",
]
