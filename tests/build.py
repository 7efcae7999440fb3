"""Builders: they take what matters and go through the real use cases, so no test starts from an impossible state."""

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta

from allauth.account.models import EmailAddress

from accounts import approvals
from accounts.models import Account, Customer, Member, User
from credit import temporary_limits
from invoices import charges, plans, subscriptions, usage
from invoices.models import Document, Plan, Subscription
from payments import recharge, take_in
from payments.gateways import GatewayPayment, State
from payments.models import Payment

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # 11:30 IST
PASSWORD = "correct-horse-42"
GSTINS = {"29": "29ZZZCB0002B1ZW", "27": "27ZZZCM0003C1ZM", "07": "07ZZZCD0006F1ZO"}
_numbers = itertools.count(1)


def user(name: str = "Asha Rao", *, staff: bool = False, superuser: bool = False) -> User:
    """A person with a verified e-mail address."""
    email = f"person{next(_numbers)}@example.in"
    person = User.objects.create_user(email, PASSWORD, name=name, is_staff=staff, is_superuser=superuser)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def account(
    *, state: str = "29", registration: str = "regular", owner: User | None = None, **fields: object
) -> Account:
    """An account with an owner; in the operator's own State (29) its supplies are intra-State."""
    number = next(_numbers)
    customer = Customer.objects.create(name=f"Customer {number}", created_at=NOW)
    values: dict = {
        "ban": f"BA-{100000 + number}",
        "customer": customer,
        "name": "Lotus Diagnostics",
        "billing_name": "Lotus Diagnostics Pvt Ltd",
        "address": "12/3 MG Road",
        "city": "Bengaluru",
        "pin": "560001",
        "state": state,
        "registration": registration,
        "gstin": ""
        if registration in ("unregistered", "export_lut", "export_taxed")
        else GSTINS.get(state, "29ZZZCB0002B1ZW"),
        "zero_rated_until": date(2030, 3, 31) if registration == "sez_lut" else None,
        "created_at": NOW - timedelta(days=400),
    }
    made = Account.objects.create(**(values | fields))
    member(made, Member.Role.OWNER, person=owner)
    return made


def member(of: Account, role: str, *, person: User | None = None) -> Member:
    """A person with a role on an account."""
    return Member.objects.create(account=of, user=person or user(f"{role} person"), role=role)


def owner(of: Account) -> User:
    """The account's first owner."""
    return of.members.filter(role=Member.Role.OWNER).order_by("pk")[0].user


def charge(
    to: Account, rupees: str | int, *, due_days: int = 7, now: datetime = NOW, text: str = "Set-up of numbers"
) -> Document:
    """A one-time charge of so many rupees before tax: a tax invoice."""
    return charges.charge(
        to.pk,
        paise(rupees),
        text,
        token=uuid.uuid4().hex,
        actor=None,
        reason="test",
        now=now,
        due_days=due_days,
    )


def plan(
    code: str = "business", *, rental: int = 100_000, valid_from: date = date(2020, 1, 1), **prices: int
) -> Plan:
    """A plan with one version: 1,000 free minutes out, then ₹0.60; a message costs `sms` above `free_sms`."""
    made, is_new = Plan.objects.get_or_create(code=code, defaults={"name": code.title()})
    if is_new:
        rows = [
            plans.Price("click_to_call", 60_000, 1000),
            plans.Price("incoming", 30_000, 500),
            plans.Price("sms", prices.get("sms", 20_000), prices.get("free_sms", 0), pulse=1),
        ]
        plans.publish(made.pk, valid_from=valid_from, rental=rental, prices=rows, actor=None, now=NOW)
    return made


def subscribed(to: Account, on: Plan | None = None, *, now: datetime = NOW) -> Subscription:
    """The account on a plan since `now`, with its first cycle open and its rental billed."""
    subscriptions.activate(to.pk, (on or plan()).pk, actor=None, reason="test", now=now)
    return Subscription.objects.get(account=to)


def payment(by: Account, rupees: str | int, *, now: datetime = NOW) -> Payment:
    """A started payment with its order, nothing paid yet."""
    made = recharge.start(by, paise(rupees), token=uuid.uuid4(), user=owner(by), now=now)
    Payment.objects.filter(pk=made.pk).update(gateway_order_id=gateway_id("order"))
    made.refresh_from_db()
    return made


def paid(by: Account, rupees: str | int, *, now: datetime = NOW) -> Payment:
    """A payment whose money has been taken in."""
    started = payment(by, rupees, now=now)
    return take_in.capture(started.pk, report(started), now=now)


def limit(of: Account, rupees: str | int, *, days: int = 30, now: datetime = NOW) -> None:
    """A temporary credit limit for so many days, asked for by one member of staff and approved by another."""
    last = (now + timedelta(days=days)).date()
    row = approvals.ask(
        temporary_limits.ACTION,
        of,
        token=uuid.uuid4(),
        payload=temporary_limits.payload(paise(rupees), last),
        summary="Temporary limit",
        reason="Trade fair",
        by=user(staff=True),
        now=now,
    )
    approvals.approve(
        row.pk,
        actor=user(staff=True),
        note="Seen",
        now=now,
        carry_out=lambda row: str(temporary_limits.set_temporary(row, now=now).amount),
    )


def report(of: Payment, **fields: object) -> GatewayPayment:
    """What the gateway reports of a payment: captured, just as asked, unless said otherwise."""
    values: dict = {
        "payment_id": gateway_id("pay"),
        "order_id": of.gateway_order_id,
        "amount": of.amount,
        "currency": "INR",
        "state": State.CAPTURED,
        "method": "upi",
        "instrument": "UPI ····@okhdfc",
        "reason": "",
        "created_at": of.started_at,
        "was_captured": True,
    }
    return GatewayPayment(**(values | fields))


def gateway_id(prefix: str) -> str:
    """An id of the gateway's shape, each one new."""
    return f"{prefix}_{next(_numbers):014}"


def paise(rupees: str | int) -> int:
    """Rupees as tests write them ("1180.00") in paise."""
    whole, _, part = str(rupees).replace(",", "").partition(".")
    sign = -1 if whole.startswith("-") else 1
    return sign * (abs(int(whole)) * 100 + int((part or "0").ljust(2, "0")))


def record(
    of: Account, number: int = 1, *, feature: str = "click_to_call", at: datetime = NOW, **fields: object
) -> dict:
    """A usage record as the platform sends it: by default a click-to-call answered for 60 seconds."""
    values: dict = {
        "id": f"r{number}",
        "account": of.ban,
        "feature": feature,
        "direction": "in" if feature == "incoming" else "out",
        "caller": "+918047100042",
        "called": "+919900000001",
        "started_at": at.isoformat(),
    }
    if feature in ("sms", "whatsapp"):
        values["units"] = 1
    else:
        values |= {"answered_at": at.isoformat(), "ended_at": (at + timedelta(seconds=60)).isoformat()}
    return values | fields


def used(
    by: Account, units: int, *, feature: str = "click_to_call", now: datetime = NOW, key: str = "u"
) -> None:
    """So many units of a feature, in records of up to 1,000 minutes, started an hour to a day before `now`."""
    records, number = [], 0
    while units:
        number += 1
        part = min(units, 1000)
        at = now - timedelta(hours=18)
        fields = (
            {"units": part}
            if feature in ("sms", "whatsapp")
            else {"ended_at": (at + timedelta(minutes=part)).isoformat()}
        )
        records.append(
            record(by, number, feature=feature, at=at, **fields)
            | {"id": f"{key}-{by.ban}-{feature}-{number}"}
        )
        units -= part
    outcomes = usage.ingest(records, source="platform", now=now)
    assert all(one.outcome == "accepted" for one in outcomes), outcomes


def call(of: Account, *, id: str = "", at: datetime = NOW, seconds: int = 60, **fields: object) -> dict:
    """A call's record as the platform sends it: answered after five seconds, for so many seconds."""
    answered = at + timedelta(seconds=5)
    record: dict = {
        "id": id or f"call-{next(_numbers):012}",
        "account": of.ban,
        "feature": "click_to_call",
        "direction": "out",
        "caller": "+918040001234",
        "called": "+919900012345",
        "started_at": at.isoformat(),
        "answered_at": answered.isoformat(),
        "ended_at": (answered + timedelta(seconds=seconds)).isoformat(),
    }
    return record | fields


def message(of: Account, *, id: str = "", at: datetime = NOW, units: int = 1, **fields: object) -> dict:
    """A message's record as the platform sends it."""
    record: dict = {
        "id": id or f"sms-{next(_numbers):012}",
        "account": of.ban,
        "feature": "sms",
        "caller": "KAVERI",
        "called": "+919900012345",
        "started_at": at.isoformat(),
        "units": units,
    }
    return record | fields
