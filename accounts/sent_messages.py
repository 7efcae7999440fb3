"""Messages as the account's own people read them: by kind, with their delivery in plain words, recipients masked.

Every message has a kind; those to the operator's own people are no customer's to read.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from accounts.models import Account, Member, Notice
from accounts.permissions import Right, may

STAFF = "staff"  # tasks for the operator's own people


class Kind(StrEnum):
    PAYMENTS = "payments"
    INVOICES = "invoices"
    AUTO_PAY = "auto-pay"
    CREDIT = "credit"
    SERVICE = "service"
    SUPPORT = "support"
    ACCOUNT = "account"


LABELS = {
    Kind.PAYMENTS: "Payments and refunds",
    Kind.INVOICES: "Invoices and statements",
    Kind.AUTO_PAY: "Auto-pay",
    Kind.CREDIT: "Balance and credit",
    Kind.SERVICE: "Overdue and service",
    Kind.SUPPORT: "Support",
    Kind.ACCOUNT: "Account and people",
}

# fmt: off
KINDS: dict[str, str] = {
    "payment-received": Kind.PAYMENTS, "payment-failed": Kind.PAYMENTS, "advance-moved": Kind.PAYMENTS,
    "refund-started": Kind.PAYMENTS, "refund-processed": Kind.PAYMENTS, "refund-failed": Kind.PAYMENTS,
    "refund-voucher-issued": Kind.PAYMENTS, "claim-rejected": Kind.PAYMENTS, "cheque-bounced": Kind.PAYMENTS,
    "tax-lapsed": Kind.PAYMENTS, "tax-certificates": Kind.PAYMENTS,
    "dispute-opened": Kind.PAYMENTS, "dispute-lost": Kind.PAYMENTS, "dispute-ended": Kind.PAYMENTS,
    "invoice-issued": Kind.INVOICES, "credit-note-issued": Kind.INVOICES, "debit-note-issued": Kind.INVOICES,
    "monthly-statement": Kind.INVOICES, "renewal-ahead": Kind.INVOICES, "plan-changed": Kind.INVOICES,
    "auto-pay-asked": Kind.AUTO_PAY, "auto-pay-cancelled": Kind.AUTO_PAY, "auto-pay-debited": Kind.AUTO_PAY,
    "auto-pay-failed": Kind.AUTO_PAY, "auto-pay-notice": Kind.AUTO_PAY, "auto-pay-paused": Kind.AUTO_PAY,
    "auto-pay-set-up": Kind.AUTO_PAY, "mandate-failed": Kind.AUTO_PAY, "card-expiring": Kind.AUTO_PAY,
    "low-balance": Kind.CREDIT, "credit-limit": Kind.CREDIT, "credit-limit-warning": Kind.CREDIT,
    "credit-suspended": Kind.CREDIT, "credit-restored": Kind.CREDIT, "limit-changed": Kind.CREDIT,
    "overdue": Kind.SERVICE, "overdue-reminder": Kind.SERVICE, "outbound-blocked": Kind.SERVICE,
    "suspended": Kind.SERVICE, "archived": Kind.SERVICE, "last-notice": Kind.SERVICE, "deleted": Kind.SERVICE,
    "service-restored": Kind.SERVICE,
    "support-reply": Kind.SUPPORT, "problem-reported": Kind.SUPPORT, "problem-answered": Kind.SUPPORT,
    "alerts-changed": Kind.ACCOUNT, "recipients-changed": Kind.ACCOUNT,
    "member-added": Kind.ACCOUNT, "member-removed": Kind.ACCOUNT, "role-changed": Kind.ACCOUNT,
    "api-key-made": Kind.ACCOUNT, "api-key-revoked": Kind.ACCOUNT,
    "profile-changed": Kind.ACCOUNT, "invitation": Kind.ACCOUNT,
    # a person's own, of no account
    "email-confirm": Kind.ACCOUNT, "new-device": Kind.ACCOUNT, "no-login": Kind.ACCOUNT,
    "password-reset": Kind.ACCOUNT, "security-changed": Kind.ACCOUNT,
    "support-asked": STAFF, "dispute-task": STAFF, "audit-head": STAFF,
}
# fmt: on
FOR_STAFF = tuple(name for name, kind in KINDS.items() if kind == STAFF)


@dataclass(frozen=True)
class Shown:
    """A message as one person may see it."""

    message: Notice
    title: str
    delivery: "Delivery"
    recipient: str  # masked, but for their own and with the right


@dataclass(frozen=True)
class Delivery:
    """What became of a message: a word in its tone (good, warn, bad or ""), and what that means."""

    word: str
    tone: str
    said: str


def of(account: Account, *, kind: str = "", channel: str = "") -> QuerySet[Notice]:
    """Return the account's messages of a kind and a channel ("" for all), newest first."""
    rows = account.notices.exclude(name__in=FOR_STAFF).order_by("-owed_at", "-pk")
    if kind in LABELS:
        rows = rows.filter(name__in=[name for name, one in KINDS.items() if one == kind])
    return rows.filter(channel=channel) if channel in Notice.Channel.values else rows


def shown(notice: Notice, member: Member, *, email: str) -> Shown:
    """Return a message for a member: the whole recipient where it is their own `email`, or they have the right."""
    is_seen = may(member, Right.NUMBERS) or notice.recipient == email
    recipient = notice.recipient if is_seen else masked(notice.recipient)
    return Shown(notice, title(notice), delivery(notice), recipient)


def title(notice: Notice) -> str:
    """Return what a message is called: its subject as sent, or the name of its occasion."""
    return notice.subject or notice.name.replace("-", " ").capitalize()


def delivery(notice: Notice) -> Delivery:
    """Say what became of a message."""
    if notice.state == Notice.State.PARKED:
        return Delivery("Not sent", "bad", "It could not be sent. Our staff look into it.")
    if notice.state == Notice.State.OWED and notice.attempts > 1:
        return Delivery("Trying again", "warn", "It did not go through yet. We try again by ourselves.")
    if notice.state == Notice.State.OWED:
        return Delivery("On its way", "", "It is being sent.")
    if notice.delivered_at:
        return Delivery("Delivered", "good", "The telephone has confirmed it.")
    if notice.undelivered:
        return Delivery("Not delivered", "bad", f"The provider says: {notice.undelivered}.")
    if notice.channel == Notice.Channel.SMS:
        return Delivery("Sent", "good", "Handed to the SMS provider; the telephone has not confirmed it.")
    return Delivery("Sent", "good", "The recipient's mail server has taken it.")


def masked(recipient: str) -> str:
    """Return an address with the beginning of its name and its domain, or a mobile with its last four digits."""
    name, at, domain = recipient.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"•••• {recipient[-4:]}" if len(recipient) > 4 else "••••"
