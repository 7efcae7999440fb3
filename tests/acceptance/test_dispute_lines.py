"""Whole lives of disputes, through the SDK against the sandbox and its signed calls over HTTP."""

from datetime import timedelta

import pytest

from accounts.ledger import Book
from accounts.models import Entry, Line, Notice
from billing_portal import clock
from invoices.models import Document
from payments import dispute_answers, dispute_follow_up
from payments.dispute_answers import Proof
from payments.gateways import Unavailable
from payments.models import Dispute, ParkedReport, WebhookEvent
from tests import build
from tests.build import paise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(180)]

PDF = Proof("billing_proof", b"%PDF-1.7 the invoice")


class Disputes:
    """The payer's bank, by the sandbox's control, and what came of it here."""

    def __init__(self, outside):
        self.outside, self.box = outside, outside.box

    def spent(self, rupees=1000, used=500):
        """A payment of which an invoice has used a part."""
        payment = self.outside.start(rupees)
        self.outside.pay(payment)
        self.outside.deliver()
        payment.refresh_from_db()
        build.charge(payment.account, used)
        return payment

    def begin(self, payment, **fields):
        made = self.box.control("POST", "/disputes", {"payment_id": payment.gateway_payment_id, **fields})
        self.outside.deliver()
        return made["id"]

    def goes(self, dispute_id, what, **fields):
        self.box.control("POST", f"/disputes/{dispute_id}/{what}", fields)
        self.outside.deliver()
        return self.row(dispute_id)

    def row(self, dispute_id):
        return Dispute.objects.get(gateway_dispute_id=dispute_id)

    def held(self, payment):
        return -Line.objects.filter(account=payment.account, book=Book.GATEWAY).total()


@pytest.fixture
def bank(outside):
    return Disputes(outside)


@pytest.fixture
def finance(db):
    return {"reason": "Letter of the bank", "by": build.user(staff=True), "now": clock.now()}


def test_a_dispute_from_its_beginning_to_its_loss(bank):
    payment = bank.spent()
    dispute = bank.begin(payment, reason_code="services_not_provided")
    assert (bank.row(dispute).state, bank.held(payment)) == ("open", paise(1000))

    assert bank.goes(dispute, "review").state == "under_review"
    row = bank.goes(dispute, "lose")

    assert (row.state, row.debited, bank.held(payment)) == ("lost", paise(1000), 0)
    assert Document.objects.get(kind="refund_voucher").total == paise(410)
    assert Document.objects.get(kind="invoice").open_amount == paise(590)
    names = set(Notice.objects.filter(event=f"dispute:{dispute}").values_list("name", flat=True))
    assert names == {"dispute-opened", "dispute-lost"}


def test_a_dispute_contested_and_won_moves_nothing(bank, finance):
    payment = bank.spent()
    dispute = bank.begin(payment, deduct_at_onset=True)
    row = bank.row(dispute)
    assert (row.deducted, bank.held(payment)) == (paise(1000), paise(1000))

    dispute_answers.keep_evidence(row.pk, note="Calls of 24 November", proof=PDF, **finance)
    assert bank.row(dispute).state == "open"
    sent = dispute_answers.submit(row.pk, **finance)
    assert (sent.state, sent.submitted_by) == ("under_review", finance["by"])
    bank.outside.deliver()
    more = bank.goes(dispute, "action-required")
    assert more.state == "action_required"
    dispute_answers.keep_evidence(row.pk, note="And those of 25 November", proof=PDF, **finance)
    again = dispute_answers.submit(row.pk, **finance)
    assert (again.state, len(again.proofs)) == ("under_review", 2)

    row = bank.goes(dispute, "win")

    assert (row.state, row.debited, bank.held(payment)) == ("won", 0, paise(1000))
    assert Notice.objects.filter(event=f"dispute:{dispute}", name="dispute-ended").exists()
    told = bank.box.control("GET", "/log")["items"]
    assert sum(call["path"] == "/v1/documents" for call in told) == 2


def test_accepting_is_losing_and_its_call_changes_nothing_more(bank, finance):
    payment = bank.spent()
    dispute = bank.begin(payment)

    row = dispute_answers.accept(bank.row(dispute).pk, **finance)
    bank.outside.deliver()

    assert (row.state, row.accepted_by, bank.held(payment)) == ("lost", finance["by"], 0)
    assert Entry.objects.filter(key=row.cause).count() == 1


@pytest.mark.parametrize(
    "effect", [{"kind": "answer", "status": 503, "commit": True}, {"kind": "reset", "commit": True}]
)
def test_an_acceptance_whose_answer_is_lost_is_taken_in_by_the_next_look(bank, finance, effect):
    payment = bank.spent()
    dispute = bank.begin(payment)
    bank.box.control("POST", "/webhooks/hold")
    bank.outside.fault(on="request", method="POST", path="/v1/disputes/*/accept", do=effect)

    with pytest.raises(dispute_answers.NotPossible, match="not known yet"):
        dispute_answers.accept(bank.row(dispute).pk, **finance)
    assert bank.row(dispute).state == "open"
    dispute_follow_up.run(now=clock.now() + timedelta(hours=1))

    assert (bank.row(dispute).state, bank.held(payment)) == ("lost", 0)


def test_nobody_answers_and_it_is_lost_on_its_last_day(bank):
    payment = bank.spent()
    dispute = bank.begin(payment)

    bank.box.advance("P8D")
    bank.outside.deliver(later=timedelta(days=8))

    assert (bank.row(dispute).state, bank.held(payment)) == ("lost", 0)


def test_a_question_of_the_bank_is_closed_and_moves_nothing(bank):
    payment = bank.spent()
    dispute = bank.begin(payment, phase="retrieval")

    row = bank.goes(dispute, "close")

    assert (row.state, row.debited, bank.held(payment)) == ("closed", 0, paise(1000))


@pytest.mark.parametrize("order", ["reverse", "shuffle"])
def test_calls_in_any_order_and_repeated_debit_once(bank, order):
    payment = bank.spent()
    bank.outside.fault(on="event", count=None, do={"kind": "duplicate_new_id", "times": 2})
    bank.box.control("POST", "/webhooks/hold")
    made = bank.box.control("POST", "/disputes", {"payment_id": payment.gateway_payment_id})
    bank.box.control("POST", f"/disputes/{made['id']}/review", {})
    bank.box.control("POST", f"/disputes/{made['id']}/lose", {})
    if order == "shuffle":
        bank.box.control("POST", "/webhooks/shuffle", {})
    else:
        bank.box.control("POST", "/webhooks/release", {"order": "reverse"})
    bank.outside.deliver()

    assert (bank.row(made["id"]).state, bank.held(payment)) == ("lost", 0)
    assert Entry.objects.filter(key=f"dispute:{made['id']}").count() == 1
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


def test_without_any_call_the_hourly_look_finds_it_and_follows_it(bank):
    payment = bank.spent()
    bank.box.control("DELETE", "/webhooks")
    made = bank.box.control("POST", "/disputes", {"payment_id": payment.gateway_payment_id})
    later = bank.box.control("GET", "/clock")["now"] - clock.now().timestamp() + 60
    moment = clock.now() + timedelta(seconds=max(later, 60))
    dispute_follow_up.run(now=moment)
    assert bank.row(made["id"]).state == "open"

    bank.box.control("POST", f"/disputes/{made['id']}/lose", {})
    dispute_follow_up.run(now=moment)

    assert bank.held(payment) == 0


def test_a_call_before_its_payment_is_known_settles_the_payment_first(bank):
    payment = bank.outside.start(500)
    bank.box.control("POST", "/webhooks/hold")
    made = bank.outside.pay(payment)
    dispute = bank.box.control("POST", "/disputes", {"payment_id": made["id"]})
    bank.box.control("POST", "/webhooks/release", {"order": "reverse"})
    bank.outside.deliver()

    assert bank.row(dispute["id"]).payment == payment
    assert not ParkedReport.objects.exists()


def test_a_list_that_cannot_be_read_does_not_keep_open_ones_waiting(bank):
    payment = bank.spent()
    dispute = bank.begin(payment)
    bank.box.control("POST", "/webhooks/hold")
    bank.box.control("POST", f"/disputes/{dispute}/lose", {})
    bank.outside.fault(on="request", method="GET", path="/v1/disputes", do={"kind": "answer", "status": 500})

    with pytest.raises(Unavailable):
        dispute_follow_up.run(now=clock.now())

    assert bank.row(dispute).state == "lost"
