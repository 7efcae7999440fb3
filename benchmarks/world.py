"""What the benchmarks measure on: accounts with something due, and a gateway that answers at once."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Account, Customer, Member, User
from invoices import charges, features, partitions, plans
from invoices.models import Cycle, Plan, Subscription
from payments import recharge
from payments.gateways import GatewayPayment, State
from payments.gateways.razorpay import Razorpay
from payments.models import Payment

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
_numbers = itertools.count(1)


class Instant(Razorpay):
    """The gateway with every order paid: what is measured is our side."""

    def order_payments(self, order_id: str) -> list[GatewayPayment]:
        payment = Payment.objects.only("amount").get(gateway_order_id=order_id)
        return [report(order_id, payment.amount)]


def report(order_id: str, amount: int) -> GatewayPayment:
    """A captured payment of an order."""
    return GatewayPayment(
        payment_id=order_id.replace("order_", "pay_"),
        order_id=order_id,
        amount=amount,
        currency="INR",
        state=State.CAPTURED,
        method="upi",
        instrument="UPI ····@okhdfc",
        reason="",
        created_at=NOW,
        was_captured=True,
    )


def account() -> Account:
    """An account of this State with an owner."""
    number = next(_numbers)
    customer = Customer.objects.create(name=f"Customer {number}", created_at=NOW)
    made = Account.objects.create(
        ban=f"BA-{500000 + number}",
        customer=customer,
        name="Lotus Diagnostics",
        billing_name="Lotus Diagnostics Pvt Ltd",
        address="12/3 MG Road",
        city="Bengaluru",
        pin="560001",
        state="29",
        registration="regular",
        gstin="29ZZZCB0002B1ZW",
        created_at=NOW,
    )
    user = User.objects.create(email=f"bench{number}@example.in", name="Asha Rao")
    Member.objects.create(account=made, user=user, role=Member.Role.OWNER)
    return made


def due(to: Account, taxable: int = 100_000) -> None:
    """Something to pay: a charge of `taxable` paise."""
    charges.charge(to.pk, taxable, "Set-up", token=uuid.uuid4().hex, actor=None, reason="benchmark", now=NOW)


def payment(by: Account, amount: int = 150_000) -> Payment:
    """A started payment with its order."""
    made = recharge.start(by, amount, token=uuid.uuid4(), user=None, now=NOW)
    made.gateway_order_id = f"order_{made.pk:014}"
    made.save(update_fields=["gateway_order_id"])
    return made


def subscribed(count: int) -> list[str]:
    """So many accounts on a plan with 1,000 free minutes, in a cycle that began 20 days ago; return their numbers."""
    features.set_up()
    partitions.create_ahead(now=NOW)
    world = next(_numbers)
    plan = Plan.objects.create(code=f"benchmark-{world}", name="Benchmark")
    prices = [
        plans.Price("click_to_call", 60_000, 1000),
        plans.Price("incoming", 30_000),
        plans.Price("sms", 20_000),
    ]
    since = (NOW - timedelta(days=20)).date()
    version = plans.publish(plan.pk, valid_from=since, rental=0, prices=prices, actor=None, now=NOW)
    customer = Customer.objects.create(name="Benchmark", created_at=NOW)
    words: dict[str, Any] = {"customer": customer, "state": "29", "created_at": NOW, "pin": "560001"}
    made = Account.objects.bulk_create(
        Account(ban=f"BA-{world * 10_000_000 + n}", name=f"Account {n}", **words) for n in range(count)
    )
    ends = since + timedelta(days=29)
    Subscription.objects.bulk_create(
        Subscription(account=one, plan=plan, anchor_day=since.day, started_on=since, bill_on=ends)
        for one in made
    )
    Cycle.objects.bulk_create(
        Cycle(account=one, version=version, starts_on=since, ends_on=ends, full_days=30) for one in made
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return [one.ban for one in made]


def calls(ban: str, count: int) -> list[dict[str, Any]]:
    """So many answered calls of an account, two minutes each, one after the other."""
    began = NOW - timedelta(days=3)
    starts = [began + timedelta(minutes=3 * n) for n in range(count)]
    return [
        {
            "id": f"{ban}-{n:06}",
            "account": ban,
            "feature": "click_to_call",
            "started_at": start.isoformat(),
            "answered_at": start.isoformat(),
            "ended_at": (start + timedelta(minutes=2)).isoformat(),
        }
        for n, start in enumerate(starts)
    ]
