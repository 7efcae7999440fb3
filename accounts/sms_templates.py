"""Registered text messages (DLT): one row a notice, its wording as the operator registers it. Pure.

Each `{#var#}` takes one variable of at most 30 characters, in order. A registered body is never changed without
registering it again. `{site}` and `{operator}` stand for the portal's address and the operator's name: fixed words
of the registration, not variables. The ids here are the demo's; an operator's own stand in SMS_TEMPLATE_IDS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts import sms_text
from billing_portal.money import inr

Facts = Mapping[str, Any]


class NotRegistered(LookupError):
    """A notice without a registered text cannot go by SMS."""


@dataclass(frozen=True)
class Variable:
    """One placeholder's value: the key of the notice's context, and how it is written."""

    key: str
    write: Callable[[Any], str]


@dataclass(frozen=True)
class Template:
    name: str  # of the notice
    dlt_id: str  # 19 digits
    body: str
    variables: Sequence[Variable]


def amount(paise: int) -> str:
    """₹1,234.50 as Rs 1,234.50: GSM-7 has no rupee sign."""
    return sms_text.whole(inr(paise).replace("₹", "Rs "))


def day(iso: str) -> str:
    """2026-11-22 as 22 Nov 2026."""
    at = date.fromisoformat(iso[:10])
    return f"{at.day} {at:%b %Y}"


def pay_path(ban: str) -> str:
    return sms_text.whole(f"{ban}/payments/")


def auto_pay_path(ban: str) -> str:
    return sms_text.whole(f"{ban}/auto-pay/")


def panel_path(ban: str) -> str:
    return sms_text.whole(f"{ban}/")


# What a level leaves, and what the next overdue step does: words of at most 30 characters.
STOPPED = {"outbound_blocked": "Outgoing calls"}
STOPPED_ALL = "All calls and messages"
WORKS = {"active": "Calls and messages work again", "outbound_blocked": "Incoming calls work again"}
OTHERS_STAND = "Another restriction stands"
NEXT = {
    "remind": "we remind you again",
    "block-outbound": "outgoing calls stop",
    "suspend": "all your numbers stop",
    "archive": "your service data is archived",
    "delete": "your service data is deleted",
}

BAN = Variable("ban", sms_text.word)
PAY, PANEL = Variable("ban", pay_path), Variable("ban", panel_path)
AUTO_PAY, MANDATE, TAKEN_ON = (
    Variable("ban", auto_pay_path),
    Variable("mandate", sms_text.word),
    Variable("at", day),
)
DEBIT = Variable("amount", amount)
INSTRUMENT = Variable("instrument", sms_text.word)
DUE, TO_CLEAR = Variable("due", amount), Variable("to_clear", amount)
INVOICE = Variable("invoice", sms_text.word)
NEXT_ON, NEXT_ACTION = Variable("next_on", day), Variable("next_action", NEXT.__getitem__)
BALANCE, LIMIT = Variable("balance", amount), Variable("limit", amount)
STOPS = Variable("level", lambda level: STOPPED.get(level, STOPPED_ALL))
WORKS_AGAIN = Variable("level", lambda level: WORKS.get(level, OTHERS_STAND))
VOCABULARY = (*STOPPED.values(), STOPPED_ALL, *WORKS.values(), OTHERS_STAND, *NEXT.values())

# fmt: off
TEMPLATES = (
    Template("low-balance",      "1107170000000000011",
             "Account {#var#}: balance {#var#} is below your minimum. Pay {#var#} or more: {site}/{#var#} {operator}",
             (BAN, BALANCE, Variable("minimum_to_pay", amount), PAY)),
    Template("credit-suspended", "1107170000000000012",
             "Account {#var#}: credit limit {#var#} exceeded. Stopped: {#var#}. Pay {#var#}: {site}/{#var#} {operator}",
             (BAN, LIMIT, STOPS, TO_CLEAR, PAY)),
    Template("credit-restored",  "1107170000000000013",
             "Account {#var#} is back inside its credit limit. {#var#}. Balance {#var#}. {site}/{#var#} {operator}",
             (BAN, WORKS_AGAIN, BALANCE, PANEL)),
    Template("service-restored", "1107170000000000014",
             "Account {#var#}: thank you. {#var#}. Balance {#var#}. {site}/{#var#} {operator}",
             (BAN, WORKS_AGAIN, BALANCE, PANEL)),
    Template("overdue-reminder", "1107170000000000015",
             "Account {#var#}: invoice {#var#} is overdue, {#var#} to pay. On {#var#} {#var#}. "
             "Pay: {site}/{#var#} {operator}",
             (BAN, INVOICE, DUE, NEXT_ON, NEXT_ACTION, PAY)),
    Template("outbound-blocked", "1107170000000000016",
             "Account {#var#}: outgoing calls stopped, invoice {#var#} is overdue. Pay {#var#}: {site}/{#var#} "
             "On {#var#} {#var#}. {operator}",
             (BAN, INVOICE, DUE, PAY, NEXT_ON, NEXT_ACTION)),
    Template("suspended",        "1107170000000000017",
             "Account {#var#}: all numbers stopped, invoice {#var#} is overdue. Pay {#var#}: {site}/{#var#} "
             "On {#var#} {#var#}. {operator}",
             (BAN, INVOICE, DUE, PAY, NEXT_ON, NEXT_ACTION)),
    Template("archived",         "1107170000000000018",
             "Account {#var#}: service data archived, {#var#} overdue. It may be deleted from {#var#}. "
             "To return pay {#var#} and a recovery fee: {site}/{#var#} {operator}",
             (BAN, INVOICE, NEXT_ON, DUE, PANEL)),
    Template("last-notice",      "1107170000000000019",
             "Account {#var#}: last notice. Its service data is deleted, not before {#var#}, unless you pay {#var#} "
             "and a recovery fee: {site}/{#var#} {operator}",
             (BAN, NEXT_ON, DUE, PANEL)),
    Template("auto-pay-notice",  "1107170000000000031",
             "Account {#var#}: auto-pay takes {#var#} on {#var#}, mandate {#var#}. See or stop it: {site}/{#var#} "
             "{operator}", (BAN, DEBIT, TAKEN_ON, MANDATE, AUTO_PAY)),
    Template("auto-pay-debited", "1107170000000000032",
             "Account {#var#}: auto-pay took {#var#} on {#var#}, mandate {#var#}. {site}/{#var#} {operator}",
             (BAN, DEBIT, TAKEN_ON, MANDATE, AUTO_PAY)),
    Template("auto-pay-failed",  "1107170000000000033",
             "Account {#var#}: the debit of {#var#} failed, mandate {#var#}. Pay: {site}/{#var#} {operator}",
             (BAN, DEBIT, MANDATE, PAY)),
    Template("auto-pay-asked",   "1107170000000000034",
             "Account {#var#}: please pay {#var#} by {#var#} yourself, auto-pay does not take it: {site}/{#var#} "
             "{operator}", (BAN, DUE, Variable("due_on", day), PAY)),
    Template("auto-pay-set-up",  "1107170000000000041",
             "Account {#var#}: auto-pay from {#var#} is set up, at most {#var#} a debit until {#var#}. "
             "Not you? Cancel it: {site}/{#var#} {operator}",
             (BAN, INSTRUMENT, Variable("ceiling", amount), Variable("valid_until", day), AUTO_PAY)),
    Template("auto-pay-cancelled", "1107170000000000042",
             "Account {#var#}: auto-pay {#var#} from {#var#} has ended. No further debit is made; please pay invoices "
             "yourself: {site}/{#var#} {operator}",
             (BAN, MANDATE, INSTRUMENT, AUTO_PAY)),
    Template("mandate-failed",   "1107170000000000043",
             "Account {#var#}: auto-pay {#var#} was not set up. Please try again or another way: "
             "{site}/{#var#} {operator}",
             (BAN, MANDATE, AUTO_PAY)),
    Template("card-expiring",    "1107170000000000044",
             "Account {#var#}: the card {#var#} of auto-pay ends on {#var#}. Please set up the new one: "
             "{site}/{#var#} {operator}",
             (BAN, INSTRUMENT, Variable("expires_on", day), AUTO_PAY)),
)
# fmt: on
BY_NAME = {row.name: row for row in TEMPLATES}


def of(name: str) -> Template:
    """Return a notice's registered text. Raises NotRegistered."""
    if name not in BY_NAME:
        raise NotRegistered(name)
    return BY_NAME[name]


def registered(row: Template, *, site: str, operator: str) -> str:
    """Return the body as it is registered: fixed words filled in, placeholders left."""
    return row.body.replace("{site}", site).replace("{operator}", sms_text.clean(operator))


def render(row: Template, facts: Facts, *, site: str, operator: str) -> str:
    """Return the message: every placeholder replaced by its variable, in order.

    Raises KeyError where a fact is missing, sms_text.TooLong where a value that is never cut does not fit.
    """
    first, *rest = registered(row, site=site, operator=operator).split(sms_text.PLACEHOLDER)
    made = [variable.write(facts[variable.key]) for variable in row.variables]
    return first + "".join(value + words for value, words in zip(made, rest, strict=True))
