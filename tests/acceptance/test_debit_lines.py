"""Auto-pay's debits against the real gateway contract: each taken once, whatever fails, dies or runs beside it."""

import threading
import uuid
from datetime import date, timedelta

import pytest

from accounts.models import Notice
from billing_portal import books, clock
from billing_portal.money import share
from payments import debit_plan, debit_raise, recharge
from payments.gateways import gateway
from payments.gateways.mandates import BankAccount, Registration, mandates
from payments.models import Debit, Mandate, Payment
from tests import build
from tests.build import NOW, paise
from tests.outside import FAILURES, each_failure
from tests.payments.test_kill import dies_at
from tests.threads import errors, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(300)]

ICICI = BankAccount("Asha Rao", "50100012345678", "current", "ICIC0000451")
MINUTES = timedelta(minutes=1)
CHARGES = "/v1/payments/create/recurring"


def announced(outside, method="upi"):
    """A debit of a bill that the customer knows of, by a mandate that the gateway knows: about to be raised."""
    account, number = build.account(), f"MND2627-{uuid.uuid4().hex[:6]}"
    account.contacts.create(name="Asha", email=f"{number}@example.in", phone="+919800000001")
    build.charge(account, 1000)
    door = mandates()
    customer = door.make_customer(name="Lotus", email=f"{number}@example.in", contact="+919800000001")
    bank = ICICI if method == "emandate" else None
    until = clock.now() + timedelta(days=3650)
    wish = Registration(number, method, 0 if bank else 100, paise(15000), until, customer, bank)
    order = door.create_registration(wish)
    outside.box.control("POST", f"/orders/{order}/pay", {"method": method})
    mandate = Mandate.objects.create(
        account=account,
        number=number,
        token=uuid.uuid4(),
        method=method,
        state=Mandate.State.ACTIVE,
        ceiling=paise(15000),
        valid_until=date(2036, 11, 24),
        gateway_customer_id=customer,
        gateway_token_id=door.attempts(order)[0].token_id,
        started_at=NOW,
        active_at=NOW,
        consent_text="I agree.",
    )
    debit_plan.plan_due(now=NOW)
    return told(Debit.objects.get(mandate=mandate))


def told(debit):
    """The notice goes out when it is due."""
    debit_raise.step_due(now=debit.notify_at)
    Notice.objects.filter(state=Notice.State.OWED).update(state=Notice.State.SENT, sent_at=debit.notify_at)
    debit.refresh_from_db()
    assert debit.state == Debit.State.NOTICED
    return debit


def work(debit, *, later=timedelta(0), rounds=2):
    """The job, so long after the moment of raising: one step a run."""
    for _ in range(rounds):
        debit_raise.step_due(now=debit.raise_at + later)


def at_the_gateway(debit):
    """The attempts to take this debit's money, over all orders that carry its number."""
    payment = Payment.objects.get(debit=debit)
    orders = gateway().client.order.all({"receipt": payment.number})["items"]
    return [attempt for order in orders for attempt in gateway().order_payments(order["id"])]


def taken_in(debit):
    """The payments by auto-pay of its account, but for the rupee that approved the mandate."""
    by_debit = Payment.objects.filter(account=debit.account, channel="auto_pay", approved_mandate=None)
    return list(by_debit.order_by("pk"))


def decided(outside, debit, *, later=timedelta(days=9)):
    """The bank decides, the gateway tells, our jobs run."""
    outside.box.advance("P9D")
    outside.deliver()
    work(debit, later=later)
    debit.refresh_from_db()
    return debit


def asked(outside):
    """How often a charge was asked for over the wire."""
    return outside.calls("POST", CHARGES)


@pytest.mark.parametrize("method", ["upi", "card", "emandate"])
def test_a_debit_by_each_method(outside, method):
    debit = announced(outside, method)

    work(debit)
    debit.refresh_from_db()
    assert (debit.state, debit.payment.status) == (Debit.State.RAISED, Payment.Status.UNKNOWN)
    decided(outside, debit)

    assert debit.state == Debit.State.CAPTURED
    assert debit.bills.get().open_amount == 0
    assert debit.payment.method == method
    assert len(at_the_gateway(debit)) == 1
    found = books.look(now=debit.raise_at + timedelta(days=9)).findings
    assert not [one for one in found if one.id in ("I09", "I10", "I20", "I35", "I38")]


def test_a_soft_decline_is_announced_and_taken_again(outside):
    outside.fault(on="debit", do={"kind": "fail", "reason": "insufficient_funds"})
    debit = announced(outside)
    work(debit)
    decided(outside, debit, later=timedelta(hours=26))
    assert (debit.state, debit.reason) == (Debit.State.FAILED, "insufficient_funds")

    debit_plan.plan_due(now=debit.raise_at + timedelta(hours=27))
    again = told(Debit.objects.get(attempt=2))
    work(again)
    decided(outside, again)

    assert again.state == Debit.State.CAPTURED
    assert again.raised_at - again.noticed_at >= timedelta(hours=24)
    assert again.payment.number != debit.payment.number


@pytest.mark.parametrize("bend", ["cancel", "pause"])
@pytest.mark.parametrize("method", ["upi", "card"])
def test_a_mandate_that_its_customer_ends_or_pauses_mid_flight(outside, method, bend):
    outside.fault(on="debit", do={"kind": bend})
    debit = announced(outside, method)

    work(debit)
    decided(outside, debit)

    state = {"cancel": Mandate.State.CANCELLED, "pause": Mandate.State.PAUSED}[bend]
    assert (debit.state, debit.reason) == (Debit.State.FAILED, f"mandate_{state}")
    assert Mandate.objects.get().state == state
    assert debit_plan.plan_due(now=debit.raise_at + timedelta(days=9)) == 0
    assert not taken_in(debit)[0].is_received


@pytest.mark.parametrize("act", ["cancel", "pause"])
def test_a_mandate_that_ends_or_pauses_at_the_bank_before_the_call(outside, act):
    """Nobody has told us yet: the gateway refuses the debit, and the mandate is what the gateway says."""
    debit = announced(outside)
    outside.box.control("DELETE", "/webhooks")
    outside.box.control("POST", f"/tokens/{debit.mandate.gateway_token_id}/{act}", {})

    work(debit)

    debit.refresh_from_db()
    state = {"cancel": Mandate.State.CANCELLED, "pause": Mandate.State.PAUSED}[act]
    assert (debit.state, debit.reason) == (Debit.State.FAILED, f"mandate_{state}")
    assert Mandate.objects.get().state == state
    assert at_the_gateway(debit) == []


@pytest.mark.parametrize("method", ["upi", "card"])
def test_a_debit_that_the_gateway_could_not_announce_is_announced_and_taken_again(outside, method):
    outside.fault(on="notification", do={"kind": "fail"})
    debit = announced(outside, method)
    work(debit)
    decided(outside, debit, later=timedelta(days=3))
    assert (debit.state, debit.reason) == (Debit.State.FAILED, "pre_debit_notification_failed")
    assert debit.account.notices.filter(name="auto-pay-failed", channel="email").count() == 1

    debit_plan.plan_due(now=debit.raise_at + timedelta(days=3, hours=1))
    again = told(Debit.objects.get(attempt=2))
    work(again)
    decided(outside, again)

    assert again.state == Debit.State.CAPTURED
    assert again.raised_at - again.noticed_at >= timedelta(hours=24)
    assert [one.is_received for one in taken_in(debit)] == [False, True]


@pytest.mark.parametrize("method", ["upi", "card", "emandate"])
def test_bills_of_three_months_each_of_another_amount(outside, method):
    account = announced(outside, method).account
    rupee = 0 if method == "emandate" else 100  # it approved the mandate, and pays a part of the second bill
    months = ((1000, 0), (437, rupee), ("6312.05", 0))
    debits = []
    for rupees, paid in months:
        debit = account.debits.open().get()
        debit = debit if debit.state == Debit.State.NOTICED else told(debit)
        work(debit)
        month_over = debit.debit_at + timedelta(days=4)
        decided(outside, debit, later=month_over - debit.raise_at)
        assert (debit.state, debit.payment.amount) == (Debit.State.CAPTURED, gst(rupees) - paid)
        debits.append(debit)
        if len(debits) < 3:
            outside.box.advance("P21D")
            later = month_over + timedelta(days=21)
            build.charge(account, months[len(debits)][0], now=later)
            assert debit_plan.plan_due(now=later) == 1

    assert [one.amount for one in taken_in(debits[0])] == [gst(rupees) - paid for rupees, paid in months]
    assert all(len(at_the_gateway(one)) == 1 for one in debits)
    assert all(one.raised_at - one.noticed_at >= timedelta(hours=24) for one in debits)
    assert not account.documents.filter(kind="invoice", open_amount__gt=0).exists()
    found = books.look(now=debits[-1].debit_at + timedelta(days=5)).findings
    assert not [one for one in found if one.id in ("I09", "I10", "I20", "I35", "I38")]


def gst(rupees):
    """An intra-state bill's total: 9 % twice, each rounded half up."""
    return paise(rupees) + 2 * share(paise(rupees), 9, 100)


@pytest.mark.parametrize("path", ["/v1/orders", CHARGES])
@each_failure
def test_a_lost_answer_makes_no_second_debit(outside, path, failure, monkeypatch):
    debit = announced(outside)
    monkeypatch.setattr("payments.gateways.wire.TIMEOUT", (1, 1))
    outside.breaks("POST", path, failure)

    work(debit)
    work(debit, later=6 * MINUTES)
    work(debit, later=12 * MINUTES)

    assert len(at_the_gateway(debit)) == 1
    decided(outside, debit)
    assert debit.state == Debit.State.CAPTURED
    assert taken_in(debit) == [debit.payment]


def test_eight_workers_raise_a_debit_once(outside):
    debit = announced(outside)

    results = together([lambda: work(debit)] * 8)

    assert not errors(results)
    assert len(asked(outside)) == 1
    assert len(at_the_gateway(debit)) == 1
    debit.refresh_from_db()
    assert taken_in(debit) == [debit.payment]


def test_eight_workers_after_a_time_out_that_hides_a_success(outside, monkeypatch):
    monkeypatch.setattr("payments.gateways.wire.TIMEOUT", (1, 1))
    debit = announced(outside)
    outside.breaks("POST", CHARGES, FAILURES["time-out-done"])

    first = together([lambda: work(debit)] * 8)
    again = together([lambda: work(debit, later=6 * MINUTES)] * 8)
    decided(outside, debit)

    assert not errors(first + again)
    assert len(asked(outside)) == len(at_the_gateway(debit)) == 1
    assert debit.state == Debit.State.CAPTURED
    assert taken_in(debit) == [debit.payment]


def test_without_the_claim_eight_workers_ask_more_than_once(outside, monkeypatch):
    debit = announced(outside)
    work(debit, rounds=1)  # the intent is committed
    recharge.open_order(Payment.objects.get(debit=debit), now=debit.raise_at)
    all_here = threading.Barrier(8)
    monkeypatch.setattr(debit_raise, "_claim", lambda *_: all_here.wait(60) is not None)
    monkeypatch.setattr(debit_raise, "_is_there", lambda _payment: False)
    monkeypatch.setattr(debit_raise, "_last_look", lambda *_, **__: "")

    together([lambda: debit_raise.ask(debit.pk, now=debit.raise_at)] * 8)

    assert len(asked(outside)) > 1
    assert len(at_the_gateway(debit)) == 1  # the order still takes one


def test_killed_anywhere_while_a_debit_is_raised(outside):
    for number in range(1, 150):
        debit = announced(outside)

        killed = dies_at(number, lambda debit=debit: work(debit))
        work(debit, later=3 * MINUTES)
        work(debit, later=9 * MINUTES)

        debit.refresh_from_db()
        assert debit.state == Debit.State.RAISED, f"moment {number}"
        assert len(at_the_gateway(debit)) == 1, f"moment {number}"
        assert Payment.objects.filter(account=debit.account, channel="auto_pay").count() == 1
        if not killed:
            break
    else:
        pytest.fail("never came through")

    assert number > 15
