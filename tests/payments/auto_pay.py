"""What the tests of auto-pay share: an active mandate, a gateway that debits, and the days passing."""

import uuid
from datetime import date, timedelta

import pytest
from django.db.models import Min

from accounts import notices
from accounts.models import Account, Notice
from payments import debit_plan, debit_raise
from payments.gateways import Refused, State, Unavailable
from payments.models import Debit, Mandate, Payment
from tests import build
from tests.fakes import FakeGateway

CUSTOMER, TOKEN = "cust_00000000000001", "token_{:014}"
NOW = build.NOW
HOUR = timedelta(hours=1)
IDLE = timedelta(hours=6)


class Debits(FakeGateway):
    """The fake gateway with recurring charges; `answers` is what becomes of each, in turn."""

    calls: list[dict] = []
    answers: list[str] = []

    def create_recurring(self, **wish) -> str:
        type(self).calls.append(wish)
        answer = self.answers.pop(0) if self.answers else "created"
        if answer.startswith("refused:"):
            raise Refused("400: no", reason=answer.removeprefix("refused:"))
        if answer == "lost":
            raise Unavailable("time-out before")
        payment = Payment.objects.get(gateway_order_id=wish["order_id"])
        report = self.world.pays(payment, state=State.CREATED, method="upi", was_captured=False)
        if answer == "unheard":
            raise Unavailable("time-out after")
        return report.payment_id

    @classmethod
    def decide(cls, debit: Debit, state: State = State.CAPTURED, reason: str = "") -> None:
        """The bank says what became of a debit."""
        payment = Payment.objects.get(debit=debit)
        (there,) = cls.world.payments[payment.gateway_order_id]
        captured = state == State.CAPTURED
        cls.world.pays(
            payment,
            payment_id=there.payment_id,
            state=state,
            reason=reason,
            was_captured=captured,
            method="upi",
        )


def mandate(account: Account, method: str = "upi", **fields) -> Mandate:
    """An active mandate, as its set-up leaves it."""
    values = {
        "number": f"MND2627-{uuid.uuid4().hex[:6]}",
        "token": uuid.uuid4(),
        "method": method,
        "state": Mandate.State.ACTIVE,
        "ceiling": 15_000_00,
        "valid_until": date(2036, 11, 24),
        "instrument": "UPI ····@okhdfc",
        "gateway_customer_id": CUSTOMER,
        "gateway_token_id": build.gateway_id("token"),
        "started_at": NOW,
        "active_at": NOW,
        "consent_text": "I agree.",
    }
    return Mandate.objects.create(account=account, **(values | fields))


def tick(now) -> None:
    """What the jobs do in a moment: plan, step, and hand the messages over."""
    debit_plan.plan_due(now=now)
    debit_raise.step_due(now=now)
    Notice.objects.filter(state=Notice.State.OWED).update(state=Notice.State.SENT, sent_at=now)


def run(until, *, since=NOW, every=timedelta(minutes=30)):
    """Let the time pass; return the moment it is then. Where no debit has a step to come, hours pass at once."""
    now = since
    while now < until:
        coming = Debit.objects.aggregate(at=Min("next_step_at"))["at"]
        step = min(coming - now, IDLE) if coming else IDLE
        now = min(now + max(step, every), max(until, now + every))
        tick(now)
    return now


def told(account: Account) -> list[str]:
    """The names of auto-pay's mails, in their order."""
    rows = account.notices.filter(name__startswith="auto-pay", channel=notices.EMAIL[0]).order_by("pk")
    return list(rows.values_list("name", flat=True))


@pytest.fixture(autouse=True)
def gateway(settings, monkeypatch):
    """A gateway in memory that debits, empty before each test of a module that imports this."""
    settings.GATEWAY = "tests.payments.auto_pay.Debits"
    Debits.world = type(Debits.world)()
    monkeypatch.setattr(Debits, "calls", [])
    monkeypatch.setattr(Debits, "answers", [])
    return Debits
