"""People and accounts, ledger, restrictions, service orders, notices, conversations, keys, job runs, audit chain."""

from accounts.models.api_keys import ApiKey
from accounts.models.approvals import Approval
from accounts.models.audit import AuditEvent
from accounts.models.checks import BooksCheck
from accounts.models.demo import DemoClock, DemoMove
from accounts.models.devices import KnownDevice
from accounts.models.invitations import Invitation
from accounts.models.jobs import JobPause, JobRun
from accounts.models.ledger import Balance, Entry, House, Line
from accounts.models.notices import Notice, SmsReport
from accounts.models.people import Account, Contact, Customer, Member, User
from accounts.models.restrictions import Restriction
from accounts.models.service import ServiceOrder
from accounts.models.support import Conversation, Message, Reading

__all__ = [
    "Account",
    "ApiKey",
    "Approval",
    "AuditEvent",
    "Balance",
    "BooksCheck",
    "Contact",
    "Conversation",
    "Customer",
    "DemoClock",
    "DemoMove",
    "Entry",
    "House",
    "Invitation",
    "JobPause",
    "JobRun",
    "KnownDevice",
    "Line",
    "Member",
    "Message",
    "Notice",
    "Reading",
    "Restriction",
    "ServiceOrder",
    "SmsReport",
    "User",
]
