"""What the benchmarks measure on: accounts with something due, and a gateway that answers at once."""

import itertools
import uuid
from datetime import UTC, datetime

from accounts.models import Account, Customer, Member, User
from invoices import charges
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
