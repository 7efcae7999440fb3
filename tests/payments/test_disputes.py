"""Disputes: kept as told, debited once when lost, given back when won after that; older news changes nothing."""

import random
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import ledger, statement
from accounts.ledger import Book
from accounts.models import Account, AuditEvent, Entry, Line, Notice
from billing_portal import books
from credit.models import OverdueCase
from invoices import refund_vouchers
from invoices.models import Document
from payments import dispute_follow_up, disputes, outcome, refund_plan, refunds, webhooks
from payments.gateways import Unavailable
from payments.models import Dispute, ParkedReport, Payment, WebhookEvent
from payments.policy import dispute_reminder
from tests import build, fakes
from tests.build import NOW, paise
from tests.fake_disputes import call

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def take(report, *, now=NOW):
    return disputes.take(report, now=now)


def gateway_book(account):
    return Line.objects.filter(account=account, book=Book.GATEWAY).total()


def sound(now=NOW):
    """What the books' invariants find, but for the messages and files that no job has sent or made here."""
    return [str(one) for one in books.look(now=now).findings if one.id != "I37"]


@pytest.fixture
def paid(world):
    """A payment of ₹1,000 of which an invoice has used ₹590."""
    account = build.account()
    payment = build.paid(account, 1000)
    build.charge(account, 500)
    return payment


@pytest.fixture
def disputed(world, paid):
    return world.disputed.begin(paid)


def test_an_open_dispute_moves_no_money_and_the_customer_is_told(disputed, paid):
    before = Entry.objects.count()

    row = take(disputed)

    assert (row.state, row.amount, row.payment, row.is_open) == ("open", paise(1000), paid, True)
    assert Entry.objects.count() == before
    assert Notice.objects.get(name="dispute-opened").context["amount"] == paise(1000)
    assert disputes.is_open(paid)
    assert sound() == []


def test_a_chargeback_of_spent_money_debits_it_once_and_opens_the_bill_again(world, disputed, paid):
    take(disputed)

    row = take(world.disputed.move(disputed, "lost"))
    take(world.disputed.move(disputed, "lost"), now=LATER)

    voucher = Document.objects.get(kind="refund_voucher")
    bill = Document.objects.get(kind="invoice")
    assert (voucher.total, bill.open_amount) == (paise(410), paise(590))
    assert (row.debited, row.state) == (paise(1000), "lost")
    assert gateway_book(paid.account) == 0
    assert Entry.objects.filter(key=row.cause).count() == 1
    assert statement.balance_before(paid.account, LATER.date()) == -paise(590)
    paid.refresh_from_db()
    assert paid.status == Payment.Status.CAPTURED
    assert not disputes.is_open(paid)
    assert sound() == []


def test_a_payment_that_was_charged_back_shows_it_with_its_voucher(world, disputed, paid):
    row = take(world.disputed.move(disputed, "lost"))
    bill = Document.objects.get(kind="invoice")

    again = build.paid(paid.account, 590, now=LATER)

    [before, after] = outcome.read([paid, again])
    assert (before.word, before.charged_back) == ("Charged back", row)
    assert [one.kind for one in before.documents] == ["receipt_voucher", "refund_voucher"]
    assert [(share.document, share.left) for share in after.shares] == [(bill, 0)]  # of what was open again


def test_who_lost_is_told_what_was_taken_and_what_is_due(world, disputed):
    take(world.disputed.move(disputed, "lost"))

    notice = Notice.objects.get(name="dispute-lost")
    assert notice.context["vouchers"] == [
        {"number": Document.objects.get(kind="refund_voucher").number, "amount": paise(410)}
    ]
    assert (notice.context["debited"], notice.context["reopened"], notice.context["due"]) == (
        paise(1000), paise(590), paise(590),
    )  # fmt: skip
    assert [one["name"] for one in notice.attachments] == [
        f"{Document.objects.get(kind='refund_voucher').slug}.pdf"
    ]


def test_what_is_past_due_is_overdue_again(world):
    account = build.account()
    early = NOW - timedelta(days=40)
    build.charge(account, 500, now=early, due_days=5)
    report = world.disputed.begin(build.paid(account, 590, now=early + timedelta(days=1)))

    take(world.disputed.move(report, "lost"))

    assert OverdueCase.objects.filter(account=account, closed_at=None).exists()


@pytest.mark.parametrize("end", ["won", "closed"])
@pytest.mark.parametrize("held", [0, 100_000])
def test_a_dispute_that_ends_well_moves_nothing_whatever_was_held_meanwhile(world, paid, end, held):
    report = world.disputed.begin(paid, deducted=held)
    before = Entry.objects.count()
    take(report)

    row = take(world.disputed.move(report, end, deducted=0))

    assert (row.state, row.decided_at, row.debited) == (end, NOW, 0)
    assert Entry.objects.count() == before
    assert not Notice.objects.get(name="dispute-ended").context["returned"]
    assert sound() == []


def test_won_after_a_debit_the_money_pays_what_is_due_and_the_rest_is_an_advance_again(world, disputed, paid):
    take(world.disputed.move(disputed, "lost"))

    row = take(world.disputed.move(disputed, "won", deducted=0), now=LATER)
    take(world.disputed.move(disputed, "won", deducted=0), now=LATER)

    bill = Document.objects.get(kind="invoice")
    vouchers = Document.objects.filter(kind="receipt_voucher").order_by("pk")
    assert (bill.open_amount, [one.total for one in vouchers]) == (0, [paise(1000), paise(410)])
    assert (row.returned_at, row.debited) == (LATER, paise(1000))
    assert gateway_book(paid.account) == -paise(1000)
    assert ledger.balances(paid.account)[Book.ADVANCES] == paise("347.46")
    assert Notice.objects.get(name="dispute-ended").context["returned"] == paise(1000)
    assert sound(LATER) == []


def test_money_that_came_back_is_found_by_the_next_dispute(world, disputed, paid):
    take(world.disputed.move(disputed, "lost"))
    take(world.disputed.move(disputed, "won", deducted=0))
    again = world.disputed.begin(paid, phase="pre_arbitration")

    take(world.disputed.move(again, "lost"))

    assert Document.objects.get(kind="invoice").open_amount == paise(590)
    assert ledger.balances(paid.account)[Book.ADVANCES] == 0
    assert not Line.objects.filter(book=Book.BAD_DEBTS).exists()
    assert sound() == []


def test_closed_with_the_money_kept_is_debited_only_when_it_does_not_come_back(world, paid):
    report = world.disputed.begin(paid, deducted=paise(300), amount=paise(300))
    take(report)
    world.disputed.move(report, "closed")
    dispute_follow_up.run(now=NOW)
    assert not Notice.objects.filter(name="dispute-ended").exists()
    dispute_follow_up.run(now=NOW + timedelta(days=2))
    assert not Dispute.objects.get().debited_at

    dispute_follow_up.run(now=NOW + timedelta(days=3))

    row = Dispute.objects.get()
    assert (row.state, row.debited) == ("closed", paise(300))
    assert Notice.objects.filter(name="dispute-lost").exists()
    assert sound() == []

    take(world.disputed.move(report, "won", deducted=0))
    assert Dispute.objects.get().returned_at


def test_a_part_of_a_payment_is_disputed(world, paid):
    report = world.disputed.begin(paid, amount=paise(500))

    take(world.disputed.move(report, "lost"))

    assert Document.objects.get(kind="refund_voucher").total == paise(410)
    assert Document.objects.get(kind="invoice").open_amount == paise(90)
    assert sound() == []


def test_money_refunded_before_is_no_debt_of_the_customer(world):
    payment = build.paid(build.account(), 1000)
    voucher = Document.objects.get(kind="receipt_voucher")
    refund_vouchers.issue_voucher(voucher.pk, paise(400), token="t", reason="Asked", now=NOW)

    take(world.disputed.move(world.disputed.begin(payment), "lost"))

    assert Line.objects.filter(book=Book.BAD_DEBTS).total() == -paise(400)
    assert ledger.balances(payment.account)[Book.RECEIVABLE] == 0


def test_a_deleted_account_has_no_book_left_to_move(world, disputed, paid):
    Account.objects.filter(pk=paid.account_id).update(wanted_level="deleted")
    documents = Document.objects.count()

    take(world.disputed.move(disputed, "lost"))
    assert Line.objects.filter(book=Book.BAD_DEBTS).total() == -paise(1000)
    take(world.disputed.move(disputed, "won", deducted=0))

    assert Line.objects.filter(book=Book.BAD_DEBTS).total() == 0
    assert Document.objects.count() == documents


ORDERS = [random.Random(seed).sample(("open", "under_review", "lost", "open", "won"), 5) for seed in range(8)]


@pytest.mark.parametrize("states", ORDERS, ids=lambda states: "-".join(states))
def test_answers_in_any_order_end_as_the_furthest_one(world, disputed, paid, states):
    for state in states:
        take(world.disputed.move(disputed, state))

    row = Dispute.objects.get()
    assert row.state == "won"
    assert gateway_book(paid.account) == -paise(1000)
    assert bool(row.debited_at) is bool(row.returned_at) is (states.index("lost") < states.index("won"))
    assert sound() == []


def test_open_again_after_an_answer_asks_for_more_evidence(world, disputed):
    take(disputed)
    take(world.disputed.move(disputed, "under_review", answered_at=NOW))

    row = take(world.disputed.move(disputed, "open", respond_by=NOW + timedelta(days=20)))

    assert (row.state, row.submitted_at) == ("action_required", NOW)
    assert row.is_unanswered


# --- by the gateway's calls --------------------------------------------------------------------------
def deliver(client, *bodies):
    for number, body in enumerate(bodies):
        headers = {
            "X-Razorpay-Signature": fakes.sign(body),
            "X-Razorpay-Event-Id": f"evt_{number}_{hash(body)}",
        }
        client.post(reverse("gateway-webhook"), body, content_type="application/json", headers=headers)
    webhooks.handle_due(now=LATER)


def test_calls_say_only_where_to_look(world, client, disputed, paid):
    world.disputed.move(disputed, "lost")

    deliver(client, *(call(disputed, what) for what in ("won", "created", "lost", "under_review")))

    assert (Dispute.objects.get().state, gateway_book(paid.account)) == ("lost", 0)
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


def test_a_call_that_comes_before_its_payment_is_known_settles_that_first(world, client):
    payment = build.payment(build.account(), 500)
    report = world.pays(payment)
    payment.gateway_payment_id = report.payment_id
    disputed = world.disputed.begin(payment)

    deliver(client, call(disputed, "created"))

    payment.refresh_from_db()
    assert payment.is_received
    assert Dispute.objects.get().payment == payment


def test_a_dispute_of_a_payment_that_is_not_ours_is_parked_once_and_taken_in_when_it_gets_known(
    world, client, paid
):
    real = paid.gateway_payment_id
    Payment.objects.filter(pk=paid.pk).update(gateway_payment_id=build.gateway_id("pay"))
    disputed = world.disputed.begin(paid, payment_id=real)
    deliver(client, call(disputed, "created"), call(disputed, "lost"))
    parked = ParkedReport.objects.get()
    assert (parked.kind, parked.gateway_payment_id, parked.amount) == (
        "dispute", disputed.dispute_id, paise(1000),
    )  # fmt: skip
    assert not Dispute.objects.exists()

    Payment.objects.filter(pk=paid.pk).update(gateway_payment_id=real)
    dispute_follow_up.run(now=LATER)

    assert Dispute.objects.get().payment == paid


def test_a_dispute_that_the_gateway_does_not_know_is_parked(world, client, disputed):
    del world.disputed.reports[disputed.dispute_id]

    deliver(client, call(disputed, "created"))

    assert ParkedReport.objects.get().gateway_payment_id == disputed.dispute_id
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


def test_a_gateway_that_does_not_answer_is_asked_again(world, client, disputed):
    world.fails += ["dispute"]
    deliver(client, call(disputed, "created"))
    assert not Dispute.objects.exists()

    webhooks.handle_due(now=LATER + timedelta(hours=1))

    assert Dispute.objects.get().state == "open"


# --- the hourly look ---------------------------------------------------------------------------------
def test_the_hourly_look_finds_what_no_call_told_and_goes_on_after_a_failure(world, paid):
    other = build.paid(build.account(), 200)
    first, second = world.disputed.begin(paid), world.disputed.begin(other)
    dispute_follow_up.run(now=NOW)
    assert Dispute.objects.count() == 2
    world.disputed.move(first, "lost")
    world.disputed.move(second, "lost")
    world.fails += ["dispute"]

    dispute_follow_up.run(now=LATER)
    assert sorted(Dispute.objects.values_list("state", flat=True)) == ["lost", "open"]
    dispute_follow_up.run(now=LATER)

    assert set(Dispute.objects.values_list("state", flat=True)) == {"lost"}
    assert dispute_follow_up.run(now=LATER) == 0


def test_finance_is_reminded_even_when_the_list_cannot_be_read(world, disputed):
    take(disputed)
    world.fails += ["disputes"]

    with pytest.raises(Unavailable):
        dispute_follow_up.run(now=NOW + timedelta(days=4))

    assert Notice.objects.filter(name="dispute-task").exists()


@pytest.mark.parametrize(
    ("days_left", "reminder"),
    [(30, None), (8, None), (7, 7), (6, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 1), (-1, None)],
)
def test_reminders_come_7_3_and_1_days_before_the_last_day(days_left, reminder):
    assert dispute_reminder(days_left) == reminder


def test_finance_is_reminded_once_a_step_at_its_own_address(world, disputed, settings):
    settings.FINANCE_EMAIL = "money@example.in"
    take(disputed)
    for hour in range(0, 24 * 12, 6):
        dispute_follow_up.remind(now=NOW + timedelta(hours=hour))

    tasks = Notice.objects.filter(name="dispute-task").order_by("owed_at")
    assert [one.recipient for one in tasks] == ["money@example.in"] * 3
    assert [one.event.rpartition(":")[2] for one in tasks] == ["7", "3", "1"]
    assert [(one.owed_at - NOW).days for one in tasks] == [2, 6, 8]


@pytest.mark.parametrize("state", ["under_review", "won", "lost"])
def test_nobody_is_reminded_of_what_waits_for_no_answer(world, disputed, state):
    take(world.disputed.move(disputed, state))

    assert dispute_follow_up.remind(now=NOW + timedelta(days=9)) == 0


def test_what_moves_money_is_in_the_audit_chain(world, disputed):
    take(world.disputed.move(disputed, "lost"))
    take(world.disputed.move(disputed, "won", deducted=0))

    acts = AuditEvent.objects.filter(subject=f"dispute:{disputed.dispute_id}").order_by("pk")
    assert [one.action for one in acts] == ["payments.dispute.debit", "payments.dispute.return"]


def ask_refund(payment, rupees):
    return refunds.ask(
        payment.pk, code="advance", amount=paise(rupees), token=uuid.uuid4(), reason="Left us",
        by=build.user(staff=True), now=NOW,
    )  # fmt: skip


def test_nothing_is_refunded_while_the_bank_asks_and_again_when_it_ended_well(world, disputed, paid):
    take(disputed)
    with pytest.raises(refund_plan.NotPossible, match="until that is decided"):
        ask_refund(paid, 100)

    take(world.disputed.move(disputed, "won"))

    assert ask_refund(paid, 100).amount == paise(100)
    assert sound() == []


def test_what_was_charged_back_is_not_refunded_too(world, paid):
    report = world.disputed.begin(paid, amount=paise(700))
    take(world.disputed.move(report, "lost"))

    assert refund_plan.room(paid) == paise(300)
    assert refund_plan.options(paid.account, paid) == []

    take(world.disputed.move(report, "won", deducted=0))

    assert refund_plan.room(paid) == paise(1000)
    assert sound() == []
