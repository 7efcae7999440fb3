"""Cheques: nothing is credited before clearing; each step once; a bounce says so and asks for its charge."""

import uuid
from datetime import timedelta

import pytest

from billing_portal import books
from invoices import refund_vouchers
from payments import bounces, cheques, claims, outcome, refund_desk, refund_plan, refunds
from payments.bank_lines import NotPossible
from payments.cheques import Paper
from payments.claims import Said
from payments.models import BankLine, Cheque, Payment, TaxDeducted
from payments.taxes import Deduction
from tests import build
from tests.payments.test_bank import book, line_of, take_in
from tests.statements import hdfc

pytestmark = pytest.mark.django_db
NOW, TODAY = build.NOW, build.NOW.date()


def did():
    return {"reason": "Seen", "by": build.user(staff=True), "now": NOW}


def received(account, *, rupees="5000.00", number="4321", dated=0, **more):
    days = TODAY - timedelta(days=dated)
    paper = Paper(
        number, "Canara Bank", build.paise(rupees), days, TODAY - timedelta(days=more.pop("ago", 2))
    )
    return cheques.receive(account.pk, paper, token=more.pop("token", uuid.uuid4()), **did())


def cleared(account, **more):
    row = received(account, **more)
    cheques.deposit(row.pk, on=TODAY - timedelta(days=1), **did())
    return cheques.clear(row.pk, on=TODAY, **did())


def found():
    return [str(one) for one in books.look(now=NOW).findings]


def test_a_cheque_is_credited_when_it_is_cleared_not_before():
    account = build.account()
    invoice = build.charge(account, 1000)
    row = received(account)
    assert (
        cheques.deposit(row.pk, on=TODAY, **did()).state == cheques.deposit(row.pk, on=TODAY, **did()).state
    )
    assert not Payment.objects.exists()

    for _twice in range(2):
        row = cheques.clear(row.pk, on=TODAY, **did())

    invoice.refresh_from_db()
    payment = Payment.objects.get()
    assert (row.state, payment.instrument, payment.amount, invoice.open_amount) == (
        "cleared",
        "Cheque 004321",
        500_000,
        0,
    )
    assert (BankLine.objects.get().source, book("bank"), book("suspense")) == ("cheque", 500_000, 0)
    assert not found()


def test_the_statement_confirms_what_was_cleared_by_hand():
    cleared(build.account())

    row = take_in(hdfc(reference="4321", deposit="5,000.00").encode())

    assert (row.accepted, row.confirmed) == (0, 1)
    assert BankLine.objects.get().statement == row and not found()


def test_a_cheque_is_cleared_by_the_banks_own_line():
    take_in(hdfc(reference="4321", deposit="5,000.00").encode())

    row = cleared(build.account())

    assert BankLine.objects.get().source == "import" and row.payment.captured_at.date().day == 23
    assert not found()


def test_a_claim_of_it_is_joined_and_credited():
    account = build.account()
    claim = claims.declare(
        account.pk,
        Said("cheque", "4321", 500_000, TODAY),
        token=uuid.uuid4(),
        by=build.owner(account),
        now=NOW,
    )
    with pytest.raises(claims.NotPossible, match="declared already"):
        claims.declare(
            account.pk,
            Said("cheque", "004321", 500_000, TODAY),
            token=uuid.uuid4(),
            by=build.owner(account),
            now=NOW,
        )

    cleared(account)

    claim.refresh_from_db()
    assert (claim.state, claim.payment) == ("settled", Payment.objects.get()) and not found()


@pytest.mark.parametrize("steps", [0, 1])
def test_a_bounce_before_clearing_moves_no_money(steps):
    account = build.account()
    claim = claims.declare(
        account.pk,
        Said("cheque", "4321", 500_000, TODAY),
        token=uuid.uuid4(),
        by=build.owner(account),
        now=NOW,
    )
    row = received(account)
    if steps:
        cheques.deposit(row.pk, on=TODAY, **did())

    for _twice in range(2):
        row = bounces.bounce(row.pk, on=TODAY, why="Funds insufficient", charge=50_000, **did())

    claim.refresh_from_db()
    assert (row.state, claim.state) == ("bounced", "rejected") and not Payment.objects.exists()
    notice = account.notices.get(name="cheque-bounced")
    assert (notice.context["charge"], notice.context["was_credited"]) == (50_000, False)
    line = line_of("500.00")
    bounces.take_charge(row.pk, line.pk, **did())
    bounces.take_charge(row.pk, line.pk, **did())
    assert book("penalties") == -50_000 and book("suspense") == 0 and not found()


@pytest.mark.parametrize(
    ("words", "why"),
    [({"number": "x"}, "six digits"), ({"dated": 95}, "stale"), ({"rupees": "0"}, "above zero"),
     ({"ago": -1}, "after today")],
)  # fmt: skip
def test_what_is_not_taken_in(words, why):
    with pytest.raises(NotPossible, match=why):
        received(build.account(), **words)
    assert not Cheque.objects.exists()


def test_a_cheque_is_here_once_and_steps_have_their_order():
    account, token = build.account(), uuid.uuid4()
    row = received(account, token=token)
    assert received(account, token=token) == row
    with pytest.raises(NotPossible, match="here already"):
        received(account)
    with pytest.raises(NotPossible, match="between"):
        cheques.deposit(row.pk, on=TODAY - timedelta(days=3), **did())
    with pytest.raises(NotPossible, match="no charge"):
        bounces.take_charge(row.pk, line_of().pk, **did())
    cheques.deposit(row.pk, on=TODAY, **did())
    with pytest.raises(NotPossible, match="deposited"):
        cheques.give_back(row.pk, **did())
    cheques.clear(row.pk, on=TODAY, **did())
    with pytest.raises(NotPossible, match="cleared"):
        cheques.deposit(row.pk, on=TODAY, **did())


def test_a_cheque_given_back_may_come_again():
    account = build.account()
    row = received(account)
    assert cheques.give_back(row.pk, **did()) == cheques.give_back(row.pk, **did())

    assert received(account).pk != row.pk


def test_a_bounce_after_clearing_takes_everything_back():
    account = build.account()
    invoice = build.charge(account, 1000, due_days=0)
    row = cleared(account)
    invoice.refresh_from_db()
    assert invoice.open_amount == 0

    for _twice in range(2):
        row = bounces.bounce(row.pk, on=TODAY, why="Signature differs", charge=0, **did())

    invoice.refresh_from_db()
    assert (row.state, invoice.open_amount) == ("bounced", 118_000)
    assert account.documents.filter(kind="refund_voucher").count() == 1
    assert (book("bank"), book("suspense")) == (0, 0)
    notice = account.notices.get(name="cheque-bounced")
    assert (notice.context["was_credited"], notice.context["reopened"]) == (True, 118_000)
    [became] = outcome.read([row.payment])
    assert (became.word, became.opened_again) == ("Bounced", ((invoice, 118_000),))
    assert not found()


def test_the_statement_confirms_a_bounce():
    row = cleared(build.account())
    bounces.bounce(row.pk, on=TODAY, why="x", charge=0, **did())

    taken = take_in(hdfc(reference="4321", deposit="", withdrawal="5000.00").encode())

    assert (taken.accepted, taken.confirmed) == (0, 1) and not found()


def test_the_statement_may_say_it_first():
    row = cleared(build.account())
    take_in(hdfc(reference="4321", deposit="", withdrawal="5000.00").encode())

    bounces.bounce(row.pk, on=TODAY, why="x", charge=0, **did())

    assert BankLine.objects.filter(direction="out").get().state == "settled" and not found()


@pytest.fixture
def second_bank(settings):
    settings.MORE_BANK_ACCOUNTS = ["999888777666"]
    return settings.MORE_BANK_ACCOUNTS[0]


def test_the_statement_of_the_account_it_was_paid_into_confirms_it(second_bank):
    row = received(build.account())
    with pytest.raises(NotPossible, match="none of our"):
        cheques.deposit(row.pk, on=TODAY, into="123", **did())
    cheques.deposit(row.pk, on=TODAY, into=second_bank, **did())
    cheques.clear(row.pk, on=TODAY, **did())

    statement = hdfc(reference="4321", deposit="5,000.00").encode()
    other, own = take_in(statement), take_in(statement, bank=second_bank)

    assert (other.accepted, other.confirmed) == (1, 0)  # another customer's cheque, at another bank
    assert (own.accepted, own.confirmed) == (0, 1)
    assert (BankLine.objects.get(source="cheque").bank, book("suspense")) == (second_bank, -500_000)
    assert not found()


def test_the_line_of_another_account_of_ours_is_its_line_too(second_bank):
    take_in(hdfc(reference="4321", deposit="5,000.00").encode(), bank=second_bank)

    row = cleared(build.account())  # nobody said into which account

    assert (row.paid_into, BankLine.objects.get().source) == (second_bank, "import") and not found()


def test_a_bounce_goes_out_of_the_account_that_it_came_into(second_bank):
    row = received(build.account())
    cheques.clear(row.pk, on=TODAY, into=second_bank, **did())

    bounces.bounce(row.pk, on=TODAY, why="x", charge=0, **did())

    assert set(BankLine.objects.values_list("bank", "direction")) == {
        (second_bank, "in"),
        (second_bank, "out"),
    }
    assert not found()


def test_a_cheque_that_bounced_is_declared_and_presented_anew():
    account = build.account()
    said = Said("cheque", "4321", 500_000, TODAY)
    for turn in (1, 2):
        claim = claims.declare(account.pk, said, token=uuid.uuid4(), by=build.owner(account), now=NOW)
        row = cleared(account)
        assert row.claim == claim
        if turn == 1:
            bounces.bounce(row.pk, on=TODAY, why="Funds insufficient", charge=0, **did())

    assert list(account.claims.order_by("pk").values_list("state", flat=True)) == ["settled", "settled"]
    assert book("bank") == 500_000 and not found()


def test_tax_deducted_goes_back_with_its_cheque():
    account = build.account()
    invoice = build.charge(account, 10_000)
    claims.declare(
        account.pk,
        Said(
            "cheque",
            "4321",
            1_160_000,
            TODAY,
            "",
            (Deduction("income", "BLRA12345B", 200, "", (invoice.pk,)),),
        ),
        token=uuid.uuid4(),
        by=build.owner(account),
        now=NOW,
    )
    row = cleared(account, rupees="11600.00")
    assert book("tds") == 20_000

    bounces.bounce(row.pk, on=TODAY, why="x", charge=0, **did())

    invoice.refresh_from_db()
    assert (invoice.open_amount, book("tds")) == (1_180_000, 0)
    assert TaxDeducted.objects.get().state == "dropped" and not found()


def test_a_cheque_that_bounces_stops_the_refund_of_its_money():
    """Else what never came is paid out, or is on the account though the cheque brought nothing."""
    account = build.account()
    row = cleared(account, rupees="800.00")
    refund = refunds.ask(row.payment_id, code="advance", amount=80_000, token=uuid.uuid4(), **did())
    assert refund.way == "bank"

    bounces.bounce(row.pk, on=TODAY, why="Funds insufficient", charge=0, **did())

    refund.refresh_from_db()
    assert refund.parked_at == NOW and book("bad_debts") == 80_000
    refund_desk.give_up(refund.pk, **did())
    assert (book("bad_debts"), book("refunds"), book("advances"), book("suspense")) == (0, 0, 0, 0)
    assert not [one for one in found() if "I37" not in one]


def test_nothing_of_a_cheque_that_bounced_is_refunded_not_even_what_was_promised():
    account = build.account()
    row = cleared(account, rupees="800.00")
    voucher = account.documents.get(kind="receipt_voucher")
    refund_vouchers.issue_voucher(voucher.pk, 30_000, token="t", reason="Asked", now=NOW)
    promised = account.documents.get(kind="refund_voucher")
    bounces.bounce(row.pk, on=TODAY, why="Funds insufficient", charge=0, **did())

    with pytest.raises(refund_plan.NotPossible, match="cheque bounced"):
        refunds.ask(
            row.payment_id, code=f"promised:{promised.pk}", amount=30_000, token=uuid.uuid4(), **did()
        )
