"""Refunds: what can be given back, one or two people, sent once whatever happens, paid out or on the account again."""

import json
import uuid
from datetime import timedelta

import pytest

from accounts import approvals, ledger
from accounts.ledger import Book
from accounts.models import AuditEvent, Line, Notice
from billing_portal import books
from billing_portal.unit import unit
from invoices import credit_notes, refund_vouchers
from invoices.models import Document
from payments import (
    bank_lines,
    disputes,
    outcome,
    parked_refunds,
    recharge,
    refund_desk,
    refund_plan,
    refund_sending,
    refunds,
    take_in,
    webhooks,
)
from payments.gateways.refunds import RefundState
from payments.models import BankLine, ParkedReport, Payment, Refund, WebhookEvent
from payments.refund_plan import NotPossible
from tests import build, fake_refunds, fakes
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
Status, Source = Refund.Status, Refund.Source
LATER = NOW + timedelta(minutes=30)


def paid(world, account, rupees, **fields):
    """A payment that the fake gateway holds too."""
    started = build.payment(account, rupees)
    report = world.pays(started, **fields)
    return take_in.capture(started.pk, report, now=NOW)


def ask(payment, rupees, code="advance", *, by=None, token=None, now=NOW):
    return refunds.ask(
        payment.pk, code=code, amount=paise(rupees), token=token or uuid.uuid4(), reason="Left us",
        by=by or build.user(staff=True), now=now,
    )  # fmt: skip


def sound():
    return [str(one) for one in books.look(now=NOW).findings if one.id != "I37"]


def hear(world, name, kind, id, payment_id="", now=NOW):
    """The gateway calls, and the job handles it."""
    body = json.dumps(fake_refunds.event(name, kind, id, payment_id) | {"n": uuid.uuid4().hex}).encode()
    webhooks.store(body, fakes.sign(body), uuid.uuid4().hex, now=now)
    webhooks.handle_due(now=now)
    assert not WebhookEvent.objects.filter(handled_at=None).exists(), WebhookEvent.objects.values_list(
        "error"
    )


def refunds_payable():
    return Line.objects.filter(book=Book.REFUNDS).total()


def test_a_part_of_an_advance_goes_back_with_its_tax(world):
    account = build.account()
    payment = paid(world, account, 1000)

    refund = ask(payment, 400)

    voucher = Document.objects.get(kind="refund_voucher")
    assert (voucher.total, voucher.taxable, voucher.cgst) == (paise(400), paise("338.98"), paise("30.51"))
    assert ledger.balances(account)[Book.ADVANCES] == paise("847.46") - paise("338.98")
    assert (refund.status, refund.number[:8], refunds_payable()) == (Status.ASKED, "RFD2627-", paise(400))
    mail = Notice.objects.get(name="refund-started")
    assert mail.context["refund"] == refund.number
    assert [one["name"] for one in mail.attachments] == [f"{voucher.slug}.pdf"]
    assert AuditEvent.objects.filter(action="payments.refund.ask", reason="Left us").count() == 1
    assert sound() == []


def test_it_is_sent_once_then_paid_out_and_its_reference_is_fetched_later(world):
    payment = paid(world, build.account(), 1000)
    refund = ask(payment, 400)

    assert (refund_sending.send_due(now=NOW), refund_sending.send_due(now=NOW)) == (1, 0)
    refund.refresh_from_db()
    assert refund.status == Status.SENT
    world.given.change(refund.gateway_refund_id, state=RefundState.PROCESSED)
    assert refund_sending.look_due(now=LATER) == 1

    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.status, refund.reference, refunds_payable()) == (Status.PROCESSED, "", 0)
    assert payment.status == Payment.Status.PARTLY_REFUNDED
    assert Notice.objects.filter(name="refund-processed").count() == 1
    world.given.change(refund.gateway_refund_id, reference="74332747287")
    refund_sending.look_due(now=LATER + timedelta(hours=2))
    refund.refresh_from_db()
    assert (refund.reference, refund.next_at) == ("74332747287", None)
    assert sound() == []


def test_all_that_is_left_makes_the_payment_refunded(world):
    payment = paid(world, build.account(), 1000)
    world.given.comes_as = RefundState.PROCESSED

    ask(payment, 1000)
    refund_sending.send_due(now=NOW)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.REFUNDED
    with pytest.raises(NotPossible, match="Nothing of it is left"):
        ask(payment, 1)
    assert sound() == []


# fmt: off
AMOUNTS = (
    # asked for    second person
    ("1000.00",    False),
    ("1000.01",    True),
)
# fmt: on


@pytest.mark.parametrize(("rupees", "is_two"), AMOUNTS)
def test_above_a_thousand_rupees_a_second_person_decides(world, rupees, is_two):
    payment = paid(world, build.account(), 5000)
    asker = build.user(staff=True)

    made = ask(payment, rupees, by=asker)

    assert Refund.objects.exists() is not is_two
    if is_two:
        assert refunds_payable() == 0
        words = {"note": "Yes", "now": NOW, "carry_out": refunds.carry_out}
        with pytest.raises(approvals.NotAllowed, match="second person"):
            approvals.approve(made.pk, actor=asker, **words)
        approvals.approve(made.pk, actor=build.user(staff=True), **words)
        refund = Refund.objects.get()
        assert (refund.amount, refund.asked_by, refund.approval) == (paise(rupees), asker, made)
        assert refund.key == made.token.hex
    assert sound() == []


def test_an_approved_refund_whose_money_is_spent_meanwhile_is_not_done(world):
    account = build.account()
    payment = paid(world, account, 2000)
    made = ask(payment, 2000)
    build.charge(account, 1000)

    with pytest.raises(approvals.NotAllowed, match=r"At most ₹820\.00"):
        approvals.approve(
            made.pk, actor=build.user(staff=True), note="Yes", now=NOW, carry_out=refunds.carry_out
        )

    assert not Refund.objects.exists()


def test_the_same_token_again_is_the_same_refund(world):
    payment, token = paid(world, build.account(), 1000), uuid.uuid4()

    assert ask(payment, 100, token=token).pk == ask(payment, 100, token=token).pk
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("rupees", "code", "words"),
    [
        ("1000.01", "advance", "At most ₹1,000.00"),
        ("0", "advance", "above zero"),
        ("0.99", "advance", "no less than ₹1.00"),
        ("10", "credit:1", "Nothing of it is left"),
        ("10", "nonsense", "Nothing of it is left"),
    ],
)
def test_what_cannot_be_given_back_is_refused_and_leaves_nothing(world, rupees, code, words):
    payment = paid(world, build.account(), 1000)

    with pytest.raises(NotPossible, match=words):
        ask(payment, rupees, code)

    assert not Refund.objects.exists()
    assert not Document.objects.filter(kind="refund_voucher").exists()


def test_what_a_bill_used_is_not_refunded(world):
    account = build.account()
    payment = paid(world, account, 1000)
    build.charge(account, 500)

    assert [one.most for one in refund_plan.options(account, payment)] == [paise(410)]


def test_the_rest_of_a_credit_note_goes_back_without_a_voucher(world):
    account = build.account()
    bill = build.charge(account, 500)
    payment = paid(world, account, 590)
    note = credit_notes.issue_note(bill.pk, paise(500), "Out of service", token="n", now=NOW)
    world.given.comes_as = RefundState.PROCESSED

    refund = ask(payment, 590, f"credit:{note.pk}")

    assert ledger.balances(account)[Book.CREDITS] == 0
    assert not Document.objects.filter(kind="refund_voucher").exists()
    refund_sending.send_due(now=NOW)
    refund.refresh_from_db()
    assert (refund.status, refunds_payable()) == (Status.PROCESSED, 0)
    assert sound() == []


def test_a_refund_voucher_issued_before_is_paid_out_as_it_is(world):
    account = build.account()
    payment = paid(world, account, 1000)
    voucher = Document.objects.get(kind="receipt_voucher")
    promised = refund_vouchers.issue_voucher(voucher.pk, paise(300), token="t", reason="Asked", now=NOW)
    assert sound() == []

    with pytest.raises(NotPossible, match="as a whole"):
        ask(payment, 100, f"promised:{promised.pk}")
    ask(payment, 300, f"promised:{promised.pk}")

    assert (refunds_payable(), Document.objects.filter(kind="refund_voucher").count()) == (paise(300), 1)
    with pytest.raises(NotPossible):
        ask(payment, 300, f"promised:{promised.pk}")
    assert sound() == []


# ---- the gateway away, slow, or saying no


@pytest.mark.parametrize("fails", [["refund"], ["refund-after"], ["refund-after", "refund-after", "refund"]])
def test_after_a_time_out_the_same_key_goes_out_again_and_one_refund_is_made(world, fails):
    refund = ask(paid(world, build.account(), 1000), 400)
    world.fails += fails

    at = NOW
    for _ in range(len(fails) + 1):
        refund_sending.send_due(now=at)
        at += timedelta(hours=1)

    refund.refresh_from_db()
    assert (refund.status, len(world.given.made)) == (Status.SENT, 1)
    assert {call[3] for call in world.given.calls} == {refund.key}


def test_after_eight_tries_it_is_parked_and_sent_again_by_a_person(world):
    refund = ask(paid(world, build.account(), 1000), 400)
    world.fails += ["refund"] * 8
    at = NOW
    for _ in range(9):
        refund_sending.send_due(now=at)
        at += timedelta(hours=6)

    refund.refresh_from_db()
    assert (refund.tries, refund.next_at, refund.status) == (8, None, Status.ASKED)
    assert refund.parked_at
    assert refunds_payable() == paise(400)

    refund_desk.again(refund.pk, reason="Gateway is back", by=build.user(staff=True), now=at)
    refund_sending.send_due(now=at)
    refund.refresh_from_db()
    assert (refund.status, refund.parked_at) == (Status.SENT, None)


def test_a_refusal_of_what_is_there_already_is_found_in_the_gateways_list(world):
    refund = ask(paid(world, build.account(), 1000), 400)
    world.fails.append("refund-after")
    refund_sending.send_due(now=NOW)
    world.given.refusals.append("400: Duplicate receipt found for this refund request.")

    refund_sending.send_due(now=LATER)

    refund.refresh_from_db()
    assert (refund.status, refund.gateway_refund_id) == (Status.SENT, world.given.made[0].refund_id)


def test_a_final_refusal_waits_for_a_person_who_gives_up(world):
    account = build.account()
    refund = ask(paid(world, account, 1000), 400)
    world.given.refusals.append(
        "400: Your account does not have enough balance to carry out the refund operation."
    )
    refund_sending.send_due(now=NOW)
    refund.refresh_from_db()
    assert "enough balance" in refund.error

    refund_desk.give_up(refund.pk, reason="Customer stays", by=build.user(staff=True), now=NOW)

    refund.refresh_from_db()
    assert (refund.status, refund.parked_at, refunds_payable()) == (Status.FAILED, None, 0)
    assert ledger.balances(account)[Book.ADVANCES] == paise("508.48") + paise("338.98")
    assert sound() == []


def test_nobody_gives_up_what_the_gateway_has_made(world):
    refund = ask(paid(world, build.account(), 1000), 400)
    world.fails += ["refund-after", *["refund"] * 7]
    at = NOW
    for _ in range(8):
        refund_sending.send_due(now=at)
        at += timedelta(hours=6)

    refund_desk.give_up(refund.pk, reason="Enough", by=build.user(staff=True), now=at)

    refund.refresh_from_db()
    assert (refund.status, refund.parked_at) == (Status.SENT, None)
    assert sound() == []


def test_a_passing_refusal_is_tried_again(world):
    refund = ask(paid(world, build.account(), 1000), 400)
    world.given.refusals.append("400: Request failed because another payment operation is in progress.")
    refund_sending.send_due(now=NOW)

    refund_sending.send_due(now=LATER)

    refund.refresh_from_db()
    assert refund.status == Status.SENT


# ---- failed


def test_a_failed_refund_pays_bills_first_and_the_rest_is_an_advance_again(world):
    account = build.account()
    payment = paid(world, account, 1000)
    refund = ask(payment, 1000)
    refund_sending.send_due(now=NOW)
    bill = build.charge(account, 500)
    assert bill.open_amount == paise(590)
    refund.refresh_from_db()
    world.given.change(refund.gateway_refund_id, state=RefundState.FAILED)

    hear(world, "refund.failed", "refund", refund.gateway_refund_id)
    hear(world, "refund.failed", "refund", refund.gateway_refund_id)

    bill.refresh_from_db()
    refund.refresh_from_db()
    assert (bill.open_amount, refund.status, refunds_payable()) == (0, Status.FAILED, 0)
    voucher = Document.objects.filter(kind="receipt_voucher").latest("pk")
    assert (voucher.total, voucher.details["returned"]) == (paise(410), f"Refund {refund.number} failed")
    assert refund.parked_at  # a person is to look
    assert Notice.objects.filter(name="refund-failed").count() == 1
    assert sound() == []

    again = ask(payment, 410)  # and what came back can be given back
    assert again.status == Status.ASKED
    assert sound() == []
    refund_desk.seen(refund.pk, reason="Called them", by=build.user(staff=True), now=NOW)


def test_a_failed_refund_of_a_credit_note_is_its_rest_again(world):
    account = build.account()
    bill = build.charge(account, 500)
    payment = paid(world, account, 590)
    note = credit_notes.issue_note(bill.pk, paise(500), "Out of service", token="n", now=NOW)
    world.given.comes_as = RefundState.FAILED
    refund = ask(payment, 590, f"credit:{note.pk}")

    refund_sending.send_due(now=NOW)

    refund.refresh_from_db()
    note.unapplied.refresh_from_db()
    assert (refund.status, note.unapplied.amount, refunds_payable()) == (Status.FAILED, paise(590), 0)
    assert sound() == []


def test_a_refund_that_fails_after_it_was_paid_out_comes_back_from_the_gateway(world):
    account = build.account()
    payment = paid(world, account, 1000)
    world.given.comes_as = RefundState.PROCESSED
    refund = ask(payment, 1000)
    refund_sending.send_due(now=NOW)
    refund.refresh_from_db()
    world.given.change(refund.gateway_refund_id, state=RefundState.FAILED)

    hear(world, "refund.failed", "refund", refund.gateway_refund_id)

    payment.refresh_from_db()
    assert (payment.status, refunds_payable()) == (Payment.Status.CAPTURED, 0)
    assert Line.objects.filter(book=Book.GATEWAY).total() == -paise(1000)
    assert sound() == []


def test_older_news_never_moves_a_refund_back(world):
    refund = ask(paid(world, build.account(), 1000), 1000)
    refund_sending.send_due(now=NOW)
    refund.refresh_from_db()
    for state in (RefundState.PROCESSED, RefundState.PENDING):
        world.given.change(refund.gateway_refund_id, state=state)
        hear(world, "refund.created", "refund", refund.gateway_refund_id)

    refund.refresh_from_db()
    assert refund.status == Status.PROCESSED


def test_what_failed_and_then_was_paid_out_waits_for_a_person(world):
    refund = ask(paid(world, build.account(), 1000), 1000)
    refund_sending.send_due(now=NOW)
    refund.refresh_from_db()
    for state in (RefundState.FAILED, RefundState.PROCESSED):
        world.given.change(refund.gateway_refund_id, state=state)
        hear(world, "refund.processed", "refund", refund.gateway_refund_id)

    refund.refresh_from_db()
    assert (refund.status, "the account holds this money too" in refund.error) == (Status.FAILED, True)


# ---- refunds that we did not ask for, and money that was never ours


def test_a_refund_made_at_the_gateway_is_followed_by_the_books(world):
    account = build.account()
    payment = paid(world, account, 1000)
    bill = build.charge(account, 500)
    there = world.given.make(payment.gateway_payment_id, paise(1000), state=RefundState.PROCESSED)

    hear(world, "refund.created", "refund", there.refund_id, payment.gateway_payment_id)
    hear(world, "refund.processed", "refund", there.refund_id, payment.gateway_payment_id)

    bill.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.source, refund.status, bill.open_amount) == (Source.TAKEN, Status.PROCESSED, paise(590))
    assert (refunds_payable(), Line.objects.filter(book=Book.GATEWAY).total()) == (0, 0)
    payment.refresh_from_db()
    assert payment.status == Payment.Status.REFUNDED
    assert sound() == []


def test_a_capture_learned_of_after_its_refund_nets_to_zero(world):
    account = build.account()
    started = build.payment(account, 1000)
    report = world.pays(started, state="refunded", was_captured=True)
    there = world.given.make(report.payment_id, paise(1000), state=RefundState.PROCESSED)

    hear(world, "refund.processed", "refund", there.refund_id, report.payment_id)

    started.refresh_from_db()
    assert started.status == Payment.Status.REFUNDED
    assert set(ledger.balances(account).values()) == {0}
    assert Line.objects.filter(book=Book.GATEWAY).total() == 0
    assert sound() == []


def test_what_the_gateway_gives_back_before_it_was_ours_is_only_written_down(world):
    account = build.account()
    payment = paid(world, account, 1000)
    second = world.pays(payment, state="refunded", was_captured=False)
    there = world.given.make(second.payment_id, paise(1000), state=RefundState.PROCESSED)

    hear(world, "refund.processed", "refund", there.refund_id, second.payment_id)

    refund = Refund.objects.get()
    assert (refund.source, refund.status, refund.payment) == (Source.GATEWAY, Status.PROCESSED, payment)
    assert ledger.balances(account)[Book.ADVANCES] == paise("847.46")
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED
    assert outcome.read([payment])[0].refunds == ()  # the customer's page of it promises no second ₹1,000
    assert sound() == []


def test_a_refund_of_a_payment_nobody_knows_is_kept(world):
    there = world.given.make("pay_00000000000001", paise(10), state=RefundState.PROCESSED)
    hear(world, "refund.processed", "refund", there.refund_id)
    hear(world, "refund.processed", "refund", "rfnd_00000000000009", "pay_00000000000002")

    assert Refund.objects.get().source == Source.GATEWAY
    assert ParkedReport.objects.get().kind == ParkedReport.Kind.REFUND


def parked(world, rupees, **fields):
    account = build.account()
    payment = build.payment(account, rupees)
    report = world.pays(payment, amount=paise(rupees) + 100, **fields)
    recharge.settle(payment.pk, now=NOW)
    return ParkedReport.objects.get(gateway_payment_id=report.payment_id)


def test_parked_money_is_sent_back_and_never_credited(world):
    row, staff = parked(world, 500), build.user(staff=True)

    refund = parked_refunds.send_back(row, token=uuid.uuid4(), reason="Wrong amount", by=staff, now=NOW)
    refund_sending.send_due(now=NOW)

    row.refresh_from_db()
    refund.refresh_from_db()
    assert (refund.status, refund.amount, row.state) == (Status.SENT, paise(501), "resolved")
    assert not Line.objects.exists()
    with pytest.raises(NotPossible):
        parked_refunds.send_back(row, token=uuid.uuid4(), reason="Again", by=staff, now=NOW)
    world.given.change(refund.gateway_refund_id, state=RefundState.FAILED)
    hear(world, "refund.failed", "refund", refund.gateway_refund_id)
    row.refresh_from_db()
    assert row.state == "open"
    assert sound() == []


def test_much_parked_money_needs_a_second_person(world):
    row, staff = parked(world, 5000), build.user(staff=True)
    refund = parked_refunds.send_back(row, token=uuid.uuid4(), reason="Wrong amount", by=staff, now=NOW)
    assert (refund.status, refund_sending.send_due(now=NOW)) == (Status.WAITING, 0)

    with pytest.raises(NotPossible, match="second person"):
        refund_desk.decide(refund.pk, agree=True, reason="Yes", by=staff, now=NOW)
    refund_desk.decide(refund.pk, agree=True, reason="Yes", by=build.user(staff=True), now=NOW)

    assert refund_sending.send_due(now=NOW) == 1
    assert sound() == []


# ---- by bank


def out_line(rupees, reference="N123456789012345"):
    @unit
    def add():
        bank_lines.adding()
        line = BankLine(
            bank=bank_lines.banks()[0], direction="out", amount=paise(rupees), open_amount=paise(rupees),
            value_on=NOW.date(), utr=reference, narration="Refund", row_hash=uuid.uuid4().hex, entered_at=NOW,
        )  # fmt: skip
        return bank_lines.add([line], now=NOW)[0]

    return add()


def test_a_refund_that_the_gateway_cannot_make_is_paid_by_bank(world):
    payment = paid(world, build.account(), 1000)
    refund = ask(payment, 400)
    world.given.refusals.append("400: Refund is currently not supported for this payment method.")
    refund_sending.send_due(now=NOW)
    staff = {"reason": "By NEFT", "by": build.user(staff=True), "now": NOW}
    refund_desk.to_bank(refund.pk, **staff)
    with pytest.raises(NotPossible, match="no payment with this UTR"):
        refund_desk.paid_by_bank(refund.pk, reference="N123456789012345", **staff)
    out_line(400)

    refund_desk.paid_by_bank(refund.pk, reference="N123456789012345", **staff)
    refund_desk.paid_by_bank(refund.pk, reference="N123456789012345", **staff)

    refund.refresh_from_db()
    assert (refund.status, refund.reference) == (Status.PROCESSED, "N123456789012345")
    assert Line.objects.filter(book=Book.SUSPENSE).total() == 0
    assert Line.objects.filter(book=Book.BANK).total() == paise(400)
    assert sound() == []


def test_a_line_of_another_amount_does_not_pay_a_refund(world):
    payment = paid(world, build.account(), 1000)
    Payment.objects.filter(pk=payment.pk).update(captured_at=NOW - timedelta(days=200))
    payment.refresh_from_db()
    refund = ask(payment, 400)
    out_line(401)

    assert refund.way == Refund.Way.BANK
    with pytest.raises(NotPossible, match="another amount"):
        refund_desk.paid_by_bank(
            refund.pk, reference="N123456789012345", reason="x", by=build.user(staff=True), now=NOW
        )


# ---- taken back while it is on its way


def lose(world, payment, rupees=1000):
    report = world.disputed.begin(payment, amount=paise(rupees))
    return disputes.take(world.disputed.move(report, "lost"), now=NOW)


def test_a_refund_that_did_not_go_out_makes_good_what_was_charged_back(world):
    account = build.account()
    payment = paid(world, account, 1000)
    refund = ask(payment, 400)

    lose(world, payment)

    refund.refresh_from_db()
    assert (refund.parked_at, refund.next_at) == (NOW, None) and "give this refund up" in refund.error
    assert refund_sending.send_due(now=LATER) == 0
    staff = {"reason": "Its bank gave it back", "by": build.user(staff=True), "now": LATER}
    for act in (refund_desk.again, refund_desk.to_bank):
        with pytest.raises(NotPossible, match="Its payment was taken back"):
            act(refund.pk, **staff)
    assert Line.objects.filter(book=Book.BAD_DEBTS).total() == -paise(400)

    refund_desk.give_up(refund.pk, **staff)

    assert (Line.objects.filter(book=Book.BAD_DEBTS).total(), refunds_payable()) == (0, 0)
    assert {book: amount for book, amount in ledger.balances(account).items() if amount} == {}
    notice = Notice.objects.get(name="refund-failed")
    assert (notice.context["made_good"], notice.context["amount"]) == (paise(400), paise(400))
    assert sound() == []


def test_of_a_refund_that_fails_only_what_was_lost_is_kept(world):
    account = build.account()
    payment = paid(world, account, 1000)
    refund = ask(payment, 400)
    refund_sending.send_due(now=NOW)
    lose(world, payment, 700)

    refund.refresh_from_db()
    world.given.change(refund.gateway_refund_id, state=RefundState.FAILED)
    refund_sending.look_due(now=LATER)

    refund.refresh_from_db()
    assert (refund.status, Line.objects.filter(book=Book.BAD_DEBTS).total()) == (Status.FAILED, 0)
    voucher = Document.objects.filter(kind="receipt_voucher").last()
    assert (voucher.total, Notice.objects.get(name="refund-failed").context["made_good"]) == (
        paise(300),
        paise(100),
    )
    assert sound() == []


def test_a_dispute_won_after_its_money_was_refunded_gives_the_customer_nothing_twice(world):
    account = build.account()
    payment = paid(world, account, 1000)
    ask(payment, 400)
    refund_sending.send_due(now=NOW)
    row = lose(world, payment)

    report = world.disputed.move(world.disputed.reports[row.gateway_dispute_id], "won", deducted=0)
    disputes.take(report, now=LATER)

    assert Line.objects.filter(book=Book.BAD_DEBTS).total() == 0
    assert Document.objects.filter(kind="receipt_voucher").last().total == paise(600)
    assert Notice.objects.get(name="dispute-ended").context["returned"] == paise(600)
    assert sound() == []


def test_a_refund_is_not_paid_by_bank_while_the_payment_is_disputed(world):
    payment = paid(world, build.account(), 1000)
    refund = ask(payment, 400)
    world.given.refusals.append("400: Refund is not allowed: a dispute of the payment is open.")
    disputes.take(world.disputed.begin(payment), now=NOW)
    refund_sending.send_due(now=NOW)

    with pytest.raises(NotPossible, match="disputes the payment"):
        refund_desk.to_bank(refund.pk, reason="By NEFT", by=build.user(staff=True), now=NOW)
