"""What tests of mandates share: a wish, and mandates brought to a state by the real use cases."""

import uuid
from datetime import date, timedelta

from accounts.models import Account
from payments import debit_plan, mandate_follow, mandate_orders, mandates
from payments.gateways.mandates import BankAccount, TokenState
from payments.mandates import Consent, Wish
from payments.models import Debit, Mandate
from tests import build, fakes

UNTIL = date(2036, 11, 24)
BANK = BankAccount("Asha Rao", "50100012345678", "current", "ICIC0000451")


def begun(
    account: Account, method: str = "upi", *, now=build.NOW, token: uuid.UUID | None = None, **fields
) -> Mandate:
    """A mandate with its order, as far as the checkout."""
    wish = Wish(**{"method": method, "ceiling": 15_000_00, "valid_until": UNTIL, **fields})
    consent = Consent(build.owner(account), "I allow it.", "203.0.113.7")
    mandate = mandates.start(account.pk, wish, consent, token=token or uuid.uuid4(), now=now)
    return mandate_orders.open_order(mandate, BANK if method == "emandate" else None, now=now)


def active(account: Account, method: str = "upi", *, now=build.NOW, **fields) -> Mandate:
    """A mandate that the customer approved; `fields` change its token."""
    mandate = begun(account, method, now=now)
    fakes.FakeGateway.world.mandated.approves(mandate, **fields)
    return mandate_follow.follow(mandate.pk, now=now)


def turned(mandate: Mandate, state: TokenState, *, now=build.NOW, **fields) -> Mandate:
    """The mandate after its bank has changed the token and we have looked."""
    world = fakes.FakeGateway.world.mandated
    world.becomes(world.tokens[mandate.gateway_token_id], state, **fields)
    return mandate_follow.follow(mandate.pk, now=now)


def later(**span):
    return build.NOW + timedelta(**span)


def planned(account: Account) -> Debit:
    """A debit of an active mandate, for a bill of ₹1,180 that is due in a week."""
    active(account)
    build.charge(account, 1000)
    debit_plan.plan_due(now=build.NOW)
    return Debit.objects.get(account=account)
