"""The mails of a dispute as they leave: what it means, what was taken, what is due; and finance's task."""

import pytest

from payments import dispute_follow_up, disputes
from tests import build
from tests.accounts.test_channels import documents, seen, send
from tests.build import NOW

pytestmark = pytest.mark.django_db
__all__ = ["documents"]  # a fixture


@pytest.fixture
def disputed(world):
    """A payment of ₹1,000 of which ₹590 are used, disputed."""
    payment = build.paid(build.account(), 1000)
    build.charge(payment.account, 500)
    report = world.disputed.begin(payment)
    disputes.take(report, now=NOW)
    return payment, report


def same(message, *words):
    """Both forms of a mail say these words."""
    text = " ".join(message.body.split())
    for one in words:
        assert one in text
        assert one in seen(message)


def test_opened(disputed):
    message = send("dispute-opened")

    assert message.subject == f"Payment {disputed[0].number} is disputed: ₹1,000.00"
    same(message, "Nothing has been taken from your account now.", "You need not pay anything.")
    assert f"/payments/{disputed[0].number}/" in message.body


def test_a_question_of_the_bank_says_that_no_money_moves(world):
    payment = build.paid(build.account(), 1000)
    disputes.take(world.disputed.begin(payment, phase="retrieval"), now=NOW)

    same(send("dispute-opened"), "asks us about it. No money has been moved.")


def test_lost(disputed, world):
    disputes.take(world.disputed.move(disputed[1], "lost"), now=NOW)

    message = send("dispute-lost")

    assert message.subject == f"₹1,000.00 taken back: payment {disputed[0].number} was charged back"
    same(
        message,
        "refund voucher RF/2627/000001",
        "₹410.00",
        "due again",
        "₹590.00",
        "The refund voucher is attached.",
    )
    assert [name for name, _content, _type in message.attachments] == ["RF-2627-000001.pdf"]


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (["won"], ("The bank has decided for us", "Nothing was taken from your account.")),
        (["closed"], ("closed without a decision", "Nothing was taken from your account.")),
        (["lost", "won"], ("The bank has decided for us", "₹1,000.00")),
    ],
)
def test_ended(disputed, world, ends, says):
    for end in ends:
        disputes.take(world.disputed.move(disputed[1], end), now=NOW)

    same(send("dispute-ended"), *says)


def test_the_task_says_when_and_where_to_answer(disputed):
    dispute_follow_up.remind(now=disputed[1].respond_by.replace(day=3))

    message = send("dispute-task")

    assert message.subject.startswith("Answer by 4 Dec 2026, 11:30 IST: dispute over ₹1,000.00, BA-")
    assert message.to == ["finance@kaverivoice.example"]
    assert "/admin/payments/dispute/" in message.body
    assert "billing contact" not in message.body + seen(message)
